"""Template tags of the component library: icons, error lists, capacity bars."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import template
from django.conf import settings
from django.forms import BaseForm
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()
_TAG = re.compile(r"(<[^<>]*>)")
_LETTER = re.compile(r"[A-Za-z]")
_CAPITAL = re.compile(r"\b[A-Z](?=[a-z])")

BANNERS = {
    "success": ("ok", "circle-check"),
    "warning": ("warn", "alert-triangle"),
    "error": ("bad", "circle-x"),
}


@register.simple_tag
def safe_static(path: str) -> str:
    """Return the address of a static file, also without a manifest: the 500 page must not fail."""
    try:
        return static(path)
    except ValueError:
        return f"/{settings.STATIC_URL.lstrip('/')}{path}"


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """Draw an icon of static/icons.svg; decoration only, so hidden from assistive technology."""
    return format_html(
        '<svg class="dp-icon {}" width="20" height="20" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"/></svg>',
        css,
        safe_static("icons.svg"),
        name,
    )


@register.filter(is_safe=True)
def sentence_case(text: str) -> str:
    """English headings and buttons as ours: Change Password -> Change password. MFA stays."""
    if not (get_language() or "").startswith("en"):
        return text
    return "".join(map(_lowered, _TAG.split(text)))


def _lowered(piece: str) -> str:
    first = _LETTER.search(piece)
    if piece.startswith("<") or first is None:
        return piece
    end = first.end()
    return piece[:end] + _CAPITAL.sub(lambda found: found.group().lower(), piece[end:])


@register.filter
def initials(name: str) -> str:
    """Two letters for an avatar: Ada Lindqvist -> AL."""
    words = str(name).replace("@", " ").replace(".", " ").split()
    return "".join(word[0] for word in words[:2]).upper()


@register.filter
def banner_tone(tags: str) -> str:
    """Our tone for a Django message's tags."""
    return next((tone for tag, (tone, _) in BANNERS.items() if tag in str(tags)), "info")


@register.filter
def banner_icon(tags: str) -> str:
    """Our icon for a Django message's tags."""
    return next((name for tag, (_, name) in BANNERS.items() if tag in str(tags)), "info-circle")


def _entries(form: BaseForm) -> Iterator[dict[str, str]]:
    for name, errors in form.errors.items():
        target = "" if name == "__all__" or form[name].is_hidden else first_id(form[name])
        yield from ({"target": target, "message": str(error)} for error in errors)


def first_id(field: Any) -> str:
    """Return the id a link can focus: of a group of radios, the first one."""
    return str(
        field.subwidgets[0].id_for_label
        if getattr(field, "is_choice", False)
        else field.id_for_label
    )


@register.simple_tag
def error_entries(form: Any) -> list[dict[str, str]]:
    """List a form's errors for the summary, with the id of the input each belongs to."""
    return list(_entries(form)) if isinstance(form, BaseForm) and form.is_bound else []


@register.simple_tag
def has_errors(form: Any) -> bool:
    """Tell whether the page title must start with Error:."""
    return isinstance(form, BaseForm) and form.is_bound and bool(form.errors)


@register.simple_tag
def bar_geometry(used: Any, added: Any, limit: Any) -> dict[str, float]:
    """Scale a capacity bar to 1000 units; the limit lies inside it when the sum passes it."""
    used_, added_, limit_ = (Decimal(str(value or 0)) for value in (used, added, limit))
    total = used_ + added_
    full = max(total, limit_) or Decimal(1)
    scale = Decimal(1000) / full
    fits = max(Decimal(0), min(added_, limit_ - used_))
    return {
        "used": round(float(min(used_, full) * scale), 1),
        "added": round(float(fits * scale), 1),
        "over": round(float(max(Decimal(0), total - max(limit_, used_)) * scale), 1),
        "over_x": round(float((used_ + fits) * scale), 1),
        "limit": round(float(limit_ * scale), 1),
        "total": float(round(total, 3)),
        "percent": round(float(total / limit_ * 100)) if limit_ else 0,
        "excess": float(round(max(Decimal(0), total - limit_), 3)),
    }
