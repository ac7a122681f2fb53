"""The clock that bounds searches: the processor time of this thread, so that a busy machine cuts no search short.

Rules of this file: the clock is looked up on import, so that a test which replaces the clocks of `time` changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from pytest_gcguard.core.unpatched import time

spent: Callable[[], float] = getattr(time, "thread_time", time.perf_counter)
"""The processor time of this thread in seconds, from any beginning; wall time on platforms without it, as Emscripten.

>>> begun = spent()
>>> spent() >= begun
True
"""
