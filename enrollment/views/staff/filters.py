"""The queue's filters: read from the URL, shown as chips that can be taken off."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from registry.selectors import Feeder

from ...selectors import QueueFilter
from .desks import BY_KEY, Desk, first_desk

CLAIMED = {"me": "claimed by me", "nobody": "not claimed"}


@dataclass(frozen=True)
class Chip:
    """One filter that is on, and the address without it."""

    label: str
    url: str


@dataclass(frozen=True)
class Wanted:
    """What the URL asks the queue for."""

    tab: str
    words: str = ""
    feeder: str = ""
    claimed: str = ""
    overdue: bool = False

    @property
    def desk(self) -> Desk:
        """The desk of the tab."""
        return BY_KEY[self.tab]

    @property
    def has_filters(self) -> bool:
        """Whether anything besides the tab narrows the list."""
        return bool(self.words or self.feeder or self.claimed or self.overdue)

    def query(self, **changes: Any) -> str:
        """The query string of this list, or of one with something changed."""
        other = replace(self, **changes)
        pairs = {
            "tab": other.tab,
            "q": other.words,
            "feeder": other.feeder,
            "claimed": other.claimed,
            "overdue": "1" if other.overdue else "",
        }
        return "?" + urlencode({name: value for name, value in pairs.items() if value})

    def as_filter(self, user: Any) -> QueueFilter:
        """The same, as the selector takes it."""
        mine = self.tab == "mine" or self.claimed == "me"
        return QueueFilter(
            states=self.desk.states,
            words=self.words,
            feeder=self.feeder,
            claimed_by=user.pk if mine else None,
            is_unclaimed=self.claimed == "nobody",
            is_overdue=self.overdue,
        )


def wanted_from(data: QueryDict, user: Any) -> Wanted:
    """Read the URL; what is not understood is left out."""
    tab = data.get("tab", "")
    claimed = data.get("claimed", "")
    return Wanted(
        tab=tab if tab in BY_KEY else first_desk(user),
        words=data.get("q", "").replace("\x00", "").strip()[:100],
        feeder=data.get("feeder", "").replace("\x00", "")[:100],
        claimed=claimed if claimed in CLAIMED else "",
        overdue=data.get("overdue", "") == "1",
    )


def chips(wanted: Wanted) -> list[Chip]:
    """One chip for each filter that is on."""
    on = (
        (wanted.words, f"Search: {wanted.words}", {"words": ""}),
        (wanted.feeder, f"Feeder: {wanted.feeder}", {"feeder": ""}),
        (wanted.claimed, CLAIMED.get(wanted.claimed, "").capitalize(), {"claimed": ""}),
        (wanted.overdue, "Overdue", {"overdue": False}),
    )
    return [Chip(label, wanted.query(**without)) for is_on, label, without in on if is_on]


def feeder_names() -> list[str]:
    """Every feeder, by name."""
    return list(Feeder.objects.order_by("name").values_list("name", flat=True))
