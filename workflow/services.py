"""advance(): the only way a state machine of ours moves."""

from datetime import datetime
from typing import Any, Protocol, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django_fsm import can_proceed, has_transition_perm

from .models import StateChange


class Stateful(Protocol):
    """What advance() needs of a model: an FSM column named state, an mRID, and spoken guards."""

    state: str

    def blockers(self, transition: str) -> list[str]:
        """Why the transition is refused now, one sentence each; empty when it may run."""


Subject = TypeVar("Subject", bound=models.Model)
Actor = Any  # a user of whichever model the project has


class TransitionRefused(Exception):
    """The state or the guards of the subject refuse the transition."""

    def __init__(self, subject: models.Model, transition: str, reasons: list[str]) -> None:
        self.subject = subject
        self.transition = transition
        self.reasons = reasons
        super().__init__(" ".join(reasons))


def advance(
    subject: Subject,
    transition: str,
    *,
    by: Actor | None,
    at: datetime,
    note: str = "",
    **facts: Any,
) -> Subject:
    """Lock the subject, run the transition on the fresh row, save, and record the StateChange.

    ``by`` is the person who acts; None means derportal itself (a clock that ran out, an upgrade
    that was finished), which needs no permission. ``facts`` go to the transition method.

    Raises TransitionRefused (with its reasons) and PermissionDenied; then nothing has changed.
    """
    with transaction.atomic():
        fresh: Any = _locked(subject)
        _check(fresh, transition, by)
        source = fresh.state
        getattr(fresh, transition)(**facts)
        fresh.save()
        StateChange.objects.create(
            subject_type=fresh._meta.label,
            subject_mrid=fresh.mrid,
            transition=transition,
            source=source,
            target=fresh.state,
            by=by,
            at=at,
            note=note,
            facts={name: str(value) for name, value in facts.items()},
        )
    return cast(Subject, fresh)


def _locked(subject: Any) -> Any:
    return type(subject)._default_manager.select_for_update(of=("self",)).get(pk=subject.pk)


def _check(fresh: Any, transition: str, by: Actor | None) -> None:
    method = getattr(fresh, transition)
    if not can_proceed(method, check_conditions=False):
        state = fresh.get_state_display().lower()
        words = transition.replace("_", " ")
        raise TransitionRefused(fresh, transition, [f"Cannot {words}: it is now “{state}”."])
    if by is not None and not has_transition_perm(method, by):
        raise PermissionDenied(f"You may not {transition.replace('_', ' ')}.")
    if reasons := fresh.blockers(transition):
        raise TransitionRefused(fresh, transition, reasons)
