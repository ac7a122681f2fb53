"""Settings and fixtures of all tests: mini projects are run by pytester; looks at the heap see only what a test makes.

What takes long and is the same for many tests is made once, however many processes run them.
"""

from __future__ import annotations

import gc
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_gcguard.core import watch
from pytest_gcguard.core.heap import collector, freezing
from pytest_gcguard.core.heap.window import Frozen
from pytest_gcguard.core.model import Observation
from pytest_gcguard.core.origins.origin import Origins
from pytest_gcguard.core.watch import Lens

pytest_plugins = ["pytester"]

_SECONDS = 180
"""How long to wait for what another process makes."""
ROOT = Path(__file__).resolve().parents[1]


def pytest_configure(config: pytest.Config) -> None:
    """Where Python is told to write no bytecode, has it written aside for the processes of the tests, which read it often."""
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        folder = tempfile.TemporaryDirectory(prefix="bytecode")
        os.environ["PYTHONPYCACHEPREFIX"] = folder.name
        config.add_cleanup(folder.cleanup)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are processors: most tests wait for a process of their own, some of them for one that sleeps."""
    return (os.cpu_count() or 1) + 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Has a process that has nothing left take tests of one that has: some take a hundred times as long as others."""
    if config.getoption("dist") != "load":
        return None
    from xdist.scheduler import WorkStealingScheduling  # type: ignore[import-untyped] # it has no types; only where it is used

    return WorkStealingScheduling(config, log)


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[], Any]], Any]:
    """Makes something that JSON can say, in one of the processes of a run: ``once("name", make)``; the others wait for it."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def get(name: str, make: Callable[[], Any]) -> Any:
        made, claimed = folder / f"{name}.json", folder / f"{name}.claimed"
        try:
            claimed.touch(exist_ok=False)
        except FileExistsError:
            until = time.monotonic() + _SECONDS
            while not made.exists():
                assert time.monotonic() < until, f"the process that was to make {name} has not"
                time.sleep(0.05)
        else:
            draft = folder / f"{name}.draft"
            draft.write_text(json.dumps(make()), encoding="utf-8")
            draft.rename(made)  # at once: others may be about to read it
        return json.loads(made.read_text(encoding="utf-8"))

    return get


@pytest.fixture
def lens() -> Lens:
    return Lens(Origins(ROOT / "tests"))


@pytest.fixture
def left_by(lens: Lens) -> Iterator[Callable[[Callable[[], object]], Observation]]:
    """What a function leaves: ``left_by(function)`` is the observation of a look after its call."""
    before = collector.Settings.take()

    def look(function: Callable[[], object]) -> Observation:
        gc.disable()
        gc.collect()
        window = Frozen()
        window.open()
        function()
        return watch.look(lens, window, window.objects())

    yield look
    freezing.thaw()
    before.restore()
