"""One codec for each edition of the IEC 61968-100 envelope; the editions cannot read each other.

Header, Reply and the rest (:mod:`cim.envelope`) say the same in every edition. Another edition is
another codec here: whoever builds or reads a message names the edition and gets its codec.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from lxml import etree

from cim import envelope_in, envelope_out, strict
from cim.envelope import Header, Message, Reply, Request, Verb
from cim.nouns import Noun

EDITION_1 = 1


class Codec(Protocol):
    """How one edition writes and reads its envelope; see :mod:`cim.envelope_out`."""

    def event_message(
        self, header: Header, payload: etree._Element | None, noun: Noun | None = None
    ) -> etree._Element: ...

    def request_message(
        self,
        header: Header,
        payload: etree._Element | None,
        request: Request | None = None,
        noun: Noun | None = None,
    ) -> etree._Element: ...

    def response_message(
        self,
        header: Header,
        reply: Reply,
        payload: etree._Element | None = None,
        noun: Noun | None = None,
        asked: Verb = Verb.CREATE,
    ) -> etree._Element: ...

    def fault_message(
        self, reply: Reply, noun: Noun | None = None, asked: Verb = Verb.CREATE, kind: str = ""
    ) -> etree._Element: ...

    def read(self, root: etree._Element, *, is_strict: bool = False) -> Message:
        """The message in a parsed document. Raises MessageRefused with the code to answer."""


class _Edition1:
    """IEC 61968-100:2013."""

    event_message = staticmethod(envelope_out.event_message)
    request_message = staticmethod(envelope_out.request_message)
    response_message = staticmethod(envelope_out.response_message)
    fault_message = staticmethod(envelope_out.fault_message)

    def read(self, root: etree._Element, *, is_strict: bool = False) -> Message:
        message = envelope_in.from_element(root)
        if is_strict:
            strict.check(root, message)
        return message


CODECS: Mapping[int, Codec] = MappingProxyType({EDITION_1: _Edition1()})


def codec_of(edition: int) -> Codec:
    """The codec of an edition. Raises ValueError for one that is not spoken here."""
    if edition not in CODECS:
        raise ValueError(f"edition {edition} of IEC 61968-100 is not spoken here")
    return CODECS[edition]
