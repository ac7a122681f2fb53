"""The HTML report in a real browser: readable, filterable, accessible, silent.

``AXE_CORE`` names axe.min.js (of the npm package axe-core); ``SCREENSHOTS`` a folder to write pictures of the page to.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from many import HOSTILE, run

from pytest_gcguard.reports.formats import FORMATS

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1100,1000",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    webdriver: Any = pytest.importorskip("selenium.webdriver", reason="selenium is not installed: pip install '.[browser]'")
    if not CHROMIUM or not DRIVER:
        pytest.skip("chromium or its driver is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for switch in (*SWITCHES, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield browser
    browser.quit()


@pytest.fixture(params=["plain", "hostile"])
def page(browser: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    file = tmp_path / "gcguard.html"
    spice = HOSTILE if request.param == "hostile" else ""
    file.write_text(FORMATS["html"].render(run(12, steps=4, spice=spice, partial=True)), encoding="utf-8")
    browser.get(file.as_uri())
    yield browser
    assert browser.get_log("browser") == []


def visible(page: Any) -> int:
    number: int = page.execute_script("return document.querySelectorAll('article:not([hidden])').length")
    return number


def test_search_and_filters_show_what_fits(page: Any) -> None:
    assert visible(page) == 12
    page.find_element("id", "text").send_keys("GCG003 app.m3.")
    assert visible(page) == 1
    assert page.find_element("id", "shown").text == "1 of 12 findings"
    page.find_element("css selector", "button[type=reset]").click()
    page.execute_async_script("setTimeout(arguments[0], 50)")
    assert visible(page) == 12
    for name, value, left in (("kind", "leak", 8), ("origin", "own", 6), ("outcome", "reported", 0)):
        page.find_element("css selector", f"input[name={name}][value={value}]").click()
        assert visible(page) == left
    assert page.find_element("id", "none").is_displayed()


def test_the_keyboard_reaches_the_search(page: Any) -> None:
    page.find_element("css selector", "body").send_keys("/")
    assert page.switch_to.active_element.get_attribute("id") == "text"
    page.switch_to.active_element.send_keys("nothing has this")
    assert visible(page) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_no_violation_of_accessibility(page: Any, scheme: str) -> None:
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    if os.environ.get("SCREENSHOTS"):
        page.save_screenshot(str(Path(os.environ["SCREENSHOTS"]) / f"html-{scheme}.png"))
    axe = os.environ.get("AXE_CORE", "")
    if not axe:
        pytest.skip("AXE_CORE names no axe.min.js")
    page.execute_cdp_cmd("Page.enable", {})
    page.execute_script(Path(axe).read_text(encoding="utf-8") + "\nwindow.axe = axe;")
    done = page.execute_async_script("axe.run().then(arguments[0])")
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in done["violations"]] == []
