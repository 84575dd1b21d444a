"""The named people of the tests. The stranger must see nothing."""

from datetime import UTC, datetime

import pytest

from customers.selectors import Provider, User
from customers.services import give_consent

from .factories import make_customer, make_provider, make_user

EARLIER = datetime(2026, 11, 2, 17, 0, tzinfo=UTC)


@pytest.fixture
def maria(db: None) -> User:
    """A customer with a house (service point SP-00012)."""
    return make_customer("maria@customer.example", "Maria Alvarez", "SP-00012")


@pytest.fixture
def stranger(db: None) -> User:
    """Another customer, next door (SP-00013)."""
    return make_customer("stranger@customer.example", "Sam Stranger", "SP-00013")


@pytest.fixture
def brightroof(db: None) -> Provider:
    """An installer's company."""
    return make_provider("BrightRoof Solar")


@pytest.fixture
def gridpool(db: None) -> Provider:
    """A third party that runs a DERMS."""
    return make_provider("GridPool", "third_party")


@pytest.fixture
def ivan(brightroof: Provider) -> User:
    """An installer of BrightRoof Solar; nobody gave consent yet (see ``consent``)."""
    return make_user("ivan@brightroof.example", "Ivan Petrov", "installer", provider=brightroof)


@pytest.fixture
def consent(maria: User, ivan: User, brightroof: Provider) -> None:
    """Maria lets BrightRoof Solar act for her, but not accept agreements."""
    give_consent(
        customer=maria.customer,
        provider=brightroof,
        may_accept_agreements=False,
        by=maria,
        at=EARLIER,
    )


@pytest.fixture
def susan(db: None) -> User:
    """Customer Support."""
    return make_user("susan@utility.example", "Susan Cho", "support")


@pytest.fixture
def erik(db: None) -> User:
    """Engineering."""
    return make_user("erik@utility.example", "Erik Lindqvist", "engineering")


@pytest.fixture
def olivia(db: None) -> User:
    """Operations."""
    return make_user("olivia@utility.example", "Olivia Okafor", "operations")


@pytest.fixture
def frank(db: None) -> User:
    """Field crew."""
    return make_user("frank@utility.example", "Frank Weber", "field")


@pytest.fixture
def ada(db: None) -> User:
    """Administrator."""
    return make_user("ada@utility.example", "Ada Novak", "administrator")


@pytest.fixture
def tara(gridpool: Provider) -> User:
    """GridPool's integrator."""
    return make_user("tara@gridpool.example", "Tara Singh", "third_party", provider=gridpool)
