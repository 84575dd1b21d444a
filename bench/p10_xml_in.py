"""P10: a DERGroups message of 10,000 members, read by the hardened door, checked by the schema, its
members taken out, against the bare parser, and against xsdata's parser. CPU time."""

from functools import partial
from statistics import median

from lxml import etree

from cim import messages, streaming
from cim.codecs import EDITION_1, codec_of
from cim.envelope import Verb
from cim.profiles import der_groups
from cim.profiles.parts import Named
from cim.tests.part_5_examples import FACTS, GROUP
from cim.validation import validate
from cim.xml import parse

from .harness import arguments, compare, cpu_seconds, spread, verdict
from .p9_xml_out import members
from .xsdata_model import dumped, loaded


def checked(data: bytes) -> etree._Element:
    root = parse(data)
    assert validate(root) == []
    payload = codec_of(EDITION_1).read(root).payload
    assert payload is not None
    return payload


def mrids(data: bytes) -> list[str]:
    return der_groups.member_mrids(checked(data))


def objects(data: bytes) -> tuple[Named, ...]:
    [group] = der_groups.from_element(checked(data))
    return group.end_devices


def main() -> None:
    options = arguments(__doc__, 10_000)
    them = members(options.count)
    build = partial(messages.build_event, "DERGroups", Verb.CREATED, **FACTS)
    data = b"".join(streaming.chunks(build, GROUP, them))
    payload = dumped(them).encode()
    assert objects(data) == tuple(them)
    assert mrids(data) == [each.mrid for each in them]
    group = loaded(payload).group
    assert group is not None
    assert len(group.devices) == len(them)
    bare = partial(cpu_seconds, partial(etree.fromstring, data))
    other = partial(cpu_seconds, partial(loaded, payload))
    for name, read in (("mRIDs", mrids), ("objects with names", objects)):
        ours = partial(cpu_seconds, partial(read, data))
        speed = compare(options.rounds, ours, bare)
        times = compare(options.rounds, ours, other)
        print(f"P10 {name}: {spread(speed)} of the bare parser's speed; "
              f"{spread(times)} times as fast as xsdata")  # fmt: skip
        verdict(f"P10 {name}, of the bare parser's speed", median(speed), 0.35)
        verdict(f"P10 {name}, times as fast as xsdata", median(times), 10)


if __name__ == "__main__":
    main()
