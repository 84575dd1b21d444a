"""The one entry point for XML that somebody else wrote.

Everything else in the house parses through :func:`parse`. The document is decoded first, so the
bytes that are counted are the bytes that are parsed: a document type hidden in UTF-7 or UTF-16
cannot pass.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from lxml import etree

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 64
MAX_ELEMENTS = 200_000

_DECLARED = re.compile(r"\A<\?xml[^>]*?\bencoding\s*=\s*[\"']([^\"']*)[\"']")
_UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32_BOMS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF8_NAMES = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})
_UTF16_NAMES = frozenset({"", "utf-16", "utf-16le", "utf-16be"})
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (MAX_DEPTH + 1) + ")")
_COUNT = etree.XPath("count(//*)")


class XmlRefused(Exception):
    """The bytes break one of our rules for foreign XML.

    ``rule`` is one of size, encoding, syntax, doctype, depth, elements; ``detail`` is for people.
    """

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(f"{rule}: {detail}")
        self.rule = rule
        self.detail = detail


def parse(data: bytes, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """Root element of a foreign document, without comments and processing instructions.

    Units: ``max_bytes`` in bytes. Raises :class:`XmlRefused`.
    """
    if len(data) > max_bytes:
        raise XmlRefused("size", f"{len(data)} bytes, at most {max_bytes} are read")
    clean = _as_utf8(data)
    # Every element needs one "<" and its end tag another one: bounds the memory before parsing.
    marks = clean.count(b"<")
    if marks > 2 * MAX_ELEMENTS:
        raise XmlRefused("elements", f"more than {MAX_ELEMENTS} elements")
    root = _tree(clean)
    _check(root, may_be_many=marks > MAX_ELEMENTS)
    return root


def _as_utf8(data: bytes) -> bytes:
    """The document in UTF-8 without a byte order mark, whatever it was, or refused."""
    if data.startswith(_UTF16_BOMS) and not data.startswith(_UTF32_BOMS):
        text = _decoded(data, "utf-16")
        clean, allowed = text.encode(), _UTF16_NAMES
    else:
        clean, allowed = data.removeprefix(codecs.BOM_UTF8), _UTF8_NAMES
        # Most messages are ASCII, which needs no decoding to be known as UTF-8.
        text = _decoded(clean if not clean.isascii() else clean[: clean.find(b">") + 1], "utf-8")
    declared = _DECLARED.match(text)
    if declared and declared.group(1).strip().lower() not in allowed:
        raise XmlRefused("encoding", f"declared as {declared.group(1)!r}; send UTF-8 or UTF-16")
    return clean


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise XmlRefused("encoding", f"not UTF-8 and not UTF-16: {error.reason}") from error


def _tree(clean: bytes) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8",  # overrides the declaration: it described the bytes before decoding
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
        recover=False,
        # No collect_ids=False here: libxml2 keeps that flag among those that load external DTDs.
    )
    try:
        return etree.fromstring(clean, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlRefused(_rule_of(str(error)), str(error)) from error


def _rule_of(reason: str) -> str:
    return "depth" if "depth" in reason else "syntax"


def _check(root: etree._Element, *, may_be_many: bool) -> None:
    document = root.getroottree().docinfo
    if document.doctype or document.internalDTD is not None:
        raise XmlRefused("doctype", "a document type declaration is not accepted")
    if _TOO_DEEP(root):
        raise XmlRefused("depth", f"elements are nested deeper than {MAX_DEPTH}")
    if may_be_many and int(float(str(_COUNT(root)))) > MAX_ELEMENTS:
        raise XmlRefused("elements", f"more than {MAX_ELEMENTS} elements")


def iterate(
    stream: BinaryIO, name: str, *, max_bytes: int, max_elements: int
) -> Iterator[etree._Element]:
    """The elements of one local name of a long foreign document, each let go after its turn.

    UTF-8 only. Units: ``max_bytes`` in bytes. Raises :class:`XmlRefused` when a rule is broken,
    which may be after elements were yielded: act on them when the iteration has ended.
    """
    counted = _Counted(stream, max_bytes, max_elements)
    events = etree.iterparse(
        cast(Any, counted),
        events=("start", "end"),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    depth, count, last = 0, 0, None
    try:
        for event, element in events:
            if event == "start":
                depth, count = depth + 1, count + 1
                _check_start(element, depth)
                if count > max_elements:
                    raise XmlRefused("elements", f"more than {max_elements} elements")
                continue
            depth -= 1
            if local_name(element) == name:
                yield element
                last = _let_go(last, element)
    except etree.XMLSyntaxError as error:
        raise XmlRefused(_rule_of(str(error)), str(error)) from error


def _check_start(element: etree._Element, depth: int) -> None:
    if depth == 1 and element.getroottree().docinfo.doctype:
        raise XmlRefused("doctype", "a document type declaration is not accepted")
    if depth > MAX_DEPTH:
        raise XmlRefused("depth", f"elements are nested deeper than {MAX_DEPTH}")


def _let_go(last: etree._Element | None, element: etree._Element) -> etree._Element:
    """Empty the element, remove the one before it: the current one must stay in the tree."""
    if last is not None and (parent := last.getparent()) is not None:
        parent.remove(last)
    element.clear(keep_tail=False)
    return element


class _Counted:
    """A stream that counts what the parser takes of it, and looks at its beginning."""

    def __init__(self, stream: BinaryIO, max_bytes: int, max_elements: int) -> None:
        self._stream = stream
        self._max_bytes, self._max_elements = max_bytes, max_elements
        self._bytes = self._marks = 0

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        if not self._bytes and piece:
            declared = _DECLARED.match(piece.decode("utf-8-sig", "replace"))
            if declared and declared.group(1).strip().lower() not in _UTF8_NAMES:
                raise XmlRefused("encoding", f"declared as {declared.group(1)!r}; send UTF-8")
        self._bytes += len(piece)
        self._marks += piece.count(b"<")
        if self._bytes > self._max_bytes:
            raise XmlRefused("size", f"at most {self._max_bytes} bytes are read")
        # An element has at most two of them: bounds the memory before the events count them.
        if self._marks > 2 * self._max_elements:
            raise XmlRefused("elements", f"more than {self._max_elements} elements")
        return piece


def read_schema(path: Path) -> etree.XMLSchema:
    """Compile one of our own schema files; its imports are sibling files, never the network."""
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    return etree.XMLSchema(etree.parse(path, parser))


def serialize(root: etree._Element) -> bytes:
    """UTF-8 with a declaration, not indented: what is sent and signed."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def pretty(data: bytes) -> str:
    """Indented text of a document for people to read. Raises :class:`XmlRefused`."""
    root = parse(data)
    etree.indent(root, space="  ")
    return etree.tostring(root, encoding="unicode") + "\n"


def local_name(element: etree._Element) -> str:
    """Name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: etree._Element) -> str:
    """Namespace of the name, "" if none."""
    return etree.QName(element).namespace or ""
