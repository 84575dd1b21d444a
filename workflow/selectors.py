"""Questions about the record of state changes."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django_fsm import can_proceed, has_transition_perm

from .models import StateChange

__all__ = ["StateChange", "history_of", "open_to"]


def history_of(subject: Any) -> models.QuerySet[StateChange]:
    """Every state change of one subject, oldest first, with the people."""
    return StateChange.objects.filter(subject_mrid=subject.mrid).select_related("by")


def open_to(subject: Any, user: Any, transitions: Iterable[str]) -> list[str]:
    """Those of the named transitions that the state allows and this user has permission for."""
    return [
        name
        for name in transitions
        if can_proceed(getattr(subject, name), check_conditions=False)
        and has_transition_perm(getattr(subject, name), user)
    ]
