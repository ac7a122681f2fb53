"""Whether all other threads sleep until somebody wakes them, so that to wait for them is in vain.

Linux tells it, for threads of C code too: it names the system call in which a thread waits for a lock, and says where to find
the timeout (``/proc/PID/task/TID/syscall``, see proc(5) and futex(2)). One that waits for the interpreter has a timeout of
milliseconds. One that was woken a moment ago may still be listed there, so two looks must find the same, and that no processor
has spent any time on it in between.

Rules of this file: in doubt a thread may go on; no code of an object runs.
"""

from __future__ import annotations

import os
import platform
import struct
import sys
import threading
from types import FrameType
from typing import Any

from pytest_gcguard.core.unpatched import time

_TASKS = "/proc/self/task"
_MEMORY = "/proc/self/mem"
_FUTEX, _READ = {"x86_64": (b"202", b"0"), "aarch64": (b"98", b"63")}.get(platform.machine(), (None, None))
"""The numbers of the system calls by which a thread waits for a lock, and for what is to be read."""
_OPERATION, _TIMEOUT = 2, 4
"""Which of the fields say what the call does, and the address of its timeout: ``0x0`` if it has none."""
_WAITS = 0x89
"""To wait in this process until a time of the clock that nobody sets."""
_TIME = struct.Struct("qq")
"""Such a time, in seconds and nanoseconds."""
_FAR = 60.0
"""A timeout that comes in more than so many seconds is as good as none."""
_MOMENT = 0.005
"""How many seconds are between two looks."""
# read at once, since a test may put something else there
_open, _listed = open, os.listdir


def all_others() -> bool:
    """Whether every other thread of the process waits for a lock, and no timeout ends that soon.

    False where the system does not tell. It takes five milliseconds if they do.

    >>> import time
    >>> threading.Thread(target=time.sleep, args=(1,), daemon=True).start()
    >>> all_others()
    False
    """
    try:
        first = _sleepers()
        if first is None:
            return False
        time.sleep(_MOMENT)
        return _sleepers() == first
    except (OSError, ValueError, struct.error):  # there is no such file, it may not be read, or the thread has ended meanwhile
        return False


def _sleepers() -> dict[str, list[bytes]] | None:
    """What each other thread waits for and how long it has run, by its number; None if some may go on by itself."""
    others = set(_listed(_TASKS)) - {str(threading.get_native_id())}
    calls = {number: _read("syscall", number) for number in others}
    late = [number for number in others if not _sleeps(calls[number])]
    if late and not (len(late) == 1 and _is_of_xdist(calls[late[0]], late[0])):
        return None
    return {number: calls[number] + _read("schedstat", number) for number in others}


def _read(name: str, number: str) -> list[bytes]:
    """The fields of a file about a thread. That of a system call has only a word where the thread is in none."""
    with _open(f"{_TASKS}/{number}/{name}", "rb") as told:  # as text, it would import an encoding, which stays
        return told.read().split()


def _sleeps(call: list[bytes]) -> bool:
    """Whether a thread waits for a lock for long, by the system call that it is in."""
    if len(call) <= _TIMEOUT or call[0] != _FUTEX:
        return False
    timeout = int(call[_TIMEOUT], 16)
    if timeout == 0:
        return True
    if int(call[_OPERATION], 16) != _WAITS:
        return False
    with _open(_MEMORY, "rb", buffering=0) as memory:
        memory.seek(timeout)
        seconds, _ = _TIME.unpack(memory.read(_TIME.size))
    return bool(seconds - time.monotonic() > _FAR)


def _is_of_xdist(call: list[bytes], number: str) -> bool:
    """Whether a thread is the one that reads what pytest-xdist tells the process; `threading` does not know it."""
    if call[:1] != [_READ]:
        return False
    active: Any = vars(threading).get("_active")  # `threading.enumerate` would wait for a lock
    known = dict(active)
    return all(getattr(thread, "_native_id", None) != int(number) for thread in known.values()) and any(
        _reads(frame) for key, frame in sys._current_frames().items() if key not in known
    )


def _reads(frame: FrameType) -> bool:
    return frame.f_code.co_name == "read" and frame.f_globals.get("__name__") == "execnet.gateway_base"
