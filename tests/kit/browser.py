"""A real browser before a real server: Chromium, with scripts switched off unless a test asks for them."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# Where to keep pictures of the pages, for people to look at.
PICTURES = os.environ.get("SCREENSHOTS")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def reader(
    browser: Browser, *, width: int, home: str, scripts: bool = False, language: str = "en-GB"
) -> Iterator[Page]:
    """Somebody at a screen of that width. What a page asks of another host, or its policy forbids, is a failure."""
    context = browser.new_context(
        viewport={"width": width, "height": 800}, java_script_enabled=scripts, locale=language
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    wrong: list[str] = []
    page.on("request", lambda asked: asked.url.startswith((home, "data:")) or wrong.append(asked.url))
    page.on("console", lambda message: message.type == "error" and wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    try:
        yield page
        # Browsers log an answer of 4xx as an error; that it was one is what the test wanted.
        assert [each for each in wrong if "the server responded with a status of 4" not in each] == []
    finally:
        context.close()


def picture(page: Page, name: str) -> None:
    """A picture of the whole page, where somebody wants to look."""
    width = (page.viewport_size or {"width": 0})["width"]
    # Nothing may stand out at the side, on a telephone least of all.
    overflow: Any = page.locator("html").evaluate("e => e.scrollWidth") if _may_ask(page) else width
    assert overflow <= width, f"{name} is {overflow} wide"
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}.png"), full_page=True)


def _may_ask(page: Page) -> bool:
    """Playwright looks at the page from outside, whether or not the page itself may run scripts."""
    return not page.is_closed()
