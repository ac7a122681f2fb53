"""Where an object was made: the lines of its allocation, from `tracemalloc`.

Rules of this file: traces only while somebody asks for it; a trace that somebody else started is used and left running.
"""

from __future__ import annotations

import _thread
import _tracemalloc
import dataclasses
import sys
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from pytest_gcguard.core.files import sources
from pytest_gcguard.core.interpreter import FIRST_THREAD_BLINDS
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Place
from pytest_gcguard.core.origins.origin import Origins
from pytest_gcguard.core.unpatched import time

if sys.version_info[:2] == (3, 11):
    # not where it is used: while allocations are traced that takes ten times as long, and what it makes would be in sight
    import ctypes

    _find = ctypes.pythonapi._PyTraceMalloc_GetTraceback
    _find.restype = ctypes.py_object
    _HEAD = 4 * ctypes.sizeof(ctypes.c_void_p)  # two of the collector's, two of the instance's dictionary

_T = TypeVar("_T")
FRAMES = 24
Frames = Sequence[tuple[str, int]]
_get_object_traceback: Callable[[object], Any] = (
    _tracemalloc._get_object_traceback
)  # what the public one wraps in an object for each frame


def start(frames: int = FRAMES) -> Callable[[], None] | None:
    """Starts to trace; what ends it, None where somebody else traces already."""
    if _tracemalloc.is_tracing():
        return None
    _tracemalloc.start(frames)
    return _tracemalloc.stop


def running() -> bool:
    """Whether allocations are traced."""
    return _tracemalloc.is_tracing()


@contextmanager
def tracing(frames: int = FRAMES) -> Iterator[None]:
    """Traces allocations inside the block, with up to ``frames`` lines for each."""
    stop = start(frames)
    try:
        yield
    finally:
        if stop is not None:
            stop()


def with_short_stack(work: Callable[[], _T]) -> _T:
    """Does some work while allocations are traced, in a thread of its own: its stack is short, and a trace costs by the frame.

    `threading` does not know this thread, so that no hook is called for it. It has ended when this returns: what its function
    holds would be in sight, and hold what is looked at. No thread is started where that would blind the collector.
    """
    if FIRST_THREAD_BLINDS:
        return work()
    results: list[_T] = []
    errors: list[BaseException] = []
    done = _thread.allocate_lock()

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 -- it is raised again by who waits
            errors.append(error)
        finally:
            done.release()

    done.acquire()
    try:
        _thread.start_new_thread(run, ())
    except RuntimeError:  # where there are no threads, or too many
        return work()
    done.acquire()
    if errors:
        raise errors.pop()
    watched = weakref.ref(run)
    del run
    for _ in range(_LOOKS):
        if watched() is None:
            break
        time.sleep(_PAUSE)  # who released the lock may have had to let others run before the end
    return results[0]


_PAUSE = 0.0005
_LOOKS = 10_000
"""How often to look whether a thread has ended that has nothing more to do; `_PAUSE` is the seconds in between."""


def frames_of(obj: object) -> Frames | None:
    """The frames in which an object was allocated, innermost first, as tracemalloc has them; None if it was not traced.

    For many objects, while allocations are traced, this costs a tenth of ``made_at``.
    """
    found: Frames | None = _get_object_traceback(obj)
    return found or _frames_of_3_11(obj)


def lines(frames: Frames, origins: Origins) -> tuple[Place, ...]:
    """The lines of frames without those of the harness."""
    return tuple(Place(*origins.written(file, line)) for file, line in frames if origins.of_file(file) is not Origin.HARNESS)


def with_maker(frames: Frames, origins: Origins) -> tuple[Place, ...]:
    """The same, but with the innermost line first, whosever it is: it made the object. Empty if all are the harness'."""
    places = lines(frames, origins)
    maker = Place(*origins.written(*frames[0]))
    return places if not places or places[0] == maker else (maker, *places)


def made_at(obj: object, origins: Origins) -> tuple[Place, ...]:
    """The lines that led to the allocation of an object, innermost first, without those of the harness; empty if not traced.

    >>> with tracing():
    ...     thing = type("Thing", (), {})()
    ...     places = made_at(thing, Origins(None))
    >>> [place.line for place in places[:1]]
    [2]
    """
    return lines(frames_of(obj) or (), origins)


def line_of(obj: object, origins: Origins, whose: Origin | None) -> Place | None:
    """The line that asked for an object, for a reader who is told that the object is ``whose``; None if that was not traced.

    It is the project's innermost line. For a library's object it may also be a line of a library; so it may for an object of
    anybody else, or of nobody, if no line is the project's.
    """
    if not running():
        return None
    places = [(place, origins.of_file(place.file)) for place in made_at(obj, origins)]
    both = {Origin.OWN, Origin.LIBRARY}
    wanted = {Origin.OWN: ({Origin.OWN},), Origin.LIBRARY: (both,)}.get(whose, ({Origin.OWN}, both))  # type: ignore[arg-type] # None is no key
    return next((place for among in wanted for place, origin in places if origin in among), None)


def own_first(places: Sequence[Place], origins: Origins) -> tuple[Place, ...]:
    """The lines as people read them: the project's first, the innermost of them at the top, and none of the harness'."""
    shown = (place for place in places if origins.of_file(place.file) is not Origin.HARNESS)
    return tuple(sorted(shown, key=lambda place: origins.of_file(place.file) is not Origin.OWN))


def origin_of(places: Sequence[Place], origins: Origins) -> Origin | None:
    """Whose the innermost line that has a file is: whoever made the object. None where nothing was traced."""
    return next((origin for place in places if (origin := origins.of_file(place.file)) is not None), None)


def with_function(place: Place) -> Place:
    """A place with the name of the function that it is in, read from the source."""
    return dataclasses.replace(place, function=sources.function_at(place.file, place.line))


def _frames_of_3_11(obj: object) -> Frames | None:
    """Python 3.11 looks for the instances of most classes at the wrong address: it forgets the two pointers before them."""
    if sys.version_info[:2] != (3, 11) or not _tracemalloc.is_tracing():
        return None
    return _find(ctypes.c_uint(0), ctypes.c_size_t(id(obj) - _HEAD)) or None
