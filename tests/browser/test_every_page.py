"""Every page of the demo at both widths: accessible, no overflow, nothing in the console.

The pages come from the address table, so that a new page without a line here fails the test.
``SCREENSHOTS=docs/images`` (``make screenshots``) keeps the pictures that the README shows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from customers.selectors import User
from derportal.demo.load import load_demo
from engineering.selectors import all_upgrades
from enrollment.selectors import ServiceRequest
from exchange.selectors import (
    InboxFilter,
    OutboundMessage,
    endpoint_named,
    inbox,
    reconciliations_of,
)
from exchange.services import compare_with_deliveries, reject_unreadable
from workorders.selectors import open_work_orders

from ..factories import make_customer
from ..journey import Walk
from .conftest import HEIGHTS, WIDTHS, CheckPage, OpenPage, sweep

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

MARIA, PETER = "maria@customer.example", "peter@customer.example"
ERIK = "erik@alder-valley.example"
OLIVIA, FRANK = "olivia@alder-valley.example", "frank@alder-valley.example"
TARA, ADA = "tara@gridpool.example", "ada@alder-valley.example"
FILLED = "fiona@customer.example"

# Addresses that show no page of their own: they act, redirect, or send a file or data.
NO_PAGE = {
    "demo-login", "healthz", "readyz",
    "enrollment:start-application", "enrollment:consent-end", "enrollment:equipment-search",
    "enrollment:equipment-remove", "enrollment:diagram-remove", "enrollment:submit",
    "enrollment:record", "enrollment:paper", "enrollment:agreement-document",
    "enrollment:queue-export", "enrollment:review-act", "enrollment:claim", "enrollment:release",
    "enrollment:rerun-screens", "enrollment:staff-paper", "enrollment:upgrade-date",
    "enrollment:work-order-photo",
    "messages:schema", "messages:download", "messages:resend", "messages:endpoint-test",
    "messages:endpoint-start", "messages:endpoint-secret-end",
    "endpoint-compare", "endpoint-resync",
    "api:der-list", "api:der-export", "api:der-changes", "api:der-detail",
    "api:schema", "api:docs-script",
    "api:der-digest", "api:der-compare", "api:der-resync",
    "api:start", "api:nothing-here", "cim:nothing-here",
    "cim:messages", "cim:schema", "cim:soap", "soap-61968-5",
    "oauth-token", "oauth-revoke",
}  # fmt: skip
# Pages of libraries, in their own clothes with our corrections; and what these cannot reach.
THEIRS: dict[str, tuple[str, ...]] = {
    "api:docs": (),
    # Swagger UI's script gives the box for the body of a POST no label, and has no setting for it.
    "api:try": ("label",),
}


@dataclass(frozen=True)
class Shown:
    """Who opens a page, and with which arguments."""

    email: str | None
    arguments: Callable[[], dict[str, Any]] = dict


def _of(email: str) -> Callable[[], dict[str, Any]]:
    return lambda: {"reference": _request(email).reference}


def _request(email: str) -> ServiceRequest:
    return ServiceRequest.objects.get(customer__email=email)


def _unit_of(email: str) -> dict[str, Any]:
    request = _request(email)
    return {"reference": request.reference, "mrid": request.proposed_der.units.all()[0].mrid}


def _terms_of(email: str) -> dict[str, Any]:
    request = _request(email)
    return {"reference": request.reference, "mrid": request.accepted_version.mrid}


def _feeder() -> dict[str, Any]:
    request = _request("raj@customer.example")
    connection = request.proposed_der.usage_point.network_connection
    return {"name": connection.transformer.feeder.name}


def _gridpool() -> dict[str, Any]:
    return {"mrid": endpoint_named("GridPool DERMS").mrid}


def _comparison() -> dict[str, Any]:
    endpoint = endpoint_named("GridPool DERMS")
    return {"mrid": endpoint.mrid, "pk": reconciliations_of(endpoint)[0].pk}


PAGES: dict[str, Shown] = {
    "home": Shown(None),
    "cim:index": Shown(None),
    "enrollment:applications": Shown(PETER),
    "enrollment:register": Shown("stranger"),
    "enrollment:link-account": Shown(MARIA),
    "enrollment:consents": Shown(MARIA),
    "enrollment:application": Shown("sofia@customer.example", _of("sofia@customer.example")),
    "enrollment:site": Shown(MARIA, _of(MARIA)),
    "enrollment:equipment": Shown(FILLED, _of(FILLED)),
    "enrollment:equipment-add": Shown(FILLED, _of(FILLED)),
    "enrollment:equipment-change": Shown(FILLED, lambda: _unit_of(FILLED)),
    "enrollment:operation": Shown(FILLED, _of(FILLED)),
    "enrollment:tariff": Shown(FILLED, _of(FILLED)),
    "enrollment:tariff-terms": Shown(FILLED, lambda: _terms_of(FILLED)),
    "enrollment:diagram": Shown("lena@customer.example", _of("lena@customer.example")),
    "enrollment:check-answers": Shown(FILLED, _of(FILLED)),
    "enrollment:submitted": Shown("noah@customer.example", _of("noah@customer.example")),
    "enrollment:agreement": Shown(PETER, _of(PETER)),
    "enrollment:answer": Shown("lena@customer.example", _of("lena@customer.example")),
    "enrollment:installed": Shown("hanna@customer.example", _of("hanna@customer.example")),
    "enrollment:withdraw": Shown(MARIA, _of(MARIA)),
    "enrollment:queue": Shown(ERIK),
    "enrollment:review": Shown(ERIK, _of("raj@customer.example")),
    "enrollment:upgrades": Shown(OLIVIA),
    "enrollment:upgrade-new": Shown(OLIVIA),
    "enrollment:upgrade": Shown(OLIVIA, lambda: {"mrid": all_upgrades()[0].mrid}),
    "enrollment:upgrade-complete": Shown(OLIVIA, lambda: {"mrid": all_upgrades()[0].mrid}),
    "enrollment:feeder": Shown(OLIVIA, _feeder),
    "enrollment:work-orders": Shown(FRANK),
    "enrollment:work-order": Shown(FRANK, lambda: {"number": open_work_orders()[0].number}),
    "messages:log": Shown(OLIVIA),
    "messages:message": Shown(
        OLIVIA, lambda: {"message_id": OutboundMessage.objects.latest("id").message_id}
    ),
    "endpoint-comparisons": Shown(TARA, _gridpool),
    "endpoint-comparison": Shown(TARA, _comparison),
    "messages:skip": Shown(
        OLIVIA, lambda: {"message_id": OutboundMessage.objects.latest("id").message_id}
    ),
    "messages:inbox": Shown(OLIVIA),
    "messages:received": Shown(OLIVIA, lambda: {"pk": inbox(wanted=InboxFilter())[0].pk}),
    "messages:endpoints": Shown(TARA),
    "endpoint-new": Shown(ADA),
    "messages:endpoint": Shown(OLIVIA, _gridpool),
    "messages:endpoint-inbox": Shown(TARA, _gridpool),
    "messages:endpoint-setup": Shown(TARA, _gridpool),
    "messages:endpoint-guide": Shown(TARA, _gridpool),
    "messages:endpoint-settings": Shown(TARA, _gridpool),
    "messages:endpoint-edit": Shown(TARA, _gridpool),
    "messages:endpoint-authentication": Shown(TARA, _gridpool),
    "messages:endpoint-server": Shown(TARA, _gridpool),
    "messages:endpoint-proofs": Shown(TARA, _gridpool),
    "messages:endpoint-secret": Shown(TARA, _gridpool),
    "messages:endpoint-credentials": Shown(TARA, _gridpool),
    "messages:endpoint-stop": Shown(TARA, _gridpool),
    "messages:endpoint-suspend": Shown(OLIVIA, _gridpool),
    "messages:endpoint-resume": Shown(OLIVIA, _gridpool),
    "messages:endpoint-recover": Shown(OLIVIA, _gridpool),
}


def names(patterns: list[Any], namespace: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and pattern.name:
            yield f"{namespace}{pattern.name}"
        elif isinstance(pattern, URLResolver) and pattern.namespace not in {"admin"}:
            inner = f"{pattern.namespace}:" if pattern.namespace else namespace
            yield from names(pattern.url_patterns, inner)


def test_every_address_is_swept_or_named_as_no_page() -> None:
    ours = {name for name in names(get_resolver().url_patterns) if not _is_account(name)}
    assert ours - NO_PAGE - set(THEIRS) == set(PAGES)


def _is_account(name: str) -> bool:
    return name.startswith(("account_", "mfa_", "socialaccount_"))


@pytest.fixture
def people(transactional_db: None, journey: Walk, stranger: User) -> dict[str, User]:
    """Everybody of the demo by e-mail; Fiona has a complete draft that was not sent."""
    list(load_demo(at=timezone.now()))
    filled = make_customer(FILLED, "Fiona Filled", "SP-00200")
    journey("filled", applicant=filled, at=timezone.now())
    gridpool = endpoint_named("GridPool DERMS")
    compare_with_deliveries(endpoint=gridpool, noun="EndDeviceConfig", at=timezone.now())
    reject_unreadable(endpoint=gridpool, body=b"Hello?", reason="no XML", at=timezone.now())
    return {**{user.email: user for user in User.objects.all()}, "stranger": stranger}


def test_every_page_is_accessible_and_fits(people: dict[str, User], open_page: OpenPage) -> None:
    troubles: list[str] = []
    for email in {shown.email for shown in PAGES.values()}:
        page = open_page(user=people[email] if email else None)
        theirs = {name: shown for name, shown in PAGES.items() if shown.email == email}
        paths = {
            name.replace(":", "-"): reverse(name, kwargs=shown.arguments())
            for name, shown in theirs.items()
        }
        troubles += sweep(page, paths)
        page.context.close()
    assert troubles == []


@pytest.mark.parametrize("name", sorted(THEIRS))
def test_the_api_pages_work_offline_and_are_accessible(
    name: str, open_page: OpenPage, check_page: CheckPage
) -> None:
    page = open_page(reverse(name))
    page.get_by_text("/api/v1/der/changes/").first.wait_for()
    for operation in page.locator(".opblock-summary-control").all():
        operation.click()
        page.get_by_role("button", name="Try it out").first.click()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        check_page(page, name.replace(":", "-"), without=THEIRS[name])
