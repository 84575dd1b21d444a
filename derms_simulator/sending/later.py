"""AsyncReplyFlag: the reply of a request comes later, in a message of its own."""

from lxml import etree

from cim.elements import child
from cim.xml import XmlRefused, parse, serialize

# What stands before the flag in a Header (IEC 61968-100).
_BEFORE = ("Verb", "Noun", "Revision", "ReplayDetection", "Context", "Timestamp", "Source")


def with_later_reply(body: bytes) -> bytes:
    """The message with AsyncReplyFlag; what is no message stays as it is."""
    try:
        root = parse(body)
    except XmlRefused:
        return body
    header = child(root, "Header")
    verb = None if header is None else child(header, "Verb")
    if header is None or verb is None:
        return body
    for known in list(header.iterchildren("{*}AsyncReplyFlag")):
        header.remove(known)
    flag = etree.Element(etree.QName(etree.QName(verb).namespace, "AsyncReplyFlag"))
    flag.text = "true"
    before = [each for each in header if etree.QName(each).localname in _BEFORE]
    before[-1].addnext(flag)
    return serialize(root)
