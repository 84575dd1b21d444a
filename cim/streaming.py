"""DERGroups of any size in bounded memory: written in chunks, read member by member.

Members are written through a template: an element object for each of many thousand members would
cost most of the time. The envelope is built and checked as for any message, around one stand-in.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from html import escape
from itertools import islice
from typing import BinaryIO

from lxml import etree

from cim import errors
from cim.elements import MessageRefused, text
from cim.profiles import der_groups
from cim.profiles.common import read_names
from cim.profiles.der_groups import DerGroup
from cim.profiles.parts import Named
from cim.xml import iterate

_MEMBERS_PER_CHUNK = 1_000
_USUAL = "<EndDevices><mRID>%s</mRID><Names><name>%s</name></Names></EndDevices>"
_STAND_IN = "the members stand here"
_PLACE = f"<EndDevices><mRID>{_STAND_IN}</mRID></EndDevices>".encode()
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def chunks(
    build: Callable[[etree._Element], bytes], group: DerGroup, members: Iterable[Named]
) -> Iterator[bytes]:
    """The message of one group, its ``members`` instead of the group's own, piece by piece.

    ``build`` makes the message of a payload, for example :func:`cim.messages.build_event` with
    its facts. Raises MessageRefused, for a member when its chunk is written.
    """
    stand_in = replace(group, end_devices=(Named(mrid=_STAND_IN),))
    lead, _, tail = build(der_groups.to_element([stand_in])).partition(_PLACE)
    yield lead
    left = iter(members)
    while some := list(islice(left, _MEMBERS_PER_CHUNK)):
        yield _written(some)
    yield tail


def read_members(stream: BinaryIO, *, max_bytes: int, max_elements: int) -> Iterator[Named]:
    """The members of every group of a DERGroups message, as they come; raises XmlRefused.

    What was read is let go: memory does not grow with the message.
    """
    for element in iterate(stream, "EndDevices", max_bytes=max_bytes, max_elements=max_elements):
        yield Named(mrid=text(element, "mRID"), names=read_names(element))


def _written(members: list[Named]) -> bytes:
    texts = _usual_texts(members)
    if texts and _is_plain("".join(texts)):
        return (_USUAL * len(members) % tuple(texts)).encode()
    joined = "".join(map(_member, members))
    if _FORBIDDEN.search(joined):
        raise MessageRefused(errors.INVALID, "EndDevices holds a control character")
    return joined.encode()


def _usual_texts(members: list[Named]) -> list[str]:
    """The texts for the usual template, none if a member is not of its shape.

    One template for many members, and one look for what needs an escape, take a third of the time
    of a member by itself.
    """
    for each in members:
        if not each.mrid or len(each.names) != 1 or each.names[0].name_type:
            return []
    return [text for each in members for text in (each.mrid, each.names[0].name)]


def _is_plain(text: str) -> bool:
    """Whether no character can need an escape; no control character is printable."""
    return text.isprintable() and not any(mark in text for mark in "&<>")


def _member(member: Named) -> str:
    mrid = f"<mRID>{_escaped(member.mrid)}</mRID>" if member.mrid else ""
    names = "".join(
        f"<Names><name>{_escaped(each.name)}</name>{_kind(each.name_type, each.authority)}</Names>"
        for each in member.names
    )
    return f"<EndDevices>{mrid}{names}</EndDevices>"


def _kind(name_type: str, authority: str) -> str:
    if not name_type:
        return ""
    given = authority and (
        f"<NameTypeAuthority><name>{_escaped(authority)}</name></NameTypeAuthority>"
    )
    return f"<NameType><name>{_escaped(name_type)}</name>{given}</NameType>"


def _escaped(value: str) -> str:
    return escape(value, quote=False).replace("\r", "&#13;")
