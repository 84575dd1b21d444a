"""Lists by key: the list's own address, its next page, and the address without each filter."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from exchange.forms import InboxFilterForm, LogFilterForm

PAGE_SIZE = 50


def addresses(
    request: HttpRequest,
    form: LogFilterForm | InboxFilterForm,
    found: Sequence[Any],
    before: int | None,
) -> dict[str, Any]:
    """What the template needs; ``found`` holds one row more than a page if there are more."""
    applied = form.applied()
    is_paused = request.GET.get("live") == "off"
    has_more = len(found) > PAGE_SIZE
    return {
        "here": _query(applied),
        "paused_url": _query({**applied, "live": "off"}),
        "is_first_page": before is None,
        "is_live": before is None and not is_paused,
        "next_url": _query({**applied, "before": str(found[PAGE_SIZE - 1].pk)}) if has_more else "",
        "chips": [
            {"label": form.label_of(name, value), "url": _query({**applied, name: ""})}
            for name, value in applied.items()
        ],
    }


def key(text: str) -> int | None:
    """The key that a page begins before, or None for the newest."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _query(pairs: dict[str, str]) -> str:
    return "?" + urlencode({name: value for name, value in pairs.items() if value})
