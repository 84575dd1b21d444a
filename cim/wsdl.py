"""The WSDL 1.1 of each service: SOAP 1.1 document/literal, generated from the nouns.

A noun has a service for requests (named Request or Execute), one for events (Send, Receive or
Reply), one for reading (Get, or Query), and two for several operations at once
(Execute<Noun>OperationSet and Receive<Noun>OperationSet); the untyped messages have one of their
own. All of them lead to the same handler. Names of messages, ports, bindings and soapActions are
those of the public WSDLs for Parts 5, 6 and 9.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from cim.envelope import ENVELOPE_NAMESPACE, Shape, Verb
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
  <wsdl:portType name={port}>
{operations}
  </wsdl:portType>
  <wsdl:binding name={binding} type={port_ref}>
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
    <wsdl:part name={name} element={element}/>
  </wsdl:message>"""
_OPERATION = """    <wsdl:operation name={name}>
      <wsdl:input name={input} message={input_ref}/>
      <wsdl:output name={output} message={output_ref}/>
      <wsdl:fault name={fault} message={fault_ref}/>
    </wsdl:operation>"""
_BINDING = """    <wsdl:operation name={name}>
      <soap:operation soapAction={action} style="document"/>
      <wsdl:input name={input}><soap:body use="literal"/></wsdl:input>
      <wsdl:output name={output}><soap:body use="literal"/></wsdl:output>
      <wsdl:fault name={fault}><soap:fault name={fault} use="literal"/></wsdl:fault>
    </wsdl:operation>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation: the element it takes, and the elements that answer or fault it.

    ``kind`` is what it takes, as the names of its messages say.
    """

    name: str
    element: str
    response: str
    fault: str
    kind: str = "Request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service. ``stem`` names port and binding.

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
    messages = {
        _named(service, each, kind): element
        for each in service.operations
        for kind, element in _parts(each)
    }
    return _DEFINITIONS.format(
        service=_attribute(service.name),
        wsdl_ns=_attribute(service.namespace),
        message_ns=_attribute(service.message_namespace),
        schema=_attribute(schemas + service.schema),
        address=_attribute(address),
        port=_attribute(f"{service.stem}_Port"),
        port_ref=_attribute(f"tns:{service.stem}_Port"),
        binding=_attribute(f"{service.stem}_Binding"),
        binding_ref=_attribute(f"tns:{service.stem}_Binding"),
        messages="\n".join(_message(name, element) for name, element in messages.items()),
        operations="\n".join(_operation(service, each) for each in service.operations),
        bindings="\n".join(_binding(service, each) for each in service.operations),
    )


def _attribute(value: str) -> str:
    return f'"{escape(value)}"'


def _parts(operation: Operation) -> tuple[tuple[str, str], ...]:
    """What the operation takes, answers and faults with: what it is called, its element."""
    return (
        (operation.kind, operation.element),
        ("Response", operation.response),
        ("Fault", operation.fault),
    )


def _named(service: Service, operation: Operation, kind: str) -> str:
    """The name of a message. The operations of a service share its answers."""
    is_shared = kind in ("Response", "Fault") and not service.is_reading
    return f"{'' if is_shared else operation.name}{kind}Message"


def _message(name: str, element: str) -> str:
    return _MESSAGE.format(name=_attribute(name), element=_attribute(f"message:{element}"))


def _operation(service: Service, operation: Operation) -> str:
    kinds = zip(("input", "output", "fault"), _parts(operation), strict=True)
    refs = {
        f"{place}_ref": _attribute(f"tns:{_named(service, operation, kind)}")
        for place, (kind, _) in kinds
    }
    return _OPERATION.format(**_places(operation), **refs)


def _binding(service: Service, operation: Operation) -> str:
    action = _attribute(service.action(operation.name))
    return _BINDING.format(action=action, **_places(operation))


def _places(operation: Operation) -> dict[str, str]:
    """The names of an operation, of what it takes and of what it gives."""
    return {
        "name": _attribute(operation.name),
        "input": _attribute(operation.name + operation.kind),
        "output": _attribute(f"{operation.name}Response"),
        "fault": _attribute(f"{operation.name}Fault"),
    }


def _services_of(noun: Noun) -> Iterator[Service]:
    for verbs, kind, prefixes, many in (
        (REQUESTS, "Request", REQUEST_PREFIXES, "Execute"),
        (EVENTS, "Event", EVENT_PREFIXES, "Receive"),
    ):
        operations = tuple(_typed(verb, noun.name, kind) for verb in verbs)
        for prefix in prefixes:
            yield _service(noun, prefix + noun.name, operations)
        verb = "Execute" if kind == "Request" else "Executed"
        operation = _typed(verb, noun.operation_set_stem, kind)
        yield _of_operation_set(noun, many + noun.operation_set_stem, operation)
    for prefix in GET_PREFIXES:
        yield _reading(noun, noun, prefix)


def _query(noun: Noun) -> Service:
    return _reading(noun, NOUNS[noun.answer], "Query")


def _typed(verb: str, stem: str, kind: str) -> Operation:
    response, fault = stem + Shape.RESPONSE.value, stem + Shape.FAULT.value
    return Operation(
        name=verb + stem, element=verb + stem, response=response, fault=fault, kind=kind
    )


def _service(noun: Noun, name: str, operations: tuple[Operation, ...]) -> Service:
    return Service(
        name=name,
        stem=noun.name,
        namespace=noun.base + name,
        message_namespace=noun.message_namespace,
        schema=noun.message_schema,
        action_base=noun.base + noun.name,
        operations=operations,
        noun=noun,
    )


def _of_operation_set(noun: Noun, name: str, operation: Operation) -> Service:
    return Service(
        name=name,
        stem=noun.operation_set_stem,
        namespace=noun.base + name,
        message_namespace=noun.operation_set_namespace,
        schema=f"{noun.operation_set_stem}Message.xsd",
        action_base=noun.base + noun.operation_set_stem,
        operations=(operation,),
        noun=noun,
    )


def _reading(noun: Noun, told: Noun, prefix: str) -> Service:
    """A get: ``noun`` names the messages, ``told`` is what the answer holds."""
    name = prefix + told.name
    element, response, fault = (
        noun.element(shape, Verb.GET, noun.name)[1]
        for shape in (Shape.REQUEST, Shape.RESPONSE, Shape.FAULT)
    )
    get = Operation(name=name, element=element, response=response, fault=fault)
    return Service(
        name=name,
        stem=name,
        namespace=told.base + name,
        message_namespace=noun.get_namespace,
        schema=f"{noun.get_stem}Message.xsd",
        # The public WSDLs name the service in the action of a get, the noun in that of a query.
        action_base=told.base + (name if prefix == "Get" else told.name),
        operations=(get,),
        noun=noun,
    )


def _untyped() -> Service:
    base = f"urn:derportal:cim:2026:{UNTYPED}"
    operations = (("Request", Shape.REQUEST), ("PublishEvent", Shape.EVENT))
    return Service(
        name=UNTYPED,
        stem=UNTYPED,
        namespace=base,
        message_namespace=ENVELOPE_NAMESPACE,
        schema="Message.xsd",
        action_base=base,
        operations=tuple(
            Operation(
                name=name,
                element=shape.value,
                response=Shape.RESPONSE.value,
                fault=Shape.FAULT.value,
                kind=shape.value.removesuffix("Message"),
            )
            for name, shape in operations
        ),
    )
