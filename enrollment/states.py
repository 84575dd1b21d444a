"""The states of a DER connection request: labels for staff and customer, owner, stage.

The union of the interconnection procedures we follow (FERC SGIP, California Rule 21) and the
seed's Figure 4-1 with Operations modeling and the network-upgrade hold (SR5, SR6).
"""

from dataclasses import dataclass

from django.db import models


class State(models.TextChoices):
    """Stored value and staff label."""

    DRAFT = "draft", "Draft"
    COMPLETENESS_REVIEW = "completeness_review", "Completeness review"
    INFORMATION_NEEDED = "information_needed", "More information needed"
    ENGINEERING_REVIEW = "engineering_review", "Engineering review"
    OPERATIONS_REVIEW = "operations_review", "Operations modeling"
    HELD_FOR_UPGRADE = "held_for_upgrade", "Held for network upgrade"
    AGREEMENT_OFFERED = "agreement_offered", "Agreement offered"
    CONSTRUCTION = "construction", "Installation under way"
    VERIFICATION = "verification", "Site verification"
    PERMISSION_TO_OPERATE = "permission_to_operate", "Permission to operate"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"
    DEEMED_WITHDRAWN = "deemed_withdrawn", "Deemed withdrawn"
    EXPIRED = "expired", "Expired"


@dataclass(frozen=True)
class Facts:
    """What a page says of a state. ``stage`` is the index in STAGES."""

    customer_label: str
    owner: str
    stage: int
    tone: str
    next_step: str


STAGES = (
    "Application",
    "Checks",
    "Engineering review",
    "Agreement",
    "Installation",
    "Permission to operate",
)
APPLICANT, UTILITY, CREW, NOBODY = "applicant", "utility", "crew", "nobody"

FACTS: dict[str, Facts] = {
    State.DRAFT: Facts(
        "Draft, not sent yet", APPLICANT, 0, "new", "Complete the application and submit it."
    ),
    State.COMPLETENESS_REVIEW: Facts(
        "Being checked",
        UTILITY,
        1,
        "rev",
        "We check that your application has everything that Engineering needs.",
    ),
    State.INFORMATION_NEEDED: Facts(
        "We need more information",
        APPLICANT,
        1,
        "info",
        "Correct the items listed below and send your application back. Nothing restarts.",
    ),
    State.ENGINEERING_REVIEW: Facts(
        "With our engineers",
        UTILITY,
        2,
        "rev",
        "An engineer checks that the network can safely take your equipment.",
    ),
    State.OPERATIONS_REVIEW: Facts(
        "With network operations",
        UTILITY,
        2,
        "rev",
        "Operations models your equipment on the network that serves you.",
    ),
    State.HELD_FOR_UPGRADE: Facts(
        "Held for a network upgrade",
        UTILITY,
        2,
        "hold",
        "The network near you is being upgraded. Your application goes on by itself afterwards.",
    ),
    State.AGREEMENT_OFFERED: Facts(
        "Your agreement is ready to sign",
        APPLICANT,
        3,
        "info",
        "Read and sign your connection agreement.",
    ),
    State.CONSTRUCTION: Facts(
        "You can install now",
        APPLICANT,
        4,
        "vis",
        "Have your system installed, then tell us that it is ready for our visit.",
    ),
    State.VERIFICATION: Facts(
        "Our crew will visit",
        CREW,
        4,
        "vis",
        "A field crew compares the installation with your application.",
    ),
    State.PERMISSION_TO_OPERATE: Facts(
        "Permission to operate", NOBODY, 5, "ok", "You may switch your system on."
    ),
    State.DECLINED: Facts("Declined", NOBODY, 2, "bad", "The reason is given below."),
    State.WITHDRAWN: Facts("Withdrawn", NOBODY, 0, "new", "You can apply again at any time."),
    State.DEEMED_WITHDRAWN: Facts(
        "Closed: no answer in time",
        NOBODY,
        1,
        "bad",
        "The information we asked for did not arrive in time. You can apply again at any time.",
    ),
    State.EXPIRED: Facts(
        "Expired", NOBODY, 4, "bad", "The time limit passed. You can apply again at any time."
    ),
}

ENDED = (State.DECLINED, State.WITHDRAWN, State.DEEMED_WITHDRAWN, State.EXPIRED)
CLOSED = (*ENDED, State.PERMISSION_TO_OPERATE)
OPEN = tuple(state for state in State if state not in CLOSED)
IN_REVIEW = (
    State.COMPLETENESS_REVIEW,
    State.ENGINEERING_REVIEW,
    State.OPERATIONS_REVIEW,
)
