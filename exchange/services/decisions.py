"""What people decide about deliveries: each on record with who, when and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from exchange.models import DeliveryDecision, DeliveryLease, Endpoint, OutboundMessage

from .suspending import suspend
from .wakeup import poke

Action = DeliveryDecision.Action
State = OutboundMessage.State
MANAGE_DELIVERY = "exchange.manage_delivery"
MANAGE_ENDPOINT = "exchange.manage_endpoint"


class DecisionRefused(Exception):
    """The decision does not fit what is so now; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Who decides, when and why. ``by`` None is derportal itself, which needs no permission."""

    by: AbstractBaseUser | None
    at: datetime
    reason: str

    def checked(self, *endpoints: Endpoint, permission: str = MANAGE_DELIVERY) -> "Decision":
        """This decision, if the person may decide about each of these endpoints.

        Whoever works for a provider may only about the provider's own. Raises PermissionDenied and
        DecisionRefused.
        """
        if self.by is not None and not self.by.has_perm(permission):  # type: ignore[attr-defined]
            raise PermissionDenied("You may not decide about deliveries.")
        provider = getattr(self.by, "provider", None)
        if provider and any(each.owner_mrid != provider.mrid for each in endpoints):
            raise PermissionDenied("You may decide about your own endpoints only.")
        if not self.reason.strip():
            raise DecisionRefused("A reason is needed.")
        return self

    def note(
        self,
        endpoint: Endpoint,
        action: str,
        message: OutboundMessage | None = None,
        more: str = "",
    ) -> None:
        """Put it on record."""
        DeliveryDecision.objects.create(
            endpoint=endpoint,
            message=message,
            action=action,
            by_id=self.by.pk if self.by else None,
            at=self.at,
            reason=self.reason.strip() + (f" ({more})" if more else ""),
        )


def suspend_endpoint(
    *, endpoint: Endpoint, by: AbstractBaseUser | None, at: datetime, reason: str
) -> None:
    """SR9: send nothing to the endpoint until it is resumed; what is to be told waits.

    Raises PermissionDenied and DecisionRefused.
    """
    Decision(by=by, at=at, reason=reason).checked(endpoint)
    with transaction.atomic():
        DeliveryLease.objects.get_or_create(endpoint=endpoint)
        if not suspend(endpoint.pk, reason=reason.strip(), by=by, at=at):
            raise DecisionRefused("The endpoint is suspended already.")


def resume_endpoint(
    *, endpoint: Endpoint, by: AbstractBaseUser | None, at: datetime, reason: str
) -> None:
    """SR9: deliver to a suspended endpoint again, at once and with all the time to retry.

    Raises PermissionDenied and DecisionRefused.
    """
    decision = Decision(by=by, at=at, reason=reason).checked(endpoint)
    with transaction.atomic():
        lease = DeliveryLease.objects.filter(endpoint=endpoint, suspended_at__isnull=False)
        if not lease.update(
            suspended_at=None,
            suspended_reason="",
            failure_streak=0,
            denied_streak=0,
            not_before=None,
            poked_at=None,
        ):
            raise DecisionRefused("The endpoint is not suspended.")
        decision.note(endpoint, Action.RESUMED)
        if endpoint.retry_profile == Endpoint.RetryProfile.REGISTRY:
            waiting = OutboundMessage.objects.filter(endpoint=endpoint, state=State.PENDING)
            waiting.filter(attempt_count__gt=0).update(**_afresh())
        transaction.on_commit(lambda: poke(endpoint.pk), robust=True)


def stop_endpoint(
    *, endpoint: Endpoint, by: AbstractBaseUser | None, at: datetime, reason: str
) -> None:
    """SR9: stop everything for an endpoint, until start_endpoint(): deliveries, inbox and API.

    What waits is kept. What happens meanwhile is not told to it. Raises PermissionDenied and
    DecisionRefused.
    """
    decision = Decision(by=by, at=at, reason=reason).checked(endpoint, permission=MANAGE_ENDPOINT)
    with transaction.atomic():
        locked = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        if not locked.is_active:
            raise DecisionRefused("The endpoint is stopped already.")
        locked.is_active = False
        locked.save(update_fields=["is_active"])
        decision.note(locked, Action.STOPPED)
    endpoint.is_active = False


def skip_message(
    *, message: OutboundMessage, by: AbstractBaseUser | None, at: datetime, reason: str
) -> OutboundMessage:
    """SR9: give a failed or waiting message up, so that its object goes on without it.

    Raises PermissionDenied and DecisionRefused.
    """
    decision = Decision(by=by, at=at, reason=reason).checked(message.endpoint)
    with transaction.atomic():
        locked = OutboundMessage.objects.select_for_update(of=("self",)).get(pk=message.pk)
        if locked.state not in (State.DEAD, State.PENDING) or locked.is_repeat:
            raise DecisionRefused(
                f"A {locked.get_state_display().lower()} message cannot be skipped."
            )
        if locked.unanswered_count:
            raise DecisionRefused("The message is being sent now. Try again in a minute.")
        locked.state, locked.finished_at = State.SKIPPED, at
        locked.save(update_fields=["state", "finished_at"])
        decision.note(locked.endpoint, Action.SKIPPED, locked)
        transaction.on_commit(lambda: poke(locked.endpoint_id), robust=True)
    return locked


def recover_since(
    *,
    endpoint: Endpoint,
    since: datetime,
    by: AbstractBaseUser | None,
    at: datetime,
    reason: str,
    with_delivered: bool = False,
) -> int:
    """SR9: send again what failed since then, in order; if asked, also what was delivered.

    Returns how many. Delivered messages become repeats, which hold up nothing. Raises
    PermissionDenied and DecisionRefused.
    """
    decision = Decision(by=by, at=at, reason=reason).checked(endpoint)
    with transaction.atomic():
        messages = OutboundMessage.objects.filter(endpoint=endpoint, created_at__gte=since)
        count = _again(messages.filter(state=State.DEAD), is_repeat=False)
        if with_delivered:
            count += _again(messages.filter(state=State.DELIVERED), is_repeat=True)
        decision.note(endpoint, Action.RECOVERED, more=f"{count} since {since.isoformat()}")
        transaction.on_commit(lambda: poke(endpoint.pk), robust=True)
    return count


def start_new_epoch(
    *,
    endpoints: Iterable[Endpoint],
    by: AbstractBaseUser | None,
    at: datetime,
    reason: str,
    since: datetime | None = None,
) -> int:
    """F25: after the database was restored from a backup; returns how many messages are repeated.

    What is enqueued from now on carries a higher Epoch, so that receivers accept sequences and
    versions that they have seen before. What was created after ``since`` is sent once more, the
    same bytes, in case its delivery was lost too. Raises PermissionDenied and DecisionRefused.
    """
    chosen = sorted(endpoints, key=lambda each: each.pk)
    decision = Decision(by=by, at=at, reason=reason).checked(*chosen)
    count = 0
    for endpoint in chosen:
        with transaction.atomic():
            Endpoint.objects.filter(pk=endpoint.pk).update(epoch=F("epoch") + 1)
            endpoint.refresh_from_db(fields=["epoch"])
            decision.note(endpoint, Action.EPOCH, more=f"epoch {endpoint.epoch}")
        if since is not None:
            count += recover_since(
                endpoint=endpoint, since=since, by=by, at=at, reason=reason, with_delivered=True
            )
    return count


def _again(messages: QuerySet[OutboundMessage], *, is_repeat: bool) -> int:
    return messages.update(state=State.PENDING, is_repeat=is_repeat, finished_at=None, **_afresh())


def _afresh() -> dict[str, object]:
    """Due now, with all attempts and all the time before it."""
    return {
        "due_at": Now(),
        "retrying_since": Now(),
        "forgiven_count": F("attempt_count"),
        "unanswered_count": 0,
    }
