"""Who applies in the demo, for what, and how far each application has come."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    """One application of the demo: who, where, what, and how far it has come."""

    email: str
    name: str
    point: str
    words: str
    quantity: int
    battery_wh: int
    tariff: str
    until: str
    days_ago: int
    third_party: bool = False


SCENARIOS = (
    Scenario("maria@customer.example", "Maria Alvarez", "SP-00012", "", 1, 0, "", "draft", 1),
    Scenario(
        "noah@customer.example",
        "Noah Fischer",
        "SP-00020",
        "Enphase",
        12,
        0,
        "CA-NBT",
        "completeness_review",
        2,
    ),
    Scenario(
        "lena@customer.example",
        "Lena Hoffmann",
        "SP-00031",
        "Fronius",
        1,
        0,
        "CA-NBT",
        "information_needed",
        9,
    ),
    Scenario(
        "raj@customer.example",
        "Raj Patel",
        "SP-00044",
        "SolarEdge",
        1,
        13_500,
        "CA-NBT",
        "engineering_review",
        12,
    ),
    Scenario(
        "amara@customer.example",
        "Amara Diallo",
        "SP-00058",
        "SMA",
        2,
        0,
        "CA-NBT",
        "engineering_review",
        20,
    ),
    Scenario(
        "chen@customer.example",
        "Chen Wei",
        "SP-00063",
        "Fronius",
        2,
        0,
        "CA-NBT",
        "operations_review",
        16,
    ),
    Scenario(
        "sofia@customer.example",
        "Sofia Rossi",
        "SP-00077",
        "SMA",
        3,
        0,
        "CA-NBT",
        "held_for_upgrade",
        30,
    ),
    Scenario(
        "peter@customer.example",
        "Peter Novak",
        "SP-00081",
        "SolarEdge",
        1,
        10_000,
        "CA-NBT",
        "agreement_offered",
        24,
    ),
    Scenario(
        "hanna@customer.example",
        "Hanna Virtanen",
        "SP-00093",
        "Enphase",
        20,
        0,
        "CA-NBT",
        "construction",
        40,
    ),
    Scenario(
        "omar@customer.example",
        "Omar Haddad",
        "SP-00101",
        "Fronius",
        1,
        0,
        "CA-NBT",
        "verification",
        35,
    ),
    Scenario(
        "julia@customer.example",
        "Julia Kowalski",
        "SP-00115",
        "SolarEdge",
        1,
        13_500,
        "CA-NBT",
        "permission_to_operate",
        60,
    ),
    Scenario(
        "david@customer.example",
        "David Okonkwo",
        "SP-00127",
        "SMA",
        1,
        27_000,
        "CA-NBT",
        "permission_to_operate",
        75,
        third_party=True,
    ),
    Scenario(
        "emma@customer.example",
        "Emma Larsen",
        "SP-00139",
        "Fronius",
        1,
        0,
        "CA-NBT",
        "declined",
        50,
    ),
)
