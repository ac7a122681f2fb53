"""The HTML report in a real browser: readable, filterable, accessible, silent.

``AXE_CORE`` names axe.min.js (of the npm package axe-core); ``SCREENSHOTS`` a folder to write pictures of the examples' report
to: those of the documentation (``docs/images``), and how it looks on a telephone and on paper.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from many import HOSTILE, run

from pytest_gcguard.reports.formats import FORMATS

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
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
    "--hide-scrollbars",
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


def sized(page: Any, width: int, media: str = "") -> None:
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media})
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


@pytest.mark.parametrize(("width", "media"), [(360, "screen"), (760, "print")], ids=["telephone", "paper"])
def test_nothing_is_wider_than_the_page(page: Any, width: int, media: str) -> None:
    sized(page, width, media)
    try:
        assert page.execute_script("return document.documentElement.scrollWidth") == width
        shown = page.execute_script("return document.getElementById('filters').getClientRects().length")
        assert bool(shown) is (media == "screen")
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_without_scripts_all_findings_are_shown_and_no_filters(page: Any) -> None:
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.refresh()
        assert [article.is_displayed() for article in page.find_elements("css selector", "article")] == [True] * 12
        assert not page.find_element("id", "filters").is_displayed()
        summary = page.find_element("css selector", "article details summary")
        summary.send_keys("\ue007")  # Enter
        assert page.find_element("css selector", "article details pre").is_displayed()
    finally:
        page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_no_violation_of_accessibility(page: Any, scheme: str) -> None:
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    axe = os.environ.get("AXE_CORE", "")
    if not axe:
        pytest.skip("AXE_CORE names no axe.min.js")
    page.execute_cdp_cmd("Page.enable", {})
    page.execute_script(Path(axe).read_text(encoding="utf-8") + "\nwindow.axe = axe;")
    done = page.execute_async_script("axe.run().then(arguments[0])")
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in done["violations"]] == []


def test_pictures_of_the_examples_report(browser: Any, tmp_path: Path) -> None:
    folder = os.environ.get("SCREENSHOTS", "")
    if not folder:
        pytest.skip("SCREENSHOTS names no folder")
    file = tmp_path / "gcguard.html"
    command = [sys.executable, "-m", "pytest", "-q", "--gcguard", f"--gcguard-report=html:{file}", str(EXAMPLES)]
    subprocess.run([*command, "-p", "no:cacheprovider"], cwd=tmp_path, stdout=subprocess.DEVNULL, check=False, timeout=120)
    browser.get(file.as_uri())
    for name, width, media, scheme in (
        ("html-light", 1000, "", "light"),
        ("html-dark", 1000, "", "dark"),
        ("html-telephone", 390, "", "light"),
        ("html-paper", 760, "print", "dark"),
    ):
        sized(browser, width, media)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
        assert browser.save_screenshot(str(Path(folder) / f"{name}.png"))
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
