"""Groups with very many members, in and out, without holding them all."""

import io
import subprocess
import sys
from functools import partial

import pytest

from cim import messages, streaming
from cim.elements import MessageRefused
from cim.envelope import Verb
from cim.profiles import der_groups
from cim.profiles.common import Name
from cim.profiles.parts import Named
from cim.tests.part_5_examples import FACTS, GROUP
from cim.validation import validate
from cim.xml import XmlRefused, iterate

build = partial(messages.build_event, "DERGroups", Verb.CREATED, **FACTS)
LIMITS = {"max_bytes": 64_000_000, "max_elements": 1_000_000}
MEMBERS = (
    Named(mrid="a<&>b\r", names=(Name("n", "kind", "who"), Name("m"))),
    Named(names=(Name("only a name", "kind"),)),
    Named(mrid="]]>"),
)
# Peak memory is asserted in a process of its own, after a small run that loads everything.
MEASURED = """
import resource
from cim import streaming
from cim.profiles.parts import Named
from cim.tests.test_streaming import GROUP, LIMITS, build

def there_and_back(count):
    members = (Named(mrid=f"member-{number:09}") for number in range(count))
    source = Pipe(streaming.chunks(build, GROUP, members))
    return sum(1 for _ in streaming.read_members(source, **LIMITS))

class Pipe:
    def __init__(self, pieces):
        self.pieces, self.rest = pieces, b""
    def read(self, size=-1):
        while not self.rest:
            self.rest = next(self.pieces, None)
            if self.rest is None:
                self.rest = b""
                return b""
        piece, self.rest = self.rest[:size], self.rest[size:]
        return piece

assert there_and_back(2_000) == 2_000
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert there_and_back(100_000) == 100_000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_members_arrive_as_they_were_sent() -> None:
    data = b"".join(streaming.chunks(build, GROUP, MEMBERS))
    assert validate(data) == []
    assert tuple(streaming.read_members(io.BytesIO(data), **LIMITS)) == MEMBERS
    (group,) = der_groups.from_element(messages.read(data).payload)
    assert group.end_devices == MEMBERS


def test_the_chunks_are_the_bytes_of_the_plain_message() -> None:
    data = b"".join(streaming.chunks(build, GROUP, GROUP.end_devices))
    assert data == build(der_groups.to_element([GROUP]))


@pytest.mark.parametrize(
    "text", ["plain", "a & b", "<b>", "a>b", "Zürich", "a%sb", "\r\n", "\u00a0"]
)
def test_members_of_the_usual_shape_arrive_whatever_their_texts(text: str) -> None:
    members = tuple(Named(mrid=f"{text}{number}", names=(Name(text),)) for number in range(3))
    data = b"".join(streaming.chunks(build, GROUP, members))
    assert tuple(streaming.read_members(io.BytesIO(data), **LIMITS)) == members


@pytest.mark.parametrize("names", [(), (Name("n"),)])
@pytest.mark.parametrize("letter", ["\x00", "\x1b", "\ufffe", "\ud800"])
def test_a_control_character_is_refused(letter: str, names: tuple[Name, ...]) -> None:
    with pytest.raises(MessageRefused, match="control character"):
        list(streaming.chunks(build, GROUP, [Named(mrid=f"a{letter}", names=names)]))


def test_a_hundred_thousand_members_need_no_more_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURED], check=True, capture_output=True, text=True
    )
    # The message has 6 MB; a tree of it takes more than 50 MB.
    assert int(done.stdout) < 8_000


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"<!DOCTYPE a><a><x/></a>", "doctype"),
        (b'<!DOCTYPE a [<!ENTITY e "v">]><a><x>&e;</x></a>', "doctype"),
        (b"<a>" * 100 + b"</a>" * 100, "depth"),
        (b"<a>" + b"<x/>" * 300 + b"</a>", "elements"),
        (b"<a>" + b" " * 5_000 + b"</a>", "size"),
        (b'<?xml version="1.0" encoding="UTF-7"?><a/>', "encoding"),
        (b"<a><x/></b>", "syntax"),
        (b"<a/><a/>", "syntax"),
        (b"<a>\xff</a>", "syntax"),
    ],
)
def test_a_hostile_stream_is_refused(data: bytes, rule: str) -> None:
    with pytest.raises(XmlRefused) as refused:
        list(iterate(io.BytesIO(data), "x", max_bytes=4_000, max_elements=100))
    assert refused.value.rule == rule
