"""The people of the demo. Their password is public; none of them exists outside the demo."""

from dataclasses import dataclass

PASSWORD = "alder-valley-demo"  # noqa: S105 - printed on the demo's login page


@dataclass(frozen=True)
class Person:
    """One demo login: e-mail, name, roles, and what one can do as them."""

    email: str
    name: str
    roles: tuple[str, ...]
    role: str
    description: str


PEOPLE = (
    Person(
        "maria@customer.example",
        "Maria Alvarez",
        ("customer",),
        "Customer",
        "Applies for solar and a battery, accepts a tariff, follows the status.",
    ),
    Person(
        "sofia@customer.example",
        "Sofia Rossi",
        ("customer",),
        "Customer, waiting",
        "Her application is held for a network upgrade.",
    ),
    Person(
        "ivan@brightroof.example",
        "Ivan Petrov",
        ("installer",),
        "Installer",
        "Applies for customers who gave BrightRoof Solar their consent.",
    ),
    Person(
        "susan@alder-valley.example",
        "Susan Cho",
        ("support",),
        "Customer Support",
        "Checks applications for completeness, answers customers.",
    ),
    Person(
        "erik@alder-valley.example",
        "Erik Lindqvist",
        ("engineering",),
        "Engineering",
        "Looks at the screens; approves, asks or declines.",
    ),
    Person(
        "olivia@alder-valley.example",
        "Olivia Okafor",
        ("operations",),
        "Operations",
        "Confirms, or holds for a network upgrade and lifts it.",
    ),
    Person(
        "frank@alder-valley.example",
        "Frank Weber",
        ("field",),
        "Field crew",
        "Verifies installations on a phone.",
    ),
    Person(
        "tara@gridpool.example",
        "Tara Singh",
        ("third_party",),
        "Third party",
        "GridPool's integrator; its DERMS is told of its own customers' DER.",
    ),
    Person(
        "ada@alder-valley.example",
        "Ada Novak",
        ("administrator",),
        "Administrator",
        "Endpoints, message log, admin pages.",
    ),
)


def demo_people() -> tuple[Person, ...]:
    """Everybody the demo's login page offers."""
    return PEOPLE
