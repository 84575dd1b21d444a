"""Procedures are data: versioned, with their sources."""

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from customers.selectors import User

from ..models import Procedure

DATA = Path(__file__).resolve().parent.parent / "data"


@transaction.atomic
def import_procedures(*, path: Path, default: str) -> int:
    """Load procedures; a version that exists stays as it is. Returns how many there are.

    Raises ValidationError {field: rule}; nothing is saved then.
    """
    for entry in json.loads(path.read_text(encoding="utf-8"))["procedures"]:
        version = {"code": entry["code"], "version": entry["version"]}
        if not Procedure.objects.filter(**version).exists():
            procedure = Procedure(**version, **_fields_of(entry))
            procedure.full_clean()
            procedure.save()
    if not Procedure.objects.filter(is_default=True).exists():
        Procedure.objects.filter(code=default).update(is_default=True)
    return Procedure.objects.count()


def _fields_of(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": entry["title"],
        "valid_from": entry["valid_from"],
        "holiday_country": entry["jurisdiction"]["country"],
        "holiday_subdivision": entry["jurisdiction"]["subdivision"] or "",
        "steps": entry["states"],
        "screen_set": entry["screens"],
        "authority": entry["authority"],
    }


@transaction.atomic
def make_default_procedure(*, procedure: Procedure, by: User) -> None:
    """Applications that start from now on follow this procedure; those under way keep theirs.

    Raises PermissionDenied without ``enrollment.change_procedure``.
    """
    if not by.has_perm("enrollment.change_procedure"):
        raise PermissionDenied("You may not change procedures.")
    list(Procedure.objects.select_for_update().order_by("pk"))
    Procedure.objects.filter(is_default=True).update(is_default=False)
    Procedure.objects.filter(pk=procedure.pk).update(is_default=True)
