"""Take the README's pictures of a running, freshly loaded demo: `make pictures`."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

BASE_URL = os.environ.get("BASE_URL", "http://127.0.0.1:8000")
SIMULATOR_URL = os.environ.get("SIMULATOR_URL", "http://127.0.0.1:8010")
IMAGES = Path(__file__).parent / "images"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
# Name, who signs in, the page, a link to follow from there, width and height.
PICTURES = (
    ("tasks", "maria@customer.example", "/applications/", "main a[href*='/SR-']", 1280, 860),
    ("status", "sofia@customer.example", "/applications/", "main a[href*='/SR-']", 1280, 900),
    ("queue", "erik@alder-valley.example", "/queue/?tab=all", "", 1280, 720),
    ("review", "erik@alder-valley.example", "/queue/?q=Raj", "main table a[href*='/SR-']", 1280, 900),
    ("work-order", "frank@alder-valley.example", "/work-orders/", "main a[href*='/WO-']", 390, 844),
    ("message", "olivia@alder-valley.example", "/messages/", "main table a", 1280, 900),
)


def take_pictures() -> None:
    """Write every picture; the demo must be running."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        for name, email, path, link, width, height in PICTURES:
            page = _signed_in(browser, email, width, height)
            page.goto(BASE_URL + path)
            if link:
                page.locator(link).first.click()
                page.wait_for_load_state("networkidle")
            page.screenshot(path=IMAGES / f"{name}.png")
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(SIMULATOR_URL)
        page.screenshot(path=IMAGES / "simulator.png")
        browser.close()


def _signed_in(browser: Browser, email: str, width: int, height: int) -> Page:
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.goto(f"{BASE_URL}/accounts/login/")
    page.locator(f"form:has(input[value='{email}']) button").first.click()
    return page


if __name__ == "__main__":
    take_pictures()
