"""A row of everything in the back office at both widths, and every decision there."""

import pytest

from customers.selectors import User
from enrollment.views.staff.acts import ACTS

from .back_office import demo_with_root, named, rows_for
from .conftest import OpenPage, sweep

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture
def root(transactional_db: None) -> User:
    """Who may open everything that anybody may, in the demo's world."""
    return demo_with_root()


def test_every_row_and_decision_is_accessible_and_fits(root: User, open_page: OpenPage) -> None:
    paths = named(rows_for(root))
    assert {act.name for act in ACTS} <= {path.split("/")[-2] for path in paths.values()}
    assert sweep(open_page(user=root), paths) == []
