from __future__ import annotations

import gc

from pytest_gcguard.core import watch
from pytest_gcguard.core.heap.collector import Settings
from pytest_gcguard.core.heap.window import Frozen
from pytest_gcguard.core.origins.origin import Origins


def test_what_a_look_makes_at_the_place_of_freed_garbage_is_nothing_that_was_left() -> None:
    def leave_cycles() -> None:
        for _ in range(50):

            def inner() -> object:
                return inner

            part: list[object] = [set(), {}, (set(), [], inner), inner]
            part.append(part)

    settings, window, lens = Settings.take(), Frozen(), watch.Lens(Origins(None))
    try:
        gc.disable()
        window.open()
        leave_cycles()
        seen = watch.look(lens, window, window.objects())
    finally:
        gc.unfreeze()
        settings.restore()
    assert len(seen.cycles) == 50
    assert seen.left == {}
