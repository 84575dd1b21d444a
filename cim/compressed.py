"""The Compressed payload of IEC 61968-100: gzip in base64, with limits against bombs."""

import base64
import gzip
import zlib

from lxml import etree

from cim import errors
from cim.elements import MessageRefused
from cim.envelope import ENVELOPE_NAMESPACE
from cim.xml import parse, serialize

MAX_INFLATED = 20 * 1024 * 1024
MAX_RATIO = 100
_GZIP = 16 + zlib.MAX_WBITS


def to_element(root: etree._Element) -> etree._Element:
    """The Compressed element of an untyped message, in place of the payload."""
    element = etree.Element(etree.QName(ENVELOPE_NAMESPACE, "Compressed"))
    element.text = base64.b64encode(gzip.compress(serialize(root), mtime=0)).decode()
    return element


def inflate(encoded: str) -> etree._Element:
    """Root of the compressed document. Raises MessageRefused, XmlRefused."""
    try:
        packed = base64.b64decode("".join(encoded.split()), validate=True)
    except ValueError as error:
        raise MessageRefused(errors.INVALID, "Compressed is not base64") from error
    return parse(_unpacked(packed), max_bytes=MAX_INFLATED)


def _unpacked(packed: bytes) -> bytes:
    limit = min(MAX_INFLATED, MAX_RATIO * len(packed))
    stream = zlib.decompressobj(wbits=_GZIP)
    try:
        data = stream.decompress(packed, limit + 1)
    except zlib.error as error:
        raise MessageRefused(errors.INVALID, "Compressed is not gzip") from error
    if len(data) > limit:
        raise MessageRefused(errors.INVALID, f"Compressed inflates beyond {limit} bytes")
    if not stream.eof or stream.unused_data:
        raise MessageRefused(errors.INVALID, "Compressed is cut off or has data after its end")
    return data
