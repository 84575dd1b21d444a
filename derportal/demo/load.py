"""Fill an empty portal: roles, reference data, network, people, endpoints, applications."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction

from customers.selectors import Provider, User, providers
from exchange.services import register_endpoint
from registry.services import import_network

from ..reference import load_reference_data
from ..roles import STAFF, setup_roles
from .applications import load_applications
from .endpoints import ENDPOINTS
from .people import PASSWORD, PEOPLE, Person

NETWORK = settings.BASE_DIR / "registry" / "data" / "network"
PROVIDERS = (
    ("BrightRoof Solar", Provider.Kind.INSTALLER, "C-10 000000", "office@brightroof.example"),
    ("GridPool", Provider.Kind.THIRD_PARTY, "", "dispatch@gridpool.example"),
)


def load_demo(*, at: datetime) -> Iterator[str]:
    """Load everything that is not there yet; says what is there afterwards."""
    setup_roles()
    yield from load_reference_data()
    yield f"{import_network(folder=NETWORK)} service points in Alder Valley"
    people = load_people()
    load_endpoints()
    yield f"{len(people)} people and {len(ENDPOINTS)} DERMS"
    yield f"{load_applications(people=people, at=at)} applications"


@transaction.atomic
def load_people() -> dict[str, User]:
    """The demo's users by e-mail, with their roles, companies and the customer Maria."""
    installer, third_party = [_provider(*row) for row in PROVIDERS]
    users = {person.email: _user(person) for person in PEOPLE}
    companies = {"installer": installer, "third_party": third_party}
    for person in PEOPLE:
        company = companies.get(person.roles[0])
        if company is not None:
            User.objects.filter(email=person.email).update(provider=company)
    return {email: User.objects.get(pk=user.pk) for email, user in users.items()}


def _provider(name: str, kind: str, license_number: str, email: str) -> Provider:
    provider, _ = Provider.objects.get_or_create(
        name=name, defaults={"kind": kind, "license_number": license_number, "email": email}
    )
    return provider


def _user(person: Person) -> User:
    first, last = person.name.split(" ", 1)
    user = User.objects.filter(email=person.email).first()
    if user is None:
        user = User.objects.create_user(
            person.email,
            PASSWORD,
            first_name=first,
            last_name=last,
            is_staff=person.roles[0] in STAFF,
        )
    user.groups.set(Group.objects.filter(name__in=person.roles))
    return user


def load_endpoints() -> None:
    """The two DERMS that the simulator plays."""
    third_party = providers("third_party").get(name="GridPool")
    for endpoint in ENDPOINTS:
        register_endpoint(
            name=endpoint.name,
            kind="third_party_derms" if endpoint.is_third_party else "dso_derms",
            url=endpoint.url,
            secret=endpoint.secret,
            owner_mrid=third_party.mrid if endpoint.is_third_party else None,
            context="TESTING",
        )
