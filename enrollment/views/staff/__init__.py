"""The staff's pages: queue, review, network upgrades, feeders."""

from .export import export
from .feeders import feeder
from .queue import claim, queue, release
from .review import act, paper, rerun_screens, review
from .upgrades import change_upgrade_date, complete_upgrade, plan_upgrade, upgrade, upgrades

__all__ = [
    "act",
    "change_upgrade_date",
    "claim",
    "complete_upgrade",
    "export",
    "feeder",
    "paper",
    "plan_upgrade",
    "queue",
    "release",
    "rerun_screens",
    "review",
    "upgrade",
    "upgrades",
]
