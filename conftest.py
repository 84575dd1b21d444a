"""Fixtures for every test of the house."""

pytest_plugins = ["tests.database", "tests.people", "tests.journey"]
