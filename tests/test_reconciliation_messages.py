"""M1: the digest and the differences by message are those of the REST API, for the same endpoint.

Over real sockets: plain HTTP and SOAP, typed and untyped.
"""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import etree

from cim.envelope import Message, ReplyResult, Request, Verb
from cim.messages import build_query, read
from cim.profiles import reconciliations
from cim.profiles.reconciliations import Known, Reconciliation
from cim.soap import envelope_of, message_in
from cim.xml import parse, serialize
from derportal.api import throttling
from derportal.inbound import handle
from exchange.models import Endpoint
from exchange.services import publish_many, receive
from exchange.tests.factories import make_documents, make_endpoint, make_third_party, make_token

from .systems import System, codes, errors_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh_throttle() -> Iterator[None]:
    throttling._counts.clear()
    yield
    throttling._counts.clear()


@pytest.fixture
def derms(live_server: Any) -> System:
    """A DERMS with 200 published DER; a stranger has another 50."""
    publish_many(endpoint=make_third_party("stranger"), documents=make_documents(50))
    endpoint = make_endpoint()
    publish_many(endpoint=endpoint, documents=make_documents(200))
    return System(endpoint, live_server.url)


def rest(endpoint: Endpoint, method: str, path: str, **facts: Any) -> Any:
    client = Client(headers={"authorization": f"Bearer {make_token(endpoint)}"})
    return getattr(client, method)(f"/api/v1/der/{path}/", **facts).json()


def query(system: System, **option: str) -> bytes:
    """A get as another system would write it, typed."""
    return build_query(
        "Reconciliations",
        message_id=uuid4(),
        correlation_id=uuid4(),
        timestamp=timezone.now(),
        source=system.endpoint.name,
        context=system.endpoint.context,
        request=Request(options=tuple(option.items())),
    )


def told(answer: Message) -> Reconciliation:
    assert answer.reply is not None
    assert answer.reply.result is ReplyResult.OK, errors_of(answer)
    assert answer.payload is not None
    [found] = reconciliations.from_element(answer.payload)
    return found


def as_rest(found: Reconciliation) -> dict[str, Any]:
    parts = [{"prefix": p.prefix, "count": p.count, "sha256": p.sha256} for p in found.parts]
    return {
        "prefix": found.prefix,
        "count": found.count,
        "sha256": found.sha256,
        "parts": parts,
    }


def versions(system: System) -> dict[str, int]:
    rows = system.endpoint.publications.values_list("object_mrid", "object_version")
    return {str(mrid): version for mrid, version in rows}


def compare(system: System, known: dict[str, int], prefix: str = "") -> Message:
    told = tuple(Known(mrid=mrid, version=version) for mrid, version in known.items())
    payload = reconciliations.to_element([Reconciliation(prefix=prefix, known=told)])
    return system.send(Verb.CREATE, "Reconciliations", payload)


def test_both_doors_tell_the_same_digest_down_to_one_der(derms: System) -> None:
    prefix = min(versions(derms)).replace("-", "")
    for length in (0, 1, 2, 8):
        slice_ = prefix[:length]
        asked = {"prefix": slice_} if slice_ else {}
        by_message = told(derms.post(query(derms, **asked)))
        assert as_rest(by_message) == rest(derms.endpoint, "get", "digest", data=asked)
    assert by_message.count == 1


def test_over_soap_and_untyped_too(derms: System) -> None:
    expected = rest(derms.endpoint, "get", "digest")
    assert as_rest(told(derms.send(Verb.GET, "Reconciliations"))) == expected
    assert expected["count"] == 200
    answer = requests.post(
        f"{derms.url}/cim/soap/QueryReconciliations",
        data=envelope_of(query(derms)),
        headers={
            "Authorization": f"Bearer {make_token(derms.endpoint, 'message:send')}",
            "Content-Type": "text/xml; charset=utf-8",
        },
        timeout=60,
    )
    inner = message_in(parse(answer.content))
    assert as_rest(told(read(serialize(inner)))) == expected


def test_a_stranger_is_told_of_its_own_slice_and_cannot_name_another(
    derms: System, live_server: Any
) -> None:
    stranger = System(Endpoint.objects.get(name="stranger"), live_server.url)
    assert told(stranger.send(Verb.GET, "Reconciliations")).count == 50
    own, other = str(stranger.endpoint.mrid), str(derms.endpoint.mrid)
    assert told(stranger.send(Verb.GET, "Reconciliations", None, own)).count == 50
    refused = stranger.send(Verb.GET, "Reconciliations", None, other)
    assert codes(refused) == codes(stranger.send(Verb.GET, "Reconciliations", None, str(uuid4())))
    assert codes(refused) == ["2.15"]
    assert refused.payload is None


@pytest.mark.parametrize(
    ("options", "words"),
    [({"prefix": "x"}, "prefix"), ({"prefix": "123456789"}, "prefix"), ({"feeder": "5"}, "feeder")],
)
def test_what_is_no_slice_is_refused_by_name(
    derms: System, options: dict[str, str], words: str
) -> None:
    [(_, reason)] = errors_of(derms.post(query(derms, **options)))
    assert words in reason


def test_both_doors_find_the_same_differences(derms: System) -> None:
    known = versions(derms)
    missing, outdated, ahead, *_ = sorted(known)
    del known[missing]
    known[outdated], known[ahead] = 0, 9
    known[str(uuid4())] = 1
    answer = compare(derms, known)
    found = told(answer)
    by_rest = rest(derms.endpoint, "post", "compare", data={"known": known},
                   content_type="application/json")  # fmt: skip
    assert [
        {"mrid": each.mrid, "kind": each.kind, "our_version": each.our_version,
         "their_version": each.their_version}
        for each in found.differences
    ] == by_rest["differences"]  # fmt: skip
    assert (found.matching_count, found.difference_count) == (197, 4)
    kept = derms.endpoint.reconciliations.get(pk=found.comparison)
    assert kept.difference_count == 4
    assert [each.value for each in answer.reply.ids] == [str(kept.pk)]


def test_a_copy_of_the_list_is_one_comparison(derms: System) -> None:
    compare(derms, {})
    first = derms.answer
    derms.post(derms.sent)
    assert derms.answer == first
    assert derms.endpoint.reconciliations.count() == 1


def test_a_slice_is_compared_with_its_part_and_nothing_else(derms: System) -> None:
    known = versions(derms)
    prefix = min(known)[0]
    part = {mrid: version for mrid, version in known.items() if mrid.startswith(prefix)}
    found = told(compare(derms, part, prefix))
    assert (found.matching_count, found.difference_count) == (len(part), 0)
    [(_, reason)] = errors_of(compare(derms, known, prefix))
    assert "does not begin with" in reason


def test_a_list_that_is_none_is_refused(derms: System) -> None:
    mrid = min(versions(derms))
    twice = (Known(mrid=mrid, version=1), Known(mrid=mrid.upper(), version=2))
    payload = reconciliations.to_element([Reconciliation(known=twice)])
    [(code, reason)] = errors_of(derms.send(Verb.CREATE, "Reconciliations", payload))
    assert (code, "twice" in reason) == ("1.8", True)
    bad: etree._Element = reconciliations.to_element(
        [Reconciliation(known=(Known(mrid="x", version=1),))]
    )
    [(code, _)] = errors_of(derms.send(Verb.CREATE, "Reconciliations", bad))
    assert code == "1.8"
    assert codes(derms.send(Verb.CREATE, "Reconciliations")) == ["1.7"]
    assert derms.endpoint.reconciliations.count() == 0


def test_the_queries_do_not_grow_with_the_registry(derms: System) -> None:
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            receive(endpoint=derms.endpoint, body=query(derms), handle=handle, at=timezone.now())
        counts.append(len(queries))
        publish_many(endpoint=derms.endpoint, documents=make_documents(300))
    assert counts[0] == counts[1] <= 16
