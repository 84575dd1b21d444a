"""Messages into the portal over SOAP 1.1, by an independent client that reads our WSDLs (M1).

zeep knows nothing of our code: it loads the WSDL and the schemas from the running server, builds
the request from them and reads the reply by them.
"""

import re
from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest
import requests
import zeep
from django.test import Client
from django.utils import timezone
from lxml import etree
from zeep.cache import InMemoryCache
from zeep.exceptions import Fault
from zeep.transports import Transport

from cim.envelope import Message
from cim.messages import read
from cim.nouns import NOUNS, Noun
from cim.profiles import end_device_config
from cim.soap import SOAP, envelope_of
from cim.tests.examples import GOLDEN
from cim.tests.part_5_examples import query, removal
from cim.wsdl import Operation, Service, services, wsdl
from cim.xml import local_name, parse
from derportal.api import throttling
from exchange.models import Endpoint, InboundMessage
from exchange.tests.factories import make_endpoint, make_token
from exchange.tests.inbound_examples import codes_of, event, get_request

from .journey import Walk

SEND = "message:send"
SERVICES = services()


@pytest.fixture(autouse=True)
def _fresh_throttle() -> None:
    throttling._counts.clear()


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    return make_endpoint()


class Hasty(requests.Session):
    """Ends its connection after each request, so that the server lets its database go."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        try:
            return super().request(*args, **kwargs)
        finally:
            self.close()


def session_of(endpoint: Endpoint) -> requests.Session:
    """With a token of the endpoint."""
    session = Hasty()
    session.headers["Authorization"] = f"Bearer {make_token(endpoint, SEND)}"
    return session


def zeep_of(url: str, session: requests.Session) -> zeep.Client:
    """An independent SOAP client; the schemas are fetched once for all tests."""
    return zeep.Client(url, transport=Transport(session=session, timeout=60, cache=InMemoryCache()))


def client_of(url: str, endpoint: Endpoint) -> zeep.Client:
    """An independent SOAP client with a token of the endpoint."""
    return zeep_of(url, session_of(endpoint))


def header(verb: str, noun: str) -> dict[str, Any]:
    facts = {"MessageID": str(uuid4()), "CorrelationID": str(uuid4())}
    return {"Verb": verb, "Noun": noun, "Timestamp": timezone.now(), **facts}


STEMS = sorted({service.stem for service in SERVICES.values()})
# The other names of a service have the same operations: one call each is enough.
CANONICAL = ("Request", "Send", "Get", "Query", "Messages")


class TestWsdls:
    @pytest.mark.parametrize("stem", STEMS)
    @pytest.mark.django_db(transaction=True)
    def test_zeep_loads_each_and_calls_its_operations(self, live_server: Any, stem: str) -> None:
        endpoint, called = make_endpoint(), 0
        session = session_of(endpoint)
        for service in (each for each in SERVICES.values() if each.stem == stem):
            client = zeep_of(f"{live_server.url}/cim/soap/{service.name}?wsdl", session)
            [(name, found)] = client.wsdl.services.items()
            [(port_name, port)] = found.ports.items()
            assert (name, port_name) == (service.name, f"{stem}_Port")
            assert port.binding.name.localname == f"{stem}_Binding"
            assert set(port.binding._operations) == {each.name for each in service.operations}
            is_whole = service.name.startswith(CANONICAL)
            for operation in service.operations if is_whole else service.operations[:1]:
                facts = arguments(client, service, operation)
                reply = getattr(client.service, operation.name)(**facts)
                assert reply.Header.Verb == "reply"
                assert reply.Reply.Result in ("OK", "FAILED")
                called += 1
        assert called
        assert InboundMessage.objects.exclude(state="rejected").count() == called

    def test_the_names_are_those_of_the_field(self) -> None:
        names = {f"{prefix}EndDeviceConfig" for prefix in
                 ("Request", "Execute", "Send", "Receive", "Reply", "Get", "Query")}  # fmt: skip
        assert names | {"Messages", "QueryDERGroups", "ExecuteDERGroups"} <= set(SERVICES)
        [query] = SERVICES["QueryDERGroups"].operations
        assert query.element == "DERGroupQueriesRequestMessage"
        [get] = SERVICES["GetDERGroups"].operations
        assert get.element == "GetDERGroupsRequestMessage"

    def test_a_wsdl_is_public_and_an_unknown_one_absent(self, db: None) -> None:
        assert Client().get("/cim/soap/RequestEndDeviceConfig?wsdl").status_code == 200
        assert Client().get("/cim/soap/requestEndDeviceConfig?wsdl").status_code == 200
        absent = Client().get("/cim/soap/RequestNothing?wsdl")
        assert absent.status_code == 404
        assert fault_in(absent)[1].endswith("all services: http://testserver/cim/")
        schema = Client().get("/cim/schemas/Message.xsd")
        assert b"RequestMessage" in schema.getvalue()

    def test_the_page_of_addresses_names_every_service_and_schema(self, db: None) -> None:
        page = Client().get("/cim/")
        linked = set(re.findall(r'href="(/cim/[^"?]+)', page.content.decode()))
        assert {f"/cim/soap/{name}" for name in SERVICES} <= linked
        for address in linked:
            with closing(Client().get(address)) as answer:
                assert answer.status_code == 200, address
        rows = re.findall(r'<th scope="row">(\w+)</th><td>([^<]*)', page.content.decode())
        handled = dict(rows)
        assert handled["EndDeviceConfig"] == "get"
        assert handled["DERGroups"] == "Not yet: error 2.5"

    def test_the_soap_action_follows_the_namespace(self) -> None:
        service = SERVICES["ReceiveEndDeviceConfig"]
        action = service.action("CreatedEndDeviceConfig")
        assert action == "urn:derportal:cim:2026:EndDeviceConfig/CreatedEndDeviceConfig"
        action = SERVICES["ExecuteDERGroups"].action("CreateDERGroups")
        assert action == "http://iec.ch/TC57/2017/DERGroups/CreateDERGroups"

    @pytest.mark.parametrize(
        ("name", "operation", "action", "namespace"),
        [
            (
                "ExecuteDERGroupsOperationSet",
                "ExecuteDERGroupsOperationSet",
                "2017/DERGroupsOperationSet/ExecuteDERGroupsOperationSet",
                "2017/DERGroupsOperationSetMessage",
            ),
            (
                "ReceiveDERGroupsOperationSet",
                "ExecutedDERGroupsOperationSet",
                "2017/DERGroupsOperationSet/ExecutedDERGroupsOperationSet",
                "2017/DERGroupsOperationSetMessage",
            ),
            (
                "QueryDERGroups",
                "QueryDERGroups",
                "2017/DERGroups/QueryDERGroups",
                "2017/DERGroupQueriesMessage",
            ),
            (
                "GetWorkRequests",
                "GetWorkRequests",
                "2015/GetWorkRequests/GetWorkRequests",
                "2015/GetWorkRequestsMessage",
            ),
        ],
    )
    def test_actions_and_namespaces_are_those_of_the_public_wsdls(
        self, name: str, operation: str, action: str, namespace: str
    ) -> None:
        """As in the WSDLs of sixthcolumn/derms2 (Part 5) and sixthcolumn/openwms (Part 6)."""
        base = "http://iec.ch/TC57/"
        assert SERVICES[name].action(operation) == base + action
        assert SERVICES[name].message_namespace == base + namespace

    def test_messages_and_ports_are_named_as_in_the_public_wsdls(self) -> None:
        text = wsdl(SERVICES["ExecuteDERGroups"], address="http://a", schemas="http://a/")
        for name in (
            'message name="CreateDERGroupsRequestMessage"',
            'message name="ResponseMessage"',
            'message name="FaultMessage"',
            'portType name="DERGroups_Port"',
            'binding name="DERGroups_Binding" type="tns:DERGroups_Port"',
            'input name="CreateDERGroupsRequest"',
            'output name="CreateDERGroupsResponse"',
            'fault name="CreateDERGroupsFault"',
        ):
            assert name in text


def arguments(client: zeep.Client, service: Service, operation: Operation) -> dict[str, Any]:
    """What zeep needs to build one message of the service."""
    if service.noun is None:
        verb = "get" if operation.name == "Request" else "changed"
        return {"Header": header(verb, "PanPricings")}
    noun = service.noun
    if service.is_reading:
        query = as_zeep_reads_it(client, query_of(noun))
        return {"Header": header("get", noun.name), "Request": {noun.get_stem: query}}
    verb = operation.name.removesuffix("OperationSet").removesuffix(noun.name).lower()
    if operation.name.endswith("OperationSet"):
        one = {"operationId": 1, "noun": noun.name, "verb": "delete"}
        payload = {"OperationSet": {"Operation": [one]}}
        return {"Header": header(verb, "OperationSet"), "Payload": payload}
    payload = {noun.name: as_zeep_reads_it(client, payload_of(noun))}
    return {"Header": header(verb, noun.name), "Payload": payload}


def as_zeep_reads_it(client: zeep.Client, element: etree._Element) -> Any:
    return client.get_element(element.tag).parse(element, client.wsdl.types)


def query_of(noun: Noun) -> etree._Element:
    """What a get asks for: everything, or what the golden message of a query noun does."""
    if not noun.answer:
        return etree.Element(f"{{{noun.query_namespace}}}{noun.get_stem}")
    [request] = [each.request for each in golden(noun) if each.request and each.is_typed]
    return request.queries[0]


def golden(noun: Noun) -> list[Message]:
    """The golden messages of a noun."""
    messages = (read(path.read_bytes()) for path in sorted(GOLDEN.glob("*.xml")))
    return [message for message in messages if message.header.noun == noun.name]


def payload_of(noun: Noun) -> etree._Element:
    """The payload of one of the noun's golden messages."""
    return next(each.payload for each in golden(noun) if each.payload is not None)


def post(endpoint: Endpoint | None, body: bytes, name: str = "Messages") -> Any:
    headers = {"SOAPAction": '""'}
    if endpoint is not None:
        headers["authorization"] = f"Bearer {make_token(endpoint, SEND)}"
    url = f"/cim/soap/{name}"
    return Client(headers=headers).post(url, body, content_type="text/xml")


def fault_in(answer: Any) -> tuple[str, str]:
    """Code and text of a SOAP fault."""
    [fault] = parse(answer.content).iter(f"{{{SOAP}}}Fault")
    return fault.findtext("faultcode") or "", fault.findtext("faultstring") or ""


def message_in(answer: Any) -> bytes:
    """The reply in an envelope, as bytes."""
    body = parse(answer.content).find(f"{{{SOAP}}}Body")
    assert body is not None
    return etree.tostring(body[0])


@pytest.mark.django_db(transaction=True)
class TestJourney:
    def test_a_derms_asks_for_a_der_untyped(self, live_server: Any, journey: Walk) -> None:
        endpoint = make_endpoint()
        der = journey("permission_to_operate").proposed_der
        client = client_of(f"{live_server.url}/cim/soap/Messages?wsdl", endpoint)
        reply = client.service.Request(
            Header=header("get", "EndDeviceConfig"),
            Request={"ID": [{"_value_1": str(der.mrid), "kind": "uuid"}]},
        )
        assert reply.Reply.Result == "OK"
        told = end_device_config.from_element(reply.Payload._value_1[0])
        assert told.mrid == str(der.mrid)

    def test_a_fault_reaches_the_client_as_one(self, live_server: Any) -> None:
        endpoint = make_endpoint()
        client = client_of(f"{live_server.url}/cim/soap/Messages?wsdl", endpoint)
        del client.transport.session.headers["Authorization"]
        with pytest.raises(Fault) as raised:
            client.service.Request(Header=header("get", "EndDeviceConfig"))
        assert raised.value.code == "soap:Client"
        assert raised.value.detail.find("{*}FaultMessage/{*}Reply/{*}Error/{*}code").text == "7.2"


@pytest.mark.django_db
class TestEnvelopes:
    def test_the_same_message_over_http_is_a_copy(self, endpoint: Endpoint) -> None:
        message = get_request("EndDeviceConfig", "a", message_id="m-1")
        first = post(endpoint, envelope_of(message))
        headers = {"authorization": f"Bearer {make_token(endpoint, SEND)}"}
        again = Client(headers=headers).post(
            "/cim/v1/messages", message, content_type="application/xml"
        )
        assert envelope_of(again.content) == first.content
        assert InboundMessage.objects.get().duplicate_count == 1

    def test_a_copy_gets_the_same_bytes(self, endpoint: Endpoint) -> None:
        body = envelope_of(get_request("EndDeviceConfig", "a"))
        assert post(endpoint, body).content == post(endpoint, body).content

    @pytest.mark.parametrize("name", ["executeEndDeviceConfig", "receiveEndDeviceConfig"])
    @pytest.mark.parametrize("verb", ["create", "change", "get"])
    def test_the_paths_of_the_interoperability_tests_lead_here(
        self, endpoint: Endpoint, verb: str, name: str
    ) -> None:
        headers = {"authorization": f"Bearer {make_token(endpoint, SEND)}"}
        body = envelope_of(get_request("EndDeviceConfig", "a"))
        url = f"/61968-5/{verb}/{name}"
        answer = Client(headers=headers).post(url, body, content_type="text/xml")
        assert (answer.status_code, codes_of(message_in(answer))) == (200, ["2.15"])
        assert b"wsdl:definitions" in Client().get(f"{url}?wsdl").content

    def test_a_refusal_is_a_reply_and_no_fault(self, endpoint: Endpoint) -> None:
        answer = post(endpoint, envelope_of(event(context="TESTING")))
        assert (answer.status_code, codes_of(message_in(answer))) == (200, ["7.7"])

    @pytest.mark.parametrize(
        ("body", "code", "words"),
        [
            (b"", "Client", "syntax"),
            (b"<a", "Client", "syntax"),
            (b"<!DOCTYPE a><a/>", "Client", "doctype"),
            (b"<a/>", "Client", "no SOAP envelope"),
            (get_request(), "Client", "no SOAP envelope"),
            (b"<Envelope/>", "VersionMismatch", "SOAP 1.1"),
            (
                b'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body/></e:Envelope>',
                "VersionMismatch",
                "SOAP 1.1",
            ),
            (f'<e:Envelope xmlns:e="{SOAP}"/>'.encode(), "Client", "0 Body"),
            (
                f'<e:Envelope xmlns:e="{SOAP}"><e:Body/><e:Body/></e:Envelope>'.encode(),
                "Client",
                "2 Body",
            ),
            (envelope_of(b""), "Client", "0 messages"),
            (envelope_of(b"<a/><b/>"), "Client", "2 messages"),
            (
                f'<e:Envelope xmlns:e="{SOAP}"><e:Header><x e:mustUnderstand="1"/></e:Header>'
                "<e:Body/></e:Envelope>".encode(),
                "MustUnderstand",
                "header x",
            ),
        ],
    )
    def test_a_bad_envelope_is_a_fault_on_record(
        self, endpoint: Endpoint, body: bytes, code: str, words: str
    ) -> None:
        answer = post(endpoint, body)
        assert answer.status_code == 500
        assert answer["Content-Type"] == "text/xml; charset=utf-8"
        assert fault_in(answer)[0] == f"soap:{code}"
        assert words in fault_in(answer)[1]
        assert InboundMessage.objects.get().state == "rejected"

    def test_a_message_without_a_readable_header_is_a_fault_with_its_code(
        self, endpoint: Endpoint
    ) -> None:
        body = envelope_of(get_request().replace(b">get<", b">fetch<"))
        answer = post(endpoint, body, "RequestEndDeviceConfig")
        assert (answer.status_code, fault_in(answer)[0]) == (500, "soap:Client")
        [detail] = parse(answer.content).iter("detail")
        noun = NOUNS["EndDeviceConfig"]
        assert detail[0].tag == f"{{{noun.message_namespace}}}EndDeviceConfigFaultMessage"
        assert codes_of(etree.tostring(detail[0])) == ["2.9"]

    @pytest.mark.parametrize(
        ("name", "body", "fault"),
        [
            ("GetEndDeviceConfig", get_request(), "GetEndDeviceConfigFaultMessage"),
            ("QueryDERGroups", query(), "DERGroupQueriesFaultMessage"),
            ("ExecuteDERGroupsOperationSet", removal(), "DERGroupsOperationSetFaultMessage"),
        ],
    )
    def test_the_fault_is_the_one_that_the_wsdl_promises(
        self, endpoint: Endpoint, name: str, body: bytes, fault: str
    ) -> None:
        unknown = re.sub(rb"(Verb>)\w+<", rb"\1perform<", body)
        [detail] = parse(post(endpoint, envelope_of(unknown), name).content).iter("detail")
        assert local_name(detail[0]) == fault
        assert fault in {each.fault for each in SERVICES[name].operations}

    def test_a_header_that_need_not_be_understood_is_passed_over(self, endpoint: Endpoint) -> None:
        text = envelope_of(get_request("EndDeviceConfig", "a"))
        body = text.replace(b"<soap:Body>", b"<soap:Header><x/></soap:Header><soap:Body>", 1)
        assert post(endpoint, body).status_code == 200

    def test_without_a_token_there_is_a_fault_and_a_401(self, endpoint: Endpoint) -> None:
        answer = post(None, envelope_of(get_request()))
        assert (answer.status_code, fault_in(answer)[0]) == (401, "soap:Client")
        assert answer["WWW-Authenticate"]
        assert InboundMessage.objects.count() == 0

    def test_a_large_envelope_is_not_read(self, endpoint: Endpoint) -> None:
        assert post(endpoint, b"<" + b"x" * 5_300_000).status_code == 413


def test_the_reply_in_an_envelope_keeps_its_bytes() -> None:
    message = get_request()
    assert envelope_of(message).count(message.partition(b"?>")[2].strip()) == 1
