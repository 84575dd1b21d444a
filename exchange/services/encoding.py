"""How an endpoint wants its messages and answers them: CIM XML plain or in SOAP, or JSON notices.

The outbox keeps one frozen CIM message for all of them; the encoding of it is always the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from cim.codecs import EDITION_1
from cim.envelope import ENVELOPE_NAMESPACE, Shape
from cim.notice import to_json
from cim.soap import SOAP, SoapRefused, envelope_of, message_in
from cim.xml import XmlRefused, local_name, namespace, parse, serialize
from exchange.models import Endpoint

from .replies import RESPONSE_CAP, Answer, Asked, understand, understand_fault, understand_status

_SOAP_FAULT_STATUS = 500
_UNTYPED_ACTIONS = {
    Shape.EVENT: "urn:derportal:cim:2026:Messages/PublishEvent",
    Shape.REQUEST: "urn:derportal:cim:2026:Messages/Request",
}


@dataclass(frozen=True)
class Encoding:
    """Plain CIM XML over HTTP. ``is_strict``: only answers that keep every rule count."""

    is_strict: bool = False
    edition: int = EDITION_1

    def body(self, message: bytes) -> bytes:
        """What is posted for a message."""
        return message

    def headers(self, message: bytes) -> dict[str, str]:
        """The headers that say what it is."""
        return {"Content-Type": "application/xml; charset=utf-8", "Accept": "application/xml"}

    def understand(
        self,
        *,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        asked: Asked,
    ) -> Answer:
        """What an answer means."""
        return understand(
            status=status,
            headers=headers,
            body=body,
            asked=asked,
            is_strict=self.is_strict,
            edition=self.edition,
        )


class SoapEncoding(Encoding):
    """SOAP 1.1, document/literal."""

    def body(self, message: bytes) -> bytes:
        """The message in an envelope."""
        return envelope_of(message)

    def headers(self, message: bytes) -> dict[str, str]:
        """With the soapAction that our WSDLs give to the operation."""
        root = parse(message)
        is_typed = namespace(root) != ENVELOPE_NAMESPACE
        typed = f"{namespace(root).removesuffix('Message')}/{local_name(root)}"
        action = typed if is_typed else _UNTYPED_ACTIONS[Shape(local_name(root))]
        return {
            "Content-Type": "text/xml; charset=utf-8",
            "Accept": "text/xml",
            "SOAPAction": f'"{action}"',
        }

    def understand(
        self,
        *,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        asked: Asked,
    ) -> Answer:
        """What the message in the envelope means; a fault is an answer by itself."""
        inner = _opened(body) if status == _SOAP_FAULT_STATUS or 200 <= status < 300 else None
        if inner is not None and namespace(inner) == SOAP and local_name(inner) == "Fault":
            return understand_fault(status=status, body=body, fault=inner, edition=self.edition)
        return super().understand(
            status=status,
            headers=headers,
            body=body if inner is None else serialize(inner),
            asked=asked,
        )


def _opened(body: bytes) -> etree._Element | None:
    """The element in the envelope, or None where there is no envelope."""
    try:
        return message_in(parse(body, max_bytes=RESPONSE_CAP))
    except (XmlRefused, SoapRefused):
        return None


class JsonEncoding(Encoding):
    """JSON notices in the form of Standard Webhooks: any 2xx is a delivery."""

    def body(self, message: bytes) -> bytes:
        """The message as JSON."""
        return to_json(message)

    def headers(self, message: bytes) -> dict[str, str]:
        """JSON both ways."""
        return {"Content-Type": "application/json", "Accept": "application/json"}

    def understand(
        self,
        *,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        asked: Asked,
    ) -> Answer:
        """The status alone says it."""
        return understand_status(status=status, headers=headers, body=body)


def encoding_of(endpoint: Endpoint) -> Encoding:
    """What the endpoint's settings ask for."""
    if endpoint.format == Endpoint.Format.JSON:
        return JsonEncoding()
    if endpoint.transport == Endpoint.Transport.SOAP:
        return SoapEncoding(endpoint.is_strict, endpoint.edition)
    return Encoding(endpoint.is_strict, endpoint.edition)


@dataclass(frozen=True)
class Posted:
    """What is posted for a message, less its signature and credentials."""

    body: bytes
    headers: dict[str, str]


def posted(*, endpoint: Endpoint, message: bytes) -> Posted:
    """The message as the endpoint's settings have it posted now: XML, an envelope or JSON."""
    encoding = encoding_of(endpoint)
    return Posted(encoding.body(message), encoding.headers(message))
