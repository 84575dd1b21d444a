"""Fixtures for every test of the house, and the order of the files."""

import pytest

pytest_plugins = ["tests.database", "tests.people", "tests.journey"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longer a file may take, the earlier it begins: nobody waits for a long one at the end.

    Several processes take whole files, in this order (--no-loadscope-reorder).
    """
    longest = {item.path: 0.0 for item in items}
    for item in items:
        if marker := item.get_closest_marker("timeout"):
            longest[item.path] = max(longest[item.path], float(marker.args[0]))
    items.sort(key=lambda item: -longest[item.path])
