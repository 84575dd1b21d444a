"""The typed message schema of a noun, by the naming pattern of IEC 61968-100.

Every noun's message schema is the same but for its name, so it is rendered, kept on disk beside
the profiles, and a test compares the two. ``python -m cim.message_schema`` writes the files.
"""

from cim.envelope import ENVELOPE_NAMESPACE
from cim.nouns import NOUNS, Noun
from cim.validation import SCHEMAS

REQUESTS = ("Create", "Change", "Cancel", "Close", "Delete")
EVENTS = ("Created", "Changed", "Canceled", "Closed", "Deleted")

_TEMPLATE = """<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
           xmlns="{message_ns}"
           xmlns:msg="{envelope_ns}"
           xmlns:obj="{profile_ns}"
           targetNamespace="{message_ns}"
           elementFormDefault="qualified" attributeFormDefault="unqualified">
  <xs:import namespace="{envelope_ns}" schemaLocation="Message.xsd"/>
  <xs:import namespace="{profile_ns}" schemaLocation="{profile_schema}"/>

  <xs:complexType name="{noun}PayloadType">
    <xs:sequence>
      <xs:element ref="obj:{noun}"/>
      <xs:element name="OperationSet" type="msg:OperationSetType" minOccurs="0"/>
      <xs:element name="Compressed" type="xs:string" minOccurs="0"/>
      <xs:element name="Format" type="xs:string" minOccurs="0"/>
    </xs:sequence>
  </xs:complexType>
  <xs:complexType name="{noun}RequestMessageType">
    <xs:sequence>
      <xs:element name="Header" type="msg:HeaderType"/>
      <xs:element name="Request" type="msg:RequestType" minOccurs="0"/>
      <xs:element name="Payload" type="{noun}PayloadType" minOccurs="0"/>
    </xs:sequence>
  </xs:complexType>
  <xs:complexType name="{noun}EventMessageType">
    <xs:sequence>
      <xs:element name="Header" type="msg:HeaderType"/>
      <xs:element name="Payload" type="{noun}PayloadType" minOccurs="0"/>
    </xs:sequence>
  </xs:complexType>
  <xs:complexType name="{noun}ResponseMessageType">
    <xs:sequence>
      <xs:element name="Header" type="msg:HeaderType"/>
      <xs:element name="Reply" type="msg:ReplyType"/>
      <xs:element name="Payload" type="{noun}PayloadType" minOccurs="0"/>
    </xs:sequence>
  </xs:complexType>
  <xs:complexType name="{noun}FaultMessageType">
    <xs:sequence>
      <xs:element name="Reply" type="msg:ReplyType"/>
    </xs:sequence>
  </xs:complexType>

{elements}
</xs:schema>
"""


def message_schema(noun: Noun) -> str:
    """Text of ``<Noun>Message.xsd``."""
    return _TEMPLATE.format(
        noun=noun.name,
        message_ns=noun.message_namespace,
        profile_ns=noun.profile_namespace,
        profile_schema=noun.profile_schema,
        envelope_ns=ENVELOPE_NAMESPACE,
        elements="\n".join(_elements(noun.name)),
    )


def _elements(noun: str) -> list[str]:
    names = [(verb + noun, f"{noun}RequestMessageType") for verb in REQUESTS]
    names += [(verb + noun, f"{noun}EventMessageType") for verb in EVENTS]
    names += [
        (f"{noun}ResponseMessage", f"{noun}ResponseMessageType"),
        (f"{noun}FaultMessage", f"{noun}FaultMessageType"),
    ]
    return [f'  <xs:element name="{name}" type="{kind}"/>' for name, kind in names]


def write_all() -> None:
    """Write the message schema of every noun beside its profile."""
    for noun in NOUNS.values():
        (SCHEMAS / noun.message_schema).write_text(message_schema(noun), encoding="utf-8")


if __name__ == "__main__":
    write_all()
