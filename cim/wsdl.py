"""The WSDL 1.1 of each service: SOAP 1.1 document/literal, generated from the nouns.

A noun has a service for requests (named Request or Execute), one for events (Send, Receive or
Reply), and the untyped messages have one of their own. All of them lead to the same handler.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from cim.envelope import ENVELOPE_NAMESPACE, Shape
from cim.message_schema import EVENTS, REQUESTS
from cim.nouns import NOUNS, Noun

REQUEST_PREFIXES = ("Request", "Execute")
EVENT_PREFIXES = ("Send", "Receive", "Reply")
UNTYPED = "Messages"

_DEFINITIONS = """<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions name={service} targetNamespace={wsdl_ns}
                  xmlns:tns={wsdl_ns} xmlns:message={message_ns}
                  xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
                  xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
                  xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <wsdl:types>
    <xs:schema targetNamespace={wsdl_ns}>
      <xs:import namespace={message_ns} schemaLocation={schema}/>
    </xs:schema>
  </wsdl:types>
{messages}
  <wsdl:portType name={port_type}>
{operations}
  </wsdl:portType>
  <wsdl:binding name={binding} type={port_type_ref}>
    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
{bindings}
  </wsdl:binding>
  <wsdl:service name={service}>
    <wsdl:port name={port} binding={binding_ref}>
      <soap:address location={address}/>
    </wsdl:port>
  </wsdl:service>
</wsdl:definitions>
"""
_MESSAGE = """  <wsdl:message name={name}>
    <wsdl:part name="message" element={element}/>
  </wsdl:message>"""
_OPERATION = """    <wsdl:operation name={name}>
      <wsdl:input message={input}/>
      <wsdl:output message={output}/>
      <wsdl:fault name={fault} message={fault_ref}/>
    </wsdl:operation>"""
_BINDING = """    <wsdl:operation name={name}>
      <soap:operation soapAction={action} style="document"/>
      <wsdl:input><soap:body use="literal"/></wsdl:input>
      <wsdl:output><soap:body use="literal"/></wsdl:output>
      <wsdl:fault name={fault}><soap:fault name={fault} use="literal"/></wsdl:fault>
    </wsdl:operation>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service: its operations by name with the element that each takes, and what it answers.

    ``stem`` names port and binding: the noun. ``action_base`` is the soapAction without the
    operation. ``noun`` is None for the untyped messages.
    """

    name: str
    stem: str
    namespace: str
    message_namespace: str
    schema: str
    action_base: str
    operations: tuple[tuple[str, str], ...]
    response: str
    fault: str
    noun: Noun | None = None

    def action(self, operation: str) -> str:
        """The soapAction of an operation."""
        return f"{self.action_base}/{operation}"


def services() -> dict[str, Service]:
    """Every service by its name."""
    found = [_untyped()]
    for noun in (each for each in NOUNS.values() if not each.answer):
        found += _services_of(noun)
    return {service.name: service for service in found}


def wsdl(service: Service, *, address: str, schemas: str) -> str:
    """The WSDL text. ``schemas`` is the address of the folder with our schemas, with its slash."""
    names = [*(element for _, element in service.operations), service.response, service.fault]
    return _DEFINITIONS.format(
        service=_attribute(service.name),
        wsdl_ns=_attribute(service.namespace),
        message_ns=_attribute(service.message_namespace),
        schema=_attribute(schemas + service.schema),
        address=_attribute(address),
        port_type=_attribute(f"{service.stem}_PortType"),
        port_type_ref=_attribute(f"tns:{service.stem}_PortType"),
        binding=_attribute(f"{service.stem}_Binding"),
        binding_ref=_attribute(f"tns:{service.stem}_Binding"),
        port=_attribute(f"{service.stem}_Port"),
        messages="\n".join(_message(name) for name in names),
        operations="\n".join(_operations(service)),
        bindings="\n".join(_bindings(service)),
    )


def _attribute(value: str) -> str:
    return f'"{escape(value)}"'


def _message(element: str) -> str:
    return _MESSAGE.format(name=_attribute(element), element=_attribute(f"message:{element}"))


def _operations(service: Service) -> Iterator[str]:
    for name, element in service.operations:
        yield _OPERATION.format(
            name=_attribute(name),
            input=_attribute(f"tns:{element}"),
            output=_attribute(f"tns:{service.response}"),
            fault=_attribute(service.fault),
            fault_ref=_attribute(f"tns:{service.fault}"),
        )


def _bindings(service: Service) -> Iterator[str]:
    for name, _ in service.operations:
        yield _BINDING.format(
            name=_attribute(name),
            action=_attribute(service.action(name)),
            fault=_attribute(service.fault),
        )


def _services_of(noun: Noun) -> Iterator[Service]:
    for prefixes, verbs in ((REQUEST_PREFIXES, REQUESTS), (EVENT_PREFIXES, EVENTS)):
        names = [verb + noun.name for verb in verbs]
        for prefix in prefixes:
            yield _typed(noun, prefix + noun.name, names)


def _typed(noun: Noun, name: str, elements: list[str]) -> Service:
    base = noun.profile_namespace.removesuffix("#")
    return Service(
        name=name,
        stem=noun.name,
        namespace=base.removesuffix(noun.name) + name,
        message_namespace=noun.message_namespace,
        schema=noun.message_schema,
        action_base=base,
        operations=tuple((each, each) for each in elements),
        response=f"{noun.name}ResponseMessage",
        fault=f"{noun.name}FaultMessage",
        noun=noun,
    )


def _untyped() -> Service:
    base = f"urn:derportal:cim:2026:{UNTYPED}"
    return Service(
        name=UNTYPED,
        stem=UNTYPED,
        namespace=base,
        message_namespace=ENVELOPE_NAMESPACE,
        schema="Message.xsd",
        action_base=base,
        operations=(("Request", Shape.REQUEST.value), ("PublishEvent", Shape.EVENT.value)),
        response=Shape.RESPONSE.value,
        fault=Shape.FAULT.value,
    )
