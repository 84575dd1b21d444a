"""The typed message schema of a noun, by the naming pattern of IEC 61968-100.

Every noun's message schema is the same but for its name, so it is rendered, kept on disk beside
the profiles, and a test compares the two. ``python -m cim.message_schema`` writes the files.
"""

import re

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
_OPERATION_SET_TEMPLATE = """<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
           xmlns="{message_ns}"
           xmlns:msg="{envelope_ns}"
           targetNamespace="{message_ns}"
           elementFormDefault="qualified" attributeFormDefault="unqualified">
  <xs:import namespace="{envelope_ns}" schemaLocation="Message.xsd"/>

  <xs:complexType name="{stem}PayloadType">
    <xs:sequence>
      <xs:element name="OperationSet" type="msg:OperationSetType" minOccurs="0"/>
      <xs:element name="Compressed" type="xs:string" minOccurs="0"/>
      <xs:element name="Format" type="xs:string" minOccurs="0"/>
    </xs:sequence>
  </xs:complexType>
  <xs:complexType name="{stem}RequestMessageType">
    <xs:sequence>
      <xs:element name="Header" type="msg:HeaderType"/>
      <xs:element name="Request" type="msg:RequestType" minOccurs="0"/>
      <xs:element name="Payload" type="{stem}PayloadType" minOccurs="0"/>
    </xs:sequence>
  </xs:complexType>
  <xs:complexType name="{stem}EventMessageType">
    <xs:sequence>
      <xs:element name="Header" type="msg:HeaderType"/>
      <xs:element name="Payload" type="{stem}PayloadType" minOccurs="0"/>
    </xs:sequence>
  </xs:complexType>
  <xs:complexType name="{stem}ResponseMessageType">
    <xs:sequence>
      <xs:element name="Header" type="msg:HeaderType"/>
      <xs:element name="Reply" type="msg:ReplyType"/>
      <xs:element name="Payload" type="{stem}PayloadType" minOccurs="0"/>
    </xs:sequence>
  </xs:complexType>
  <xs:complexType name="{stem}FaultMessageType">
    <xs:sequence>
      <xs:element name="Reply" type="msg:ReplyType"/>
    </xs:sequence>
  </xs:complexType>

  <xs:element name="Execute{stem}" type="{stem}RequestMessageType"/>
  <xs:element name="Executed{stem}" type="{stem}EventMessageType"/>
  <xs:element name="{stem}ResponseMessage" type="{stem}ResponseMessageType"/>
  <xs:element name="{stem}FaultMessage" type="{stem}FaultMessageType"/>
</xs:schema>
"""
_GET_TEMPLATE = """<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
           xmlns="{message_ns}"
           xmlns:msg="{envelope_ns}"
           xmlns:query="{query_ns}"
           xmlns:obj="{profile_ns}"
           targetNamespace="{message_ns}"
           elementFormDefault="qualified" attributeFormDefault="unqualified">
  <xs:import namespace="{envelope_ns}" schemaLocation="Message.xsd"/>
  <xs:import namespace="{query_ns}" schemaLocation="{stem}.xsd"/>
  <xs:import namespace="{profile_ns}" schemaLocation="{profile_schema}"/>

  <xs:complexType name="{stem}RequestType">
    <xs:sequence>
      <xs:element name="StartTime" type="xs:dateTime" minOccurs="0"/>
      <xs:element name="EndTime" type="xs:dateTime" minOccurs="0"/>
      <xs:element name="Option" type="msg:OptionType" minOccurs="0" maxOccurs="unbounded"/>
      <xs:element name="ID" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
      <xs:element ref="query:{stem}"/>
      <xs:any namespace="##other" processContents="lax" minOccurs="0" maxOccurs="unbounded"/>
    </xs:sequence>
  </xs:complexType>
  <xs:complexType name="{stem}RequestMessageType">
    <xs:sequence>
      <xs:element name="Header" type="msg:HeaderType"/>
      <xs:element name="Request" type="{stem}RequestType" minOccurs="0"/>
    </xs:sequence>
  </xs:complexType>
  <xs:complexType name="{stem}PayloadType">
    <xs:sequence>
      <xs:element ref="obj:{noun}" minOccurs="0"/>
      <xs:element name="OperationSet" type="msg:OperationSetType" minOccurs="0"/>
      <xs:element name="Compressed" type="xs:string" minOccurs="0"/>
      <xs:element name="Format" type="xs:string" minOccurs="0"/>
    </xs:sequence>
  </xs:complexType>
  <xs:complexType name="{stem}ResponseMessageType">
    <xs:sequence>
      <xs:element name="Header" type="msg:HeaderType"/>
      <xs:element name="Reply" type="msg:ReplyType"/>
      <xs:element name="Payload" type="{stem}PayloadType" minOccurs="0"/>
    </xs:sequence>
  </xs:complexType>
  <xs:complexType name="{stem}FaultMessageType">
    <xs:sequence>
      <xs:element name="Reply" type="msg:ReplyType"/>
    </xs:sequence>
  </xs:complexType>

  <xs:element name="{stem}RequestMessage" type="{stem}RequestMessageType"/>
  <xs:element name="{stem}ResponseMessage" type="{stem}ResponseMessageType"/>
  <xs:element name="{stem}FaultMessage" type="{stem}FaultMessageType"/>
</xs:schema>
"""
_QUERY_TEMPLATE = """<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
           targetNamespace="{query_ns}"
           elementFormDefault="qualified" attributeFormDefault="unqualified">
  <xs:annotation>
    <xs:documentation>All objects, or those that IDs or this element name.</xs:documentation>
  </xs:annotation>
  <xs:element name="{stem}">
    <xs:complexType>
      <xs:sequence>
        <xs:any namespace="##any" processContents="lax" minOccurs="0" maxOccurs="unbounded"/>
      </xs:sequence>
    </xs:complexType>
  </xs:element>
</xs:schema>
"""
# In these a change leaves out nothing: a half name or a half function says nothing.
_WHOLE = frozenset({"Name", "Names", "NameType", "NameTypeAuthority", "DERFunction", *NOUNS})
_FORM = "in the form that create asks for"
_TYPE = re.compile(r'  <xs:complexType name="(?P<name>\w+)">.*?\n  </xs:complexType>\n', re.DOTALL)
_ELEMENT = re.compile(r'<xs:element name="\w+" type="[\w:]+"(?P<occurs>[^/]*)/>')


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


def operation_set_schema(noun: Noun) -> str:
    """Text of ``<Noun>OperationSetMessage.xsd``."""
    return _OPERATION_SET_TEMPLATE.format(
        stem=noun.operation_set_stem,
        message_ns=noun.operation_set_namespace,
        envelope_ns=ENVELOPE_NAMESPACE,
    )


def get_schema(noun: Noun) -> str:
    """Text of ``Get<Noun>Message.xsd``, or of a query noun's ``<Noun>Message.xsd``."""
    answer = NOUNS[noun.answer] if noun.answer else noun
    return _GET_TEMPLATE.format(
        stem=noun.get_stem,
        noun=answer.name,
        message_ns=noun.get_namespace,
        query_ns=noun.query_namespace,
        profile_ns=answer.profile_namespace,
        profile_schema=answer.profile_schema,
        envelope_ns=ENVELOPE_NAMESPACE,
    )


def schemas_of(noun: Noun) -> dict[str, str]:
    """Text of every generated schema of a noun, by file name."""
    if noun.answer:
        return {noun.message_schema: get_schema(noun)}
    stem = noun.get_stem
    query = _QUERY_TEMPLATE.format(stem=stem, query_ns=noun.query_namespace)
    found = {
        noun.message_schema: message_schema(noun),
        f"{noun.operation_set_stem}Message.xsd": operation_set_schema(noun),
        f"{stem}Message.xsd": get_schema(noun),
        f"{stem}.xsd": query,
    }
    if noun.has_create_schema:
        create = (SCHEMAS / noun.create_schema).read_text(encoding="utf-8")
        change = _TYPE.sub(_for_a_change, create)
        found[noun.profile_schema] = change.replace(_FORM, "of which a change may leave out any")
        message = found[noun.message_schema]
        found[noun.create_message_schema] = message.replace(noun.profile_schema, noun.create_schema)
    return found


def _for_a_change(kind: re.Match[str]) -> str:
    """A type of which a change may leave out any part."""
    return kind[0] if kind["name"] in _WHOLE else _ELEMENT.sub(_optional, kind[0])


def _optional(element: re.Match[str]) -> str:
    if 'minOccurs="0"' in element["occurs"]:
        return element[0]
    end = element.end("occurs") - element.start()
    start = element.start("occurs") - element.start()
    return element[0][:start] + ' minOccurs="0"' + element[0][start:end] + "/>"


def _elements(noun: str) -> list[str]:
    names = [(verb + noun, f"{noun}RequestMessageType") for verb in REQUESTS]
    names += [(verb + noun, f"{noun}EventMessageType") for verb in EVENTS]
    names += [
        (f"{noun}ResponseMessage", f"{noun}ResponseMessageType"),
        (f"{noun}FaultMessage", f"{noun}FaultMessageType"),
    ]
    return [f'  <xs:element name="{name}" type="{kind}"/>' for name, kind in names]


def write_all() -> None:
    """Write the generated schemas of every noun beside its profile."""
    for noun in NOUNS.values():
        for name, text in schemas_of(noun).items():
            (SCHEMAS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_all()
