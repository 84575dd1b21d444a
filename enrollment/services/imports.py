"""Procedures are data: versioned, with their sources."""

import json
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.db import transaction

from customers.selectors import User

from ..models import Procedure

DATA = Path(__file__).resolve().parent.parent / "data"


def import_procedures(*, path: Path, default: str) -> int:
    """Load procedures; a version that exists stays as it is. Returns how many there are."""
    for entry in json.loads(path.read_text(encoding="utf-8"))["procedures"]:
        Procedure.objects.get_or_create(
            code=entry["code"],
            version=entry["version"],
            defaults={
                "title": entry["title"],
                "valid_from": entry["valid_from"],
                "holiday_country": entry["jurisdiction"]["country"],
                "holiday_subdivision": entry["jurisdiction"]["subdivision"] or "",
                "steps": entry["states"],
                "screen_set": entry["screens"],
                "authority": entry["authority"],
            },
        )
    if not Procedure.objects.filter(is_default=True).exists():
        Procedure.objects.filter(code=default).update(is_default=True)
    return Procedure.objects.count()


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
