"""Acts on customers: registration, consent, notices."""

import logging
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import transaction

from .models import (
    Consent,
    Customer,
    CustomerAccount,
    CustomerNotification,
    Provider,
    ServiceLocation,
    UsagePoint,
    User,
)
from .selectors import machine_address

logger = logging.getLogger(__name__)
MAX_EMAIL_ATTEMPTS = 84  # about three days: an outage over a weekend loses no notice


def register_customer(*, user: User, name: str, phone: str, kind: str = "residential") -> Customer:
    """Make the signed-in user a customer; calling it again changes name and phone."""
    customer, _ = Customer.objects.update_or_create(
        user=user, defaults={"name": name, "phone": phone, "kind": kind, "email": user.email}
    )
    return customer


@transaction.atomic
def machine_user(
    *, mrid: UUID, name: str, provider: Provider | None = None, roles: Sequence[str] = ()
) -> User:
    """The user as whom a system acts: with its provider's consents and with these roles.

    It has no password and an address that no mail reaches, so nobody signs in as it.
    """
    user, is_new = User.objects.get_or_create(
        email=machine_address(mrid), defaults={"first_name": name[:150], "provider": provider}
    )
    if is_new:
        user.set_unusable_password()
        user.save()
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


@transaction.atomic
def link_account(*, customer: Customer, account_number: str, usage_point_name: str) -> UsagePoint:
    """Give the customer the service point on their bill: both numbers must match.

    Raises ValidationError naming the field; the answer is the same whether the account is
    unknown or somebody else's.
    """
    account = (
        CustomerAccount.objects.select_for_update().filter(number=account_number.strip()).first()
    )
    point = UsagePoint.objects.filter(account=account, name=usage_point_name.strip()).first()
    taken = account is not None and account.customer_id not in (None, customer.pk)
    if account is None or point is None or taken:
        raise ValidationError(
            {"account_number": "We found no such account with this service point. See your bill."}
        )
    CustomerAccount.objects.filter(pk=account.pk).update(customer=customer)
    ServiceLocation.objects.filter(pk=point.service_location_id).update(customer=customer)
    return point


@transaction.atomic
def give_consent(
    *, customer: Customer, provider: Provider, may_accept_agreements: bool, by: User, at: datetime
) -> Consent:
    """Let a provider act for the customer. Giving it again replaces the earlier consent."""
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)  # one act at a time
    revoke_consent(customer=customer, provider=provider, by=by, at=at)
    return Consent.objects.create(
        customer=customer,
        provider=provider,
        may_accept_agreements=may_accept_agreements,
        active_from=at,
        given_by=by,
    )


def revoke_consent(*, customer: Customer, provider: Provider, by: User, at: datetime) -> None:
    """End a provider's permission now. Only the customer may."""
    if customer.user_id != by.pk:
        raise ValidationError("Only the customer can give or end this permission.")
    Consent.objects.filter(customer=customer, provider=provider, active_to__isnull=True).update(
        active_to=at
    )


def notify_customer(
    *,
    customer: Customer,
    subject_mrid: UUID,
    kind: str,
    subject: str,
    text: str,
    html: str,
    at: datetime,
) -> CustomerNotification:
    """SR8: write a notice, in the caller's transaction. A worker sends it."""
    notice = CustomerNotification(customer=customer, subject_mrid=subject_mrid, kind=kind)
    return _written(notice, subject, text, html, at)


def notify_user(
    *, user: User, subject_mrid: UUID, kind: str, subject: str, text: str, html: str, at: datetime
) -> CustomerNotification:
    """Write a notice to somebody who works with the portal, in the caller's transaction."""
    notice = CustomerNotification(user=user, subject_mrid=subject_mrid, kind=kind)
    return _written(notice, subject, text, html, at)


def _written(
    notice: CustomerNotification, subject: str, text: str, html: str, at: datetime
) -> CustomerNotification:
    notice.subject, notice.text, notice.html = subject, text, html
    notice.created_at = notice.due_at = at
    notice.save(force_insert=True)
    return notice


def send_due_notifications(*, at: datetime, limit: int = 100) -> int:
    """Send pending notices. Safe to run many times at once; returns how many went out."""
    sent = 0
    for _ in range(limit):
        with transaction.atomic():
            notice = (
                CustomerNotification.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("customer", "user")
                .filter(state="pending", due_at__lte=at)
                .order_by("due_at", "id")
                .first()
            )
            if notice is None:
                break
            sent += _send(notice, at)
    return sent


def _send(notice: CustomerNotification, at: datetime) -> int:
    notice.attempt_count += 1
    mail = EmailMultiAlternatives(notice.subject, notice.text, to=[notice.address])
    mail.attach_alternative(notice.html, "text/html")
    mail.extra_headers["X-Notification-ID"] = str(notice.mrid)
    try:
        mail.send()
    except Exception as error:  # noqa: BLE001 - one that cannot be sent must not stop the others
        _postpone(notice, at, error)
        return 0
    notice.state, notice.sent_at, notice.last_error = "sent", at, ""
    notice.save()
    return 1


def _postpone(notice: CustomerNotification, at: datetime, error: Exception) -> None:
    wait = min(2 ** min(notice.attempt_count, 12), 3600) + secrets.randbelow(5)
    notice.last_error = str(error)
    notice.due_at = at + timedelta(seconds=wait)
    if notice.attempt_count >= MAX_EMAIL_ATTEMPTS:
        notice.state = "dead"
    notice.save()
    # The row has the words: they may hold the address, which no log should.
    logger.warning("notification %s not sent: %s", notice.mrid, type(error).__name__)


def _account_number(row: dict[str, str]) -> str:
    """The file's own number; without one (the demo) a number that goes with the point's."""
    return row.get("account_number") or f"AC-{row['name'].removeprefix('SP-')}"


@transaction.atomic
def import_service_points(*, rows: list[dict[str, str]]) -> None:
    """Create the service points of a network file, each with a location and an open account.

    Points that exist already stay as they are.
    """
    known = set(UsagePoint.objects.values_list("name", flat=True))
    new = [row for row in rows if row["name"] not in known]
    locations = ServiceLocation.objects.bulk_create(
        ServiceLocation(
            address=f"{row['house_number']} {row['street']}",
            town=row["city"],
            postal_code=row["postal_code"],
            longitude=float(row["x"]),
            latitude=float(row["y"]),
        )
        for row in new
    )
    accounts = CustomerAccount.objects.bulk_create(
        CustomerAccount(number=_account_number(row)) for row in new
    )
    UsagePoint.objects.bulk_create(
        UsagePoint(
            name=row["name"],
            service_location=location,
            account=account,
            phase_code=row["phase_code"],
            nominal_service_voltage_v=int(row["nominal_service_voltage_v"]),
            rated_current_a=int(row["rated_current_a"]),
        )
        for row, location, account in zip(new, locations, accounts, strict=True)
    )
