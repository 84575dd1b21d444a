"""Common Information Model messages (IEC 61968-100 Edition 1). Plain Python and lxml, no Django.

The doors:

- :mod:`cim.messages` builds and reads whole messages: events, requests, queries, replies, faults.
- :mod:`cim.profiles` turns payloads into dataclasses and back, a module for each noun.
- :mod:`cim.operations` is several operations in one message; :mod:`cim.queries` what a get names.
- :mod:`cim.validation` checks any message against the schemas in ``cim/schemas``.
- :mod:`cim.xml` parses XML that strangers sent: no DTD, no entities, bounded.
- :mod:`cim.soap` and :mod:`cim.wsdl` are SOAP 1.1 envelopes and the services' descriptions.
- :mod:`cim.streaming` reads messages of any size; :mod:`cim.strict` tells what Edition 1 forbids.

What cannot be read raises ``cim.elements.MessageRefused`` with the error code to answer.

>>> from datetime import UTC, datetime
>>> from uuid import UUID
>>> from cim import messages
>>> from cim.envelope import Verb
>>> from cim.profiles import der_groups
>>> from cim.profiles.common import Name
>>> group = der_groups.DerGroup(mrid="5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7d01", names=(Name("Elm"),))
>>> data = messages.build_event(
...     "DERGroups",
...     Verb.CHANGED,
...     der_groups.to_element([group]),
...     message_id=UUID(int=1),
...     correlation_id=UUID(int=2),
...     timestamp=datetime(2026, 11, 24, 12, tzinfo=UTC),
...     source="portal",
...     context="TESTING",
... )
>>> message = messages.read(data)
>>> message.header.verb, message.header.noun
(<Verb.CHANGED: 'changed'>, 'DERGroups')
>>> der_groups.from_element(message.payload) == (group,)
True
"""
