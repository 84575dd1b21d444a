"""SOAP 1.1, document/literal: one message in one body, and the faults of the envelope itself."""

from copy import deepcopy
from enum import StrEnum

from lxml import etree

from cim.xml import local_name, namespace, serialize

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_NEXT = "http://schemas.xmlsoap.org/soap/actor/next"
_DECLARATION = b"<?xml version='1.0' encoding='UTF-8'?>\n"
_OPEN = b'<soap:Envelope xmlns:soap="%b"><soap:Body>' % SOAP.encode()
_CLOSE = b"</soap:Body></soap:Envelope>"
_TRUE = frozenset({"1", "true"})


class FaultCode(StrEnum):
    """Whose mistake it was."""

    CLIENT = "Client"
    SERVER = "Server"
    VERSION_MISMATCH = "VersionMismatch"
    MUST_UNDERSTAND = "MustUnderstand"


class SoapRefused(Exception):
    """The envelope breaks SOAP 1.1; ``code`` is the fault to answer with."""

    def __init__(self, code: FaultCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def message_in(envelope: etree._Element) -> etree._Element:
    """The one element in the body, as a document of its own. Raises SoapRefused."""
    if local_name(envelope) != "Envelope":
        reason = "this is no SOAP envelope; a bare message goes to the address of plain HTTP"
        raise SoapRefused(FaultCode.CLIENT, reason)
    if namespace(envelope) != SOAP:
        raise SoapRefused(FaultCode.VERSION_MISMATCH, f"only SOAP 1.1 ({SOAP}) is spoken here")
    for header in envelope.iterchildren(f"{{{SOAP}}}Header"):
        _check_understood(header)
    bodies = list(envelope.iterchildren(f"{{{SOAP}}}Body"))
    if len(bodies) != 1:
        raise SoapRefused(FaultCode.CLIENT, f"{len(bodies)} Body elements instead of one")
    if len(bodies[0]) != 1:
        raise SoapRefused(FaultCode.CLIENT, f"{len(bodies[0])} messages in the Body, not one")
    return deepcopy(bodies[0][0])


def _check_understood(header: etree._Element) -> None:
    """We understand no header: one that must be understood by us ends it."""
    for entry in header:
        is_needed = entry.get(f"{{{SOAP}}}mustUnderstand", "0").strip() in _TRUE
        if is_needed and entry.get(f"{{{SOAP}}}actor", "") in ("", _NEXT):
            detail = f"the header {local_name(entry)} is not understood here"
            raise SoapRefused(FaultCode.MUST_UNDERSTAND, detail)


def envelope_of(message: bytes) -> bytes:
    """A message in an envelope. The message's bytes stay as they are."""
    text = message.partition(b"?>")[2].lstrip() if message.startswith(b"<?xml") else message
    return _DECLARATION + _OPEN + text + _CLOSE


def fault_of(code: FaultCode, reason: str, detail: etree._Element | None = None) -> bytes:
    """A SOAP fault; the detail is a FaultMessage."""
    root = etree.Element(etree.QName(SOAP, "Envelope"), nsmap={"soap": SOAP})
    body = etree.SubElement(root, etree.QName(SOAP, "Body"))
    fault = etree.SubElement(body, etree.QName(SOAP, "Fault"))
    etree.SubElement(fault, "faultcode").text = f"soap:{code}"
    etree.SubElement(fault, "faultstring").text = reason
    if detail is not None:
        etree.SubElement(fault, "detail").append(detail)
    return serialize(root)
