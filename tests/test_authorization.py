"""Every address times every role: what is not yours does not exist (404) or is refused (403).

The addresses come from the address table; one without a line here fails the test.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from customers.selectors import User
from engineering.selectors import all_upgrades
from engineering.services import plan_network_upgrade
from enrollment.selectors import ServiceRequest
from exchange.selectors import (
    InboxFilter,
    OutboundMessage,
    endpoint_named,
    inbox,
    reconciliations_of,
)
from exchange.services import compare_with_deliveries, register_endpoint, reject_unreadable
from registry.selectors import Feeder
from workflow.selectors import StateChange
from workorders.selectors import work_orders_of

from .factories import make_user
from .journey import Walk

OWNER, INSTALLER = "owner", "installer with consent"
SUPPORT, ENGINEER, OPERATOR = "support", "engineering", "operations"
CREW, AUDITOR, ADMIN, OTHERS = "field", "auditor", "administrator", "third party"
NEW = "endpoint-new"
NOBODY: set[str] = set()
APPLICANTS = {OWNER, INSTALLER}
DESKS = {SUPPORT, ENGINEER, OPERATOR, AUDITOR, ADMIN}
LOG = {SUPPORT, OPERATOR, AUDITOR, ADMIN}
PUBLIC = {"everybody"}
SIGNED_IN = {"signed in"}

# Who may open or use an address. Acts are tried by POST with nothing in it.
TABLE: dict[str, set[str]] = {
    "home": PUBLIC,
    "demo-login": PUBLIC,
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "api:schema": PUBLIC,
    "api:docs": PUBLIC,
    "api:docs-script": PUBLIC,
    "api:try": PUBLIC,
    "api:start": PUBLIC,
    "api:nothing-here": PUBLIC,
    "cim:index": PUBLIC,
    "cim:nothing-here": PUBLIC,
    "oauth-token": PUBLIC,
    "oauth-revoke": PUBLIC,
    "messages:schema": PUBLIC,
    "cim:schema": PUBLIC,
    "cim:soap": PUBLIC,  # the WSDL; posting needs an endpoint's token
    "soap-61968-5": PUBLIC,
    "cim:messages": NOBODY,
    "api:der-list": NOBODY,
    "api:der-export": NOBODY,
    "api:der-changes": NOBODY,
    "api:der-detail": NOBODY,
    "api:der-digest": NOBODY,
    "api:der-compare": NOBODY,
    "api:der-resync": NOBODY,
    "enrollment:applications": SIGNED_IN,
    "enrollment:start-application": SIGNED_IN,
    "enrollment:register": SIGNED_IN,
    "enrollment:link-account": SIGNED_IN,
    "enrollment:consents": SIGNED_IN,
    "enrollment:equipment-search": SIGNED_IN,
    "enrollment:consent-end": {OWNER},
    "enrollment:application": APPLICANTS,
    "enrollment:site": APPLICANTS,
    "enrollment:equipment": APPLICANTS,
    "enrollment:equipment-add": APPLICANTS,
    "enrollment:equipment-change": APPLICANTS,
    "enrollment:equipment-remove": APPLICANTS,
    "enrollment:operation": APPLICANTS,
    "enrollment:tariff": APPLICANTS,
    "enrollment:tariff-terms": APPLICANTS,
    "enrollment:diagram": APPLICANTS,
    "enrollment:diagram-remove": APPLICANTS,
    "enrollment:check-answers": APPLICANTS,
    "enrollment:submit": APPLICANTS,
    "enrollment:submitted": APPLICANTS,
    "enrollment:record": APPLICANTS,
    "enrollment:paper": APPLICANTS,
    "enrollment:agreement": APPLICANTS,
    "enrollment:agreement-document": APPLICANTS,
    "enrollment:answer": APPLICANTS,
    "enrollment:installed": APPLICANTS,
    "enrollment:withdraw": APPLICANTS,
    "enrollment:queue": DESKS,
    "enrollment:queue-export": DESKS,
    "enrollment:review": DESKS,
    "enrollment:claim": DESKS,
    "enrollment:release": DESKS,
    "enrollment:rerun-screens": {SUPPORT, ENGINEER, OPERATOR},
    "enrollment:staff-paper": DESKS,
    "enrollment:review-act": DESKS,
    "enrollment:upgrades": DESKS,
    "enrollment:upgrade-new": {OPERATOR},
    "enrollment:upgrade": DESKS,
    "enrollment:upgrade-date": {OPERATOR},
    "enrollment:upgrade-complete": {OPERATOR},
    "enrollment:feeder": DESKS,
    "enrollment:work-orders": {CREW, *DESKS},
    "enrollment:work-order": {CREW, *DESKS},
    "enrollment:work-order-photo": NOBODY,  # there is no photo yet: 404 for everybody
    "messages:log": {*LOG, OTHERS},
    "messages:message": LOG,
    "messages:download": LOG,
    "messages:resend": {OPERATOR, ADMIN},
    "endpoint-comparisons": LOG,
    "endpoint-compare": {OPERATOR, ADMIN},
    "endpoint-comparison": LOG,
    "endpoint-resync": {OPERATOR, ADMIN},
    "messages:skip": {OPERATOR, ADMIN},
    "messages:inbox": {*LOG, OTHERS},
    "messages:received": LOG,
    "messages:endpoints": {*LOG, OTHERS},
    "endpoint-new": {ADMIN, OTHERS},
    "messages:endpoint": LOG,
    "messages:endpoint-inbox": LOG,
    "messages:endpoint-setup": LOG,
    "messages:endpoint-test": {ADMIN},
    "messages:endpoint-start": {ADMIN},
    "messages:endpoint-guide": LOG,
    "messages:endpoint-settings": LOG,
    "messages:endpoint-edit": {ADMIN},
    "messages:endpoint-authentication": {ADMIN},
    "messages:endpoint-server": {ADMIN},
    "messages:endpoint-proofs": {ADMIN},
    "messages:endpoint-secret": {ADMIN},
    "messages:endpoint-secret-end": {ADMIN},
    "messages:endpoint-credentials": {ADMIN},
    "messages:endpoint-stop": {ADMIN},
    "messages:endpoint-suspend": {OPERATOR, ADMIN},
    "messages:endpoint-resume": {OPERATOR, ADMIN},
    "messages:endpoint-recover": {OPERATOR, ADMIN},
}
# No message was sent: 404 for everybody.
NOT_THERE = {"messages:message", "messages:download", "messages:skip"}
BY_POST = {
    "demo-login", "oauth-token", "oauth-revoke", "enrollment:start-application",
    "enrollment:consent-end", "enrollment:equipment-remove", "enrollment:diagram-remove",
    "enrollment:submit", "enrollment:claim", "enrollment:release", "enrollment:rerun-screens",
    "enrollment:review-act", "enrollment:upgrade-date", "messages:resend", "cim:messages",
    "endpoint-compare", "endpoint-resync",
    "messages:endpoint-test", "messages:endpoint-start", "messages:endpoint-secret-end",
    "api:der-compare", "api:der-resync",
}  # fmt: skip


def addresses(patterns: list[Any], namespace: str = "") -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and pattern.name:
            found.add(f"{namespace}{pattern.name}")
        elif isinstance(pattern, URLResolver) and pattern.namespace != "admin":
            inner = f"{pattern.namespace}:" if pattern.namespace else namespace
            found |= addresses(pattern.url_patterns, inner)
    return {name for name in found if not name.startswith(("account_", "mfa_"))}


def test_no_address_is_missing_from_the_matrix() -> None:
    assert addresses(get_resolver().url_patterns) == set(TABLE)


@dataclass(frozen=True)
class World:
    """Maria's request under verification, and everybody who may or may not see it."""

    request: ServiceRequest
    clients: dict[str, Client]
    arguments: Callable[[str], dict[str, Any]]


@pytest.fixture
def world(
    journey: Walk, maria: User, stranger: User, ivan: User, consent: None, susan: User, erik: User,
    olivia: User, frank: User, ada: User, tara: User,
) -> World:  # fmt: skip
    """A world with one thing of each kind."""
    done = journey("permission_to_operate", applicant=stranger)
    request = journey("verification")
    feeder = Feeder.objects.get(transformers__connections__usage_point__ders=request.der)
    _endpoint()
    plan_network_upgrade(
        name="A larger cable", description="", feeder_mrid=feeder.mrid, by=olivia,
        expected_on=timezone.now().date(), cost_estimate=None, currency="USD", at=timezone.now(),
    )  # fmt: skip
    people = {
        OWNER: maria, "stranger": done.customer.user, INSTALLER: ivan, SUPPORT: susan,
        ENGINEER: erik, OPERATOR: olivia, CREW: frank, ADMIN: ada, OTHERS: tara,
        AUDITOR: make_user("amy@utility.example", "Amy Audit", "auditor"),
        "installer without consent": make_user("ines@other.example", "Ines Other", "installer"),
    }  # fmt: skip
    clients = {role: Client() for role in people}
    for role, user in people.items():
        clients[role].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return World(request, clients, cache(lambda name: _arguments(name, request, feeder)))


def _endpoint() -> None:
    """The utility's DERMS, from which something came that cannot be read."""
    endpoint = register_endpoint(
        name="Utility DERMS", kind="dso_derms", url="http://127.0.0.1:9/x",
        secret="whsec_" + "QUFB" * 8,
    )  # fmt: skip
    compare_with_deliveries(endpoint=endpoint, noun="EndDeviceConfig", at=timezone.now())
    reject_unreadable(endpoint=endpoint, body=b"?", reason="no XML", at=timezone.now())


def _arguments(name: str, request: ServiceRequest, feeder: Feeder) -> dict[str, Any]:
    of_request = {"reference": request.reference}
    unit = request.proposed_der.units.all()[0]
    paper = request.attachments.all()[0]
    order = work_orders_of(request.mrid)[0]
    upgrade = {"mrid": all_upgrades()[0].mrid}
    message = OutboundMessage.objects.first()
    of_message = {"message_id": message.message_id if message else uuid4()}
    special: dict[str, dict[str, Any]] = {
        "enrollment:consent-end": {"mrid": request.customer.consents.all()[0].mrid},
        "enrollment:equipment-change": {**of_request, "mrid": unit.mrid},
        "enrollment:equipment-remove": {**of_request, "mrid": unit.mrid},
        "enrollment:tariff-terms": {**of_request, "mrid": request.accepted_version.mrid},
        "enrollment:paper": {**of_request, "mrid": paper.mrid},
        "enrollment:staff-paper": {**of_request, "mrid": paper.mrid},
        "enrollment:review-act": {**of_request, "name": "decline"},
        "enrollment:upgrade": upgrade,
        "enrollment:upgrade-date": upgrade,
        "enrollment:upgrade-complete": upgrade,
        "enrollment:feeder": {"name": feeder.name},
        "enrollment:work-order": {"number": order.number},
        "enrollment:work-order-photo": {"number": order.number, "pk": 1},
        "messages:message": of_message,
        "messages:download": of_message,
        "messages:resend": of_message,
        "messages:skip": of_message,
        "messages:received": {"pk": inbox(wanted=InboxFilter())[0].pk},
        "cim:schema": {"name": "EndDeviceConfig"},
        "cim:soap": {"name": "Messages"},
        "soap-61968-5": {"name": "requestEndDeviceConfig"},
        "messages:schema": {"name": "EndDeviceConfig"},
        "api:der-detail": {"mrid": request.proposed_der.mrid},
    }
    if name in ("endpoint-comparison", "endpoint-resync"):
        endpoint = endpoint_named("Utility DERMS")
        return {"mrid": endpoint.mrid, "pk": reconciliations_of(endpoint)[0].pk}
    if name.removeprefix("messages:").startswith("endpoint") and name not in (
        "messages:endpoints",
        NEW,
    ):
        return {"mrid": endpoint_named("Utility DERMS").mrid}
    return special.get(name) or (of_request if _needs_reference(name) else {})


def _needs_reference(name: str) -> bool:
    lists = {"applications", "start-application", "register", "link-account", "consents",
             "equipment-search", "queue", "queue-export", "upgrades", "upgrade-new",
             "work-orders"}  # fmt: skip
    return name.startswith("enrollment:") and name.removeprefix("enrollment:") not in lists


def visit(world: World, name: str, client: Client) -> Any:
    url = reverse(name, kwargs=world.arguments(name))
    response = client.post(url) if name in BY_POST else client.get(url)
    request_finished.disconnect(close_old_connections)  # the test goes on with its connection
    response.close()
    request_finished.connect(close_old_connections)
    return response


def is_refused(response: Any) -> bool:
    """Refused, absent, or sent to sign in."""
    sent_away = response.status_code == 302 and "/accounts/login/" in response["Location"]
    return sent_away or response.status_code in (401, 403, 404)


def may_use(role: str, name: str) -> bool:
    allowed = TABLE[name]
    return allowed in (PUBLIC, SIGNED_IN) or role in allowed


RESTRICTED = sorted(name for name, allowed in TABLE.items() if allowed not in (PUBLIC, SIGNED_IN))


@pytest.mark.timeout(600)
@pytest.mark.django_db
def test_nobody_reaches_what_is_not_theirs(world: World) -> None:
    moves = StateChange.objects.count()
    leaks = [
        (name, role)
        for name in RESTRICTED
        for role, client in world.clients.items()
        if not may_use(role, name) and not is_refused(visit(world, name, client))
    ]
    assert leaks == []
    assert StateChange.objects.count() == moves


@pytest.mark.django_db
def test_everybody_reaches_what_is_theirs(world: World) -> None:
    shut = [
        (name, role)
        for name in RESTRICTED
        for role, client in world.clients.items()
        if may_use(role, name) and _is_readable(name) and is_refused(visit(world, name, client))
    ]
    assert shut == []


def _is_readable(name: str) -> bool:
    """Acts answer 4xx to an empty POST in their own ways; the journeys use them properly."""
    return name not in BY_POST | NOT_THERE


@pytest.mark.django_db
def test_without_signing_in_only_public_addresses_answer(world: World) -> None:
    private = [name for name, allowed in TABLE.items() if allowed is not PUBLIC]
    assert [name for name in private if not is_refused(visit(world, name, Client()))] == []


@pytest.mark.django_db
def test_a_foreign_application_looks_like_an_absent_one(world: World) -> None:
    client = world.clients["stranger"]
    foreign = client.get(reverse("enrollment:application", args=[world.request.reference]))
    absent = client.get(reverse("enrollment:application", args=["SR-2026-999999"]))
    assert foreign.status_code == absent.status_code == 404
    assert foreign.content == absent.content
