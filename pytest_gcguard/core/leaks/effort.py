"""The time that searches are bounded by: what the thread has worked, so that a busy machine cuts no search short.

Rules of this file: a clock that a test has put in the place of the real one changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

spent: Callable[[], float] = getattr(time, "thread_time", time.perf_counter)
"""The processor time of this thread in seconds, from any beginning; where a platform has none, as Emscripten, time itself.

>>> begun = spent()
>>> spent() >= begun
True
"""
