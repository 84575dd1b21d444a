"""Run by the harness for bench.pages: requests under review; prints a session and a number."""

import sys
from copy import copy
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from customers.models import Customer, ServiceLocation, UsagePoint  # noqa: E402
from derportal.demo.load import load_people  # noqa: E402
from derportal.reference import load_reference_data  # noqa: E402
from derportal.roles import setup_roles  # noqa: E402
from enrollment.models import Procedure, ServiceRequest, StageClock  # noqa: E402
from registry.models import (  # noqa: E402
    Der,
    DerUnit,
    Feeder,
    NetworkConnection,
    Transformer,
)
from registry.services import import_network  # noqa: E402
from tariffs.models import TariffVersion  # noqa: E402

FIRST = ("Ana", "Ben", "Carla", "David", "Elena", "Felix", "Gita", "Hugo", "Ida", "Jonas")
LAST = ("Okafor", "Garcia", "Novak", "Tanaka", "Osei", "Moreau", "Rossi", "Haddad", "Weber", "Kim")
ERIK = "erik@alder-valley.example"


def main(count: int) -> None:
    call_command("migrate", verbosity=0)
    setup_roles()
    list(load_reference_data())
    import_network(folder=settings.BASE_DIR / "registry" / "data" / "network")
    people = load_people()
    grow_network(count)
    make_requests(count, people[ERIK].pk)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    client = Client()
    client.force_login(people[ERIK], backend="django.contrib.auth.backends.ModelBackend")
    print(client.cookies[settings.SESSION_COOKIE_NAME].value, 0)


def grow_network(count: int) -> None:
    """Copy the network until each DER has a service point of its own, as a territory grows."""
    feeders, tanks = list(Feeder.objects.all()), list(Transformer.objects.all())
    places, points = list(ServiceLocation.objects.all()), list(UsagePoint.objects.all())
    hangs = dict(NetworkConnection.objects.values_list("usage_point_id", "transformer_id"))
    for number in range(1, -(-count // len(points))):
        copied_feeders = copies(feeders, number)
        copied_tanks = copies(tanks, number, feeder_id=copied_feeders)
        copied_places = copies(places, number)
        copied_points = copies(points, number, service_location_id=copied_places)
        NetworkConnection.objects.bulk_create(
            NetworkConnection(usage_point_id=copied_points[old], transformer_id=copied_tanks[tank])
            for old, tank in hangs.items()
        )


def copies(rows: list[Any], number: int, **links: dict[int, int]) -> dict[int, int]:
    """Copies with other names and mRIDs; ``links`` lead to copies made before. New id by old."""
    made = []
    for row in rows:
        made.append(copy(row))
        made[-1].pk, made[-1].mrid = None, uuid4()
        if hasattr(row, "name"):
            made[-1].name = f"{row.name}-{number}"
        for field, new in links.items():
            setattr(made[-1], field, new[getattr(row, field)])
    type(rows[0]).objects.bulk_create(made)
    return {old.pk: new.pk for old, new in zip(rows, made, strict=True)}


def make_requests(count: int, user_id: int) -> None:
    now, points = timezone.now(), list(UsagePoint.objects.order_by("id"))
    customers = Customer.objects.bulk_create(
        Customer(name=_name(number), email=f"c{number}@customer.example") for number in range(count)
    )
    ders = Der.objects.bulk_create(
        Der(usage_point=points[number % len(points)]) for number in range(count)
    )
    DerUnit.objects.bulk_create(
        DerUnit(der=der, kind="pv", manufacturer="M", model="X",
                active_power_max_rating_w=Decimal(5000))
        for der in ders
    )  # fmt: skip
    facts = {
        "procedure": Procedure.objects.get(is_default=True),
        "tariff_version": TariffVersion.objects.first(),
        "state": "engineering_review",
    }
    requests = ServiceRequest.objects.bulk_create(
        ServiceRequest(
            reference=f"SR-2026-{number:06d}", start_key=uuid4(), customer=customers[number],
            der=ders[number], started_by_id=user_id, created_at=now, submitted_at=now, **facts,
        )
        for number in range(count)
    )  # fmt: skip
    StageClock.objects.bulk_create(
        StageClock(
            service_request=request, state=request.state, owner="utility", days_allowed=15,
            started_at=now, due_on=(now + timedelta(days=number % 30)).date(),
        )
        for number, request in enumerate(requests)
    )  # fmt: skip


def _name(number: int) -> str:
    """One of a hundred names; each half occurs in every tenth."""
    return f"{FIRST[number % 10]} {LAST[number // 10 % 10]}"


if __name__ == "__main__":
    main(int(sys.argv[1]))
