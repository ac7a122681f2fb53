"""How to undo what has a call of its own for that: a registration with the interpreter or the standard library, or a record.

Rules of this file: works on the expression of a holder; the advice names the call, and when it is to be made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_ONE_NAME = "under a name that stays the same: only another under its name takes its place"
_UNDO = (
    (re.compile(r"^atexit "), "call atexit.unregister(function) when its work is done"),
    (
        re.compile(r"^signal\.getsignal\(([\w.]+)\)"),
        "call signal.signal({0}, previous) in the teardown: previous is what it returned",
    ),
    (
        re.compile(r"^sys\.get(trace|profile)\(\)"),
        "call sys.set{0}(previous) in the teardown: previous is what sys.get{0}() returned",
    ),
    (
        re.compile(r"^context variable ('[^']*')"),
        "call reset(token) of context variable {0} in the teardown: its set() returned the token",
    ),
    (
        re.compile(r"^os\.register_at_fork "),
        "register one function, once, that finds its objects by weakref: a callback of os.register_at_fork stays for good",
    ),
    (
        re.compile(r"^unittest\.mock\._patch\._active_patches\b"),
        "call stop() of the patch in the teardown, or start it by `with` or as a decorator: start() keeps it until then",
    ),
    (
        re.compile(r"^weakref\.finalize\._registry\b"),
        "give weakref.finalize() a function and arguments that do not lead to the object, or call its detach()",
    ),
    (re.compile(r"^multiprocessing\.util\._finalizer_registry\b"), "call cancel() of the multiprocessing.util.Finalize"),
    (re.compile(r"^(.*)\._selector\._fd_to_key\b"), "call remove_reader() or remove_writer() of {0} in the teardown"),
    (re.compile(r"^(.*)\._fd_to_key\b"), "call {0}.unregister(fileobj) in the teardown"),
    (re.compile(r"^(.*)\._exit_callbacks\b"), "call {0}.close() in the teardown, or use it by `with`"),
    (re.compile(r"^codecs error handlers "), f"register the error handler once, {_ONE_NAME}"),
    (re.compile(r"^codecs "), "call codecs.unregister(search_function) in the teardown"),
    (re.compile(r"^(.*)\.handlers\[-?\d+\]"), "call {0}.removeHandler(handler) and handler.close() in the teardown"),
    (re.compile(r"^(.*)\.filters\[-?\d+\]"), "call {0}.removeFilter(filter) in the teardown"),
    (re.compile(r"^(gc\.callbacks|sys\.\w+|warnings\.\w+|logging\.\w+\b(?!\())"), "take it out of {0} in the teardown"),
    (re.compile(r"^(.*?)\._?callbacks\b"), "call {0}.remove_done_callback(callback), or take it out of its callbacks"),
    (re.compile(r"^local (\w+) of (\w+\(\))$"), "del {0} in {1} when its work is done"),
    (
        re.compile(r"^C code"),
        (
            "undo what registered it outside of Python: an atexit callback, a C library's handler, a thread's local data;"
            " if nothing did, C code counts a reference too many"
        ),
    ),
)


def registration(text: str) -> str:
    """How to undo a registration that has a call of its own for that; empty for others.

    >>> registration("app.LOG.handlers[0]")
    'call app.LOG.removeHandler(handler) and handler.close() in the teardown'
    """
    for pattern, advice in _UNDO:
        found = pattern.match(text)
        if found is not None:
            return advice.format(*found.groups())
    return ""


_NOTED = re.compile(r"^(.*?)\.(_mock_\w+|method_calls)\b")


def record_of_mock(text: str, words: Sequence[str]) -> str:
    """How to let go of what a mock has recorded of its calls; empty if it is not that.

    >>> record_of_mock("app.FAKE._mock_call_args[0][0]", ["unittest.mock.Mock", "unittest.mock._Call", "app.User"])
    'call app.FAKE.reset_mock() in the teardown: a mock keeps what it was called with'
    """
    found = _NOTED.match(text)
    if found is None or not any(word.endswith("mock._Call") for word in words):
        return ""
    return f"call {found[1]}.reset_mock() in the teardown: a mock keeps what it was called with"
