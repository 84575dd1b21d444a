"""What the rows stand for that procedures name: parts of EPRI 3002014619, in a few words."""

ROWS = {
    "CA2": "The customer's agreement is signed",
    "F31-B": "Figure 3-1 B: details go to Engineering",
    "F31-C": "Figure 3-1 C: details go to the utility's DERMS",
    "F31-D": "Figure 3-1 D: groups are formed and dissolved",
    "F32-A": "Figure 3-2 A: a third party registers a DER",
    "F32-C": "Figure 3-2 C: details go to the third party",
    "GA1": "Notices about groups",
    "GD1": "A group is dissolved",
    "GD2": "A member leaves a group",
    "GF3": "A group is formed",
    "M1": "Message formats, with schemas",
    "M2": "The two systems understand each other",
    "SO1": "Service orders",
    "SR6": "Operations: network upgrades",
    "SR7": "The installation is verified",
    "SR8": "The customer is told at each step",
    "SR9": "The DERMS is told of an approved DER",
    "SR10": "Withdrawal and other ends",
    "WR1": "Work requests",
}
