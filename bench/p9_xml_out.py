"""P9: a DERGroups message of 10,000 members, built and checked by the schema, against the bare lxml
tree of the same payload, and against xsdata's serializer. CPU time."""

from functools import partial
from statistics import median
from uuid import UUID

from lxml import etree

from cim import messages, streaming
from cim.envelope import Verb
from cim.profiles.common import Name
from cim.profiles.der_groups import DerGroup
from cim.profiles.parts import Named
from cim.tests.part_5_examples import FACTS, GROUP
from cim.validation import validate

from .harness import arguments, compare, cpu_seconds, spread, verdict
from .xsdata_model import dumped

SPACE = "http://iec.ch/TC57/2017/DERGroups#"


def members(count: int) -> list[Named]:
    return [
        Named(mrid=str(UUID(int=number)), names=(Name(f"DER-{number:06}"),))
        for number in range(count)
    ]


def product(group: DerGroup, them: list[Named]) -> bytes:
    build = partial(messages.build_event, "DERGroups", Verb.CREATED, **FACTS)
    data = b"".join(streaming.chunks(build, group, them))
    assert validate(data) == []
    return data


def bare_tree(them: list[Named]) -> etree._Element:
    """The payload's elements only: no envelope, no bytes, no check."""
    root = etree.Element(f"{{{SPACE}}}DERGroups", nsmap={None: SPACE})
    group = etree.SubElement(root, f"{{{SPACE}}}EndDeviceGroup")
    for each in them:
        device = etree.SubElement(group, f"{{{SPACE}}}EndDevices")
        etree.SubElement(device, f"{{{SPACE}}}mRID").text = each.mrid
        names = etree.SubElement(device, f"{{{SPACE}}}Names")
        etree.SubElement(names, f"{{{SPACE}}}name").text = each.names[0].name
    return root


def main() -> None:
    options = arguments(__doc__, 10_000)
    them = members(options.count)
    assert product(GROUP, them).count(b"<EndDevices>") == len(bare_tree(them)[0]) == options.count
    ours = partial(cpu_seconds, partial(product, GROUP, them))
    tree = compare(options.rounds, partial(cpu_seconds, partial(bare_tree, them)), ours)
    others = compare(options.rounds, ours, partial(cpu_seconds, partial(dumped, them)))
    print(f"P9 time / bare lxml tree: {spread(tree)}; as fast as xsdata: {spread(others)} times")
    verdict("P9 time / bare lxml tree", median(tree), 0.6, at_most=True)
    verdict("P9 times as fast as xsdata", median(others), 10)


if __name__ == "__main__":
    main()
