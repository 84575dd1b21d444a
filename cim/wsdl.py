"""The WSDL 1.1 of each service: SOAP 1.1 document/literal, generated from the nouns.

A noun has a service for requests (named Request or Execute), one for events (Send, Receive or
Reply), one for reading (Get, or Query), and the untyped messages have one of their own. All of
them lead to the same handler.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from cim.envelope import ENVELOPE_NAMESPACE, OPERATION_SET, Shape, Verb
from cim.message_schema import EVENTS, REQUESTS
from cim.nouns import NOUNS, Noun

REQUEST_PREFIXES = ("Request", "Execute")
EVENT_PREFIXES = ("Send", "Receive", "Reply")
GET_PREFIXES = ("Get", "Query")
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
class Operation:
    """One operation: the element it takes, and the elements that answer or fault it."""

    name: str
    element: str
    response: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service. ``stem`` names port and binding: the noun of its address.

    ``action_base`` is the soapAction without the operation. ``noun`` is that of its messages,
    None for the untyped ones.
    """

    name: str
    stem: str
    namespace: str
    message_namespace: str
    schema: str
    action_base: str
    operations: tuple[Operation, ...]
    noun: Noun | None = None

    @property
    def is_reading(self) -> bool:
        """Whether its messages are gets."""
        return self.name.startswith(GET_PREFIXES)

    def action(self, operation: str) -> str:
        """The soapAction of an operation."""
        return f"{self.action_base}/{operation}"


def services() -> dict[str, Service]:
    """Every service by its name."""
    plain = [noun for noun in NOUNS.values() if not noun.answer]
    found = [_untyped(), *(service for noun in plain for service in _services_of(noun))]
    # A noun with a query noun of its own is queried by that one.
    found += [_query(noun) for noun in NOUNS.values() if noun.answer]
    return {service.name: service for service in found}


def wsdl(service: Service, *, address: str, schemas: str) -> str:
    """The WSDL text. ``schemas`` is the address of the folder with our schemas, with its slash."""
    names: dict[str, None] = {}
    for each in service.operations:
        names |= dict.fromkeys((each.element, each.response, each.fault))
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
        operations="\n".join(_operation(each) for each in service.operations),
        bindings="\n".join(_binding(service, each) for each in service.operations),
    )


def _attribute(value: str) -> str:
    return f'"{escape(value)}"'


def _message(element: str) -> str:
    return _MESSAGE.format(name=_attribute(element), element=_attribute(f"message:{element}"))


def _operation(operation: Operation) -> str:
    return _OPERATION.format(
        name=_attribute(operation.name),
        input=_attribute(f"tns:{operation.element}"),
        output=_attribute(f"tns:{operation.response}"),
        fault=_attribute(operation.fault),
        fault_ref=_attribute(f"tns:{operation.fault}"),
    )


def _binding(service: Service, operation: Operation) -> str:
    return _BINDING.format(
        name=_attribute(operation.name),
        action=_attribute(service.action(operation.name)),
        fault=_attribute(operation.fault),
    )


def _services_of(noun: Noun) -> Iterator[Service]:
    requests = [*(verb + noun.name for verb in REQUESTS), f"Execute{noun.name}{OPERATION_SET}"]
    events = [*(verb + noun.name for verb in EVENTS), f"Executed{noun.name}{OPERATION_SET}"]
    for prefixes, elements in ((REQUEST_PREFIXES, requests), (EVENT_PREFIXES, events)):
        operations = tuple(_typed(noun, element) for element in elements)
        for prefix in prefixes:
            yield _service(noun, noun, prefix + noun.name, operations)
    for prefix in GET_PREFIXES:
        yield _reading(noun, noun, prefix)


def _query(noun: Noun) -> Service:
    return _reading(noun, NOUNS[noun.answer], "Query")


def _reading(noun: Noun, told: Noun, prefix: str) -> Service:
    """A get: ``noun`` names the messages, ``told`` is what the answer holds."""
    name = prefix + told.name
    element, response, fault = (
        noun.element(shape, Verb.GET, noun.name)[1]
        for shape in (Shape.REQUEST, Shape.RESPONSE, Shape.FAULT)
    )
    get = Operation(name=name, element=element, response=response, fault=fault)
    return _service(noun, told, name, (get,))


def _typed(noun: Noun, element: str) -> Operation:
    stem = noun.name + (OPERATION_SET if element.endswith(OPERATION_SET) else "")
    return Operation(
        name=element,
        element=element,
        response=stem + Shape.RESPONSE.value,
        fault=stem + Shape.FAULT.value,
    )


def _service(noun: Noun, told: Noun, name: str, operations: tuple[Operation, ...]) -> Service:
    is_reading = name.startswith(GET_PREFIXES)
    return Service(
        name=name,
        stem=told.name,
        namespace=told.base + name,
        message_namespace=noun.get_namespace if is_reading else noun.message_namespace,
        schema=f"{noun.get_stem}Message.xsd" if is_reading else noun.message_schema,
        action_base=told.base + told.name,
        operations=operations,
        noun=noun,
    )


def _untyped() -> Service:
    base = f"urn:derportal:cim:2026:{UNTYPED}"
    operations = (("Request", Shape.REQUEST.value), ("PublishEvent", Shape.EVENT.value))
    return Service(
        name=UNTYPED,
        stem=UNTYPED,
        namespace=base,
        message_namespace=ENVELOPE_NAMESPACE,
        schema="Message.xsd",
        action_base=base,
        operations=tuple(
            Operation(
                name=name, element=element, response=Shape.RESPONSE.value, fault=Shape.FAULT.value
            )
            for name, element in operations
        ),
    )
