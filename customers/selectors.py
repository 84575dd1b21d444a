"""Questions about customers, consent and places."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from .models import Consent, Customer, CustomerNotification, Provider, UsagePoint, User

__all__ = ["Consent", "Customer", "Provider", "UsagePoint", "User"]

STAFF_ROLES = ("support", "engineering", "operations", "field", "auditor", "administrator")


def may_act_for(*, user: Any, customer_id: int) -> bool:
    """Whether the user is this customer, or works for a provider that has their consent."""
    if not user.is_authenticated:
        return False
    return customers_of(user).filter(pk=customer_id).exists()


def may_accept_for(*, user: Any, customer_id: int) -> bool:
    """Whether the user may accept agreements: the customer, or a provider allowed to."""
    own = Q(user=user)
    allowed = Q(
        consents__provider=user.provider_id,
        consents__active_to__isnull=True,
        consents__may_accept_agreements=True,
    )
    rule = own | allowed if user.provider_id else own
    return Customer.objects.filter(rule, pk=customer_id).exists()


def customers_of(user: Any) -> QuerySet[Customer]:
    """The customers that the user may act for: themselves, and those who consented."""
    rule = Q(user=user)
    if user.provider_id:
        consents = Consent.objects.filter(provider=user.provider_id, active_to__isnull=True)
        rule |= Q(pk__in=consents.values("customer"))
    return Customer.objects.filter(rule)


def customer_of(user: Any) -> Customer | None:
    """The customer who signs in as this user."""
    return Customer.objects.filter(user=user).first()


def usage_points_of(customer: Customer) -> QuerySet[UsagePoint]:
    """Where this customer is served."""
    return UsagePoint.objects.filter(service_location__customer=customer).select_related(
        "service_location"
    )


def is_own_place(*, user: User, usage_point: UsagePoint) -> bool:
    """Whether the user is the customer at the service location of this usage point."""
    own = UsagePoint.objects.filter(service_location__customer__user=user)
    return own.filter(pk=usage_point.pk).exists()


def usage_points_named(names: list[str]) -> dict[str, UsagePoint]:
    """Usage points by name."""
    return UsagePoint.objects.in_bulk(names, field_name="name")


def consents_of(customer: Customer) -> QuerySet[Consent]:
    """Who may act for the customer, now and before."""
    return customer.consents.select_related("provider").order_by("-active_from")


def is_machine_of(user: User | None, mrid: UUID) -> bool:
    """Whether this is the user as whom the system of this mRID acts."""
    return user is not None and user.email == machine_address(mrid)


def machine_address(mrid: UUID) -> str:
    """The e-mail address of the user of a system, which no mail reaches."""
    return f"{mrid}@systems.invalid"


def providers(kind: str | None = None) -> QuerySet[Provider]:
    """Installers and third parties, by name."""
    found = Provider.objects.all()
    return found.filter(kind=kind) if kind else found


def provider_by_mrid(mrid: UUID | None) -> Provider | None:
    """One installer or third party."""
    return Provider.objects.filter(mrid=mrid).first() if mrid else None


def customer_known_as(*, mrid: UUID | None, account_number: str) -> Customer | None:
    """The customer by mRID, or by the number of an account; both must fit when both are given."""
    if mrid is None and not account_number:
        return None
    found = Customer.objects.all()
    if mrid is not None:
        found = found.filter(mrid=mrid)
    if account_number:
        found = found.filter(accounts__number=account_number)
    return found.first()


def people_of(provider_mrid: UUID) -> QuerySet[User]:
    """Who works for an installer or a third party and signs in. No machine users."""
    return User.objects.filter(provider__mrid=provider_mrid, is_active=True).exclude(
        email__endswith="@systems.invalid"
    )


def people_with_role(*roles: str) -> QuerySet[User]:
    """Who has one of the roles and signs in."""
    return User.objects.filter(groups__name__in=roles, is_active=True).distinct()


def people_to_alarm(provider_mrid: UUID | None) -> list[User]:
    """Who hears that an endpoint needs people: Operations, the administrators, and its owner's."""
    found = {user.pk: user for user in people_with_role("operations", "administrator")}
    if provider_mrid is not None:
        found |= {user.pk: user for user in people_of(provider_mrid)}
    return list(found.values())


def notifications_about(subject_mrid: UUID) -> QuerySet[CustomerNotification]:
    """What the customer was told about one thing, newest first."""
    return CustomerNotification.objects.filter(subject_mrid=subject_mrid)


def has_role(user: Any, *roles: str) -> bool:
    """Whether the user is in one of the role groups."""
    return bool(user.is_authenticated and user.groups.filter(name__in=roles).exists())


def is_staff_member(user: Any) -> bool:
    """Whether the user works for the DSO."""
    return bool(user.is_authenticated and (user.is_superuser or has_role(user, *STAFF_ROLES)))


def due_notifications(now: datetime) -> QuerySet[CustomerNotification]:
    """Pending e-mails whose time has come."""
    return CustomerNotification.objects.filter(state="pending", due_at__lte=now)
