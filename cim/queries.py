"""What a typed get asks for: the element ``Get<Noun>`` names objects, or nothing to ask for all."""

from lxml import etree

from cim import errors
from cim.elements import MessageRefused, text
from cim.envelope import Id, Request
from cim.profiles.common import read_names
from cim.xml import local_name


def named_in(request: Request, noun: str) -> tuple[Id, ...]:
    """The objects that the query names, by mRID, else by name.

    Raises MessageRefused for any other condition: to leave it out would answer something else.
    """
    kind = noun.removesuffix("s")
    asked = [each for each in request.queries if local_name(each) == f"Get{noun}"]
    return tuple(_named(each, noun, kind) for query in asked for each in query.iterchildren("*"))


def _named(element: etree._Element, noun: str, kind: str) -> Id:
    name = local_name(element)
    if name != kind:
        raise MessageRefused(
            errors.REQUEST_MISSING, f"Get{noun} can name {kind}, it cannot ask by {name[:40]}"
        )
    if mrid := text(element, "mRID").strip():
        return Id(mrid, kind="uuid", object_type=kind)
    if names := read_names(element):
        return Id(names[0].name, kind="name", object_type=kind)
    raise MessageRefused(errors.REQUEST_MISSING, f"{kind} of Get{noun} has neither mRID nor Names")
