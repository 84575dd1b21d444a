"""Chromium for tests: pages at a width, signed in, and one check that every page must pass.

``SCREENSHOTS=folder`` keeps a picture of each checked page.
"""

import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from customers.selectors import User

# Playwright's own event loop runs in the thread of the test, which also uses the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

WIDTHS = (1280, 390)
HEIGHTS = {1280: 900, 390: 844}
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# axe would read style sheets anew and try them in line, which our Content Security Policy blocks
# and the console reports. Only an experimental rule, which is not among these, needs them.
AXE_OPTIONS = {
    "runOnly": {"type": "tag", "values": list(RULES)},
    "resultTypes": ["violations"],
    "preload": False,
}
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = "No Chromium: install it (apt-get install chromium) or set CHROMIUM to its path."


def chromium_path() -> str | None:
    """Where Chromium is on this machine."""
    named = os.environ.get("CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a file. Playwright's loop stays in this thread as long as it runs, and
    tests that use a loop of their own may come next."""
    path = chromium_path()
    if path is None:
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """A page, and what went wrong on it so far."""

    page: Page
    home: str
    troubles: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Note console errors, script errors and requests that leave the host."""
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        self.page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 404" not in message.text:
            self.troubles.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.home, "data:", "blob:")):
            self.troubles.append(f"left the host: {request.url}")


OpenPage = Callable[..., Page]
visits: dict[Page, Visit] = {}


@pytest.fixture
def open_page(browser: Browser, live_server: Any, transactional_db: None) -> Iterator[OpenPage]:
    """``open_page(path, user=maria, width=390, javascript=False)`` opens a page in a new window."""
    contexts = []

    def opened(
        path: str = "/", *, user: User | None = None, width: int = 1280, javascript: bool = True
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": HEIGHTS.get(width, 900)},
            java_script_enabled=javascript,
            base_url=live_server.url,
            locale="en-US",
            timezone_id="America/Los_Angeles",
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        if user is not None:
            context.add_cookies([_session_cookie(user, live_server.url)])
        page = context.new_page()
        visit = visits[page] = Visit(page, live_server.url)
        visit.listen()
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    visits.clear()


def _session_cookie(user: User, url: str) -> Any:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {"name": settings.SESSION_COOKIE_NAME, "value": value, "url": url}


CheckPage = Callable[..., None]


@pytest.fixture
def check_page() -> CheckPage:
    """``check_page(page, "task-list")``: accessible, fits its width, nothing in the console.
    ``without`` names rules of axe that a page is excused from; the reason stands beside it."""

    def check(page: Page, name: str = "", without: Collection[str] = ()) -> None:
        if name:
            keep_picture(page, name)
        excused = tuple(f"{rule}: " for rule in without)
        assert [each for each in troubles_on(page) if not each.startswith(excused)] == []

    return check


def sweep(page: Page, paths: Mapping[str, str]) -> list[str]:
    """What is wrong with the pages at these paths, by name, at both widths.

    One window walks them all, so that it has the style sheets already; each page is loaded at the
    width of the one before, made wide, then made narrow.
    """
    return [
        f"{name} ({path}) at {trouble}"
        for name, path in paths.items()
        for trouble in _troubles_at(page, path, name)
    ]


def _troubles_at(page: Page, path: str, name: str) -> Iterator[str]:
    response = page.goto(path)
    if response is None or response.status != HTTPStatus.OK:
        yield f"any width: answered {response and response.status}"
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        keep_picture(page, name)
        yield from (f"{width}: {trouble}" for trouble in troubles_on(page))
        visits[page].troubles.clear()


def troubles_on(page: Page) -> list[str]:
    """All that is wrong with a page at its present width."""
    return [*axe_violations(page), *layout_troubles(page), *visits[page].troubles]


def axe_violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA, one line for each element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("how => axe.run(how).then(found => found.violations)", AXE_OPTIONS)
    return [
        f"{rule['id']}: {node['html'][:160]} ({node['failureSummary'][:200]})"
        for rule in found
        for node in rule["nodes"]
    ]


def layout_troubles(page: Page) -> list[str]:
    """Sideways scrolling, a missing title, anything but one h1."""
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    headings = page.locator("h1").count()
    troubles = [f"{wide} px too wide"] if wide > 0 else []
    troubles += [] if headings == 1 else [f"{headings} h1 on {page.url}"]
    return troubles if page.title().strip() else [*troubles, f"no title on {page.url}"]


def keep_picture(page: Page, name: str) -> None:
    """Write the picture of the page, when the environment asks for pictures."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        width = page.viewport_size["width"] if page.viewport_size else 0
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
