"""The common patterns of cycles and leaks: which one a finding follows, and one line on how to mend it.

Rules of this file: works on the words of a path, on no object; a shape is the name of a page (see ``pages``); the advice names
the variable, the attribute or the holder that it is about. What follows no pattern has no shape, and general advice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pytest_gcguard.core.model import Leak, Step

Advice = tuple[str | None, str]
"""A shape, None for none, and what to do."""

_FUNCTIONS = ("function ", "method ", "builtin ", "functools.partial")
_GENERATORS = ("generator ", "coroutine ", "async generator ")
_TASKS = re.compile(r"(^|\.)_?(Task|TimerHandle)$")
_THREADS = re.compile(r"(^|\.)(_?\w*Thread|Timer|_DeleteDummyThreadOnDel)$")
_LOCAL = re.compile(r"\.<local ([^>]+)>")
_CLOSURE = re.compile(r"\.<closure ([^>]+)>")


def of_cycle(path: Sequence[Step], cut: Step) -> Advice:
    """The shape of a cycle, and how to mend it; ``cut`` is the reference that is proposed to be cut.

    >>> of_cycle([Step("app.Node", ".children[0]"), Step("app.Node", ".parent")], Step("app.Node", ".parent"))
    ('parent-child', 'hold .parent of app.Node by weakref.ref, or set it to None when its work is done')
    """
    for rule in (_of_exceptions, _of_generators, _of_frames, _of_functions, _of_instances):
        advice = rule(path, cut)
        if advice is not None:
            return advice
    return None, f"hold {cut.edge} of {cut.type} by weakref.ref, or clear it when its work is done"


def _of_exceptions(path: Sequence[Step], cut: Step) -> Advice | None:
    at = next((number for number, step in enumerate(path) if ".__traceback__" in step.edge), None)
    if at is None:
        return None
    keeper = path[at - 1]
    for back in range(1, len(path) + 1):  # over the exceptions that led to this one
        keeper = path[at - back]
        if not re.search(r"\.__(context|cause)__|\.exceptions\[", keeper.edge):
            break
    variable = _LOCAL.match(keeper.edge)
    if variable is not None and keeper.type.startswith("frame of "):
        name = variable[1]
        if (
            cut.edge == ".__traceback__"
        ):  # the variable is not for the project to let go of: the argument of a library's function
            return "exception-in-local", (
                f"let the except clause that handles the {cut.type} end before other code runs,"
                " or call error.with_traceback(None) in it"
            )
        return "exception-in-local", f"finally: del {name} in {_called(keeper.type)}, or keep str({name}) instead of it"
    frame = next((step for step in path if step.type.startswith(("frame of ", *_GENERATORS))), keeper)
    held = _LOCAL.match(frame.edge)
    also = (
        f", or finally: del {held[1]} in {_called(frame.type)}" if held is not None and held[1] not in {"self", "cls"} else ""
    )
    where = f"{keeper.edge} of {keeper.type}"
    return "stored-exception", f"keep the text of the exception in {where}, or error.with_traceback(None){also}"


def _of_generators(path: Sequence[Step], cut: Step) -> Advice | None:
    if any(_TASKS.search(step.type) for step in path):
        return "still-running", "cancel the task and await it before its loop is closed, or wait for it with asyncio.TaskGroup"
    for at, step in enumerate(path):
        if step.type.startswith(_GENERATORS):
            how = "await its aclose()" if step.type.startswith("async ") else "close() it"
            keeper = path[at - 1]
            where = f" in {keeper.edge} of {keeper.type}" if keeper is not step else ""
            return "unclosed-generator", f"{how}, or run it to its end: {step.type}{where}"
    return None


def _of_frames(path: Sequence[Step], cut: Step) -> Advice | None:
    variable = _LOCAL.match(path[0].edge) if len(path) == 1 else None
    if variable is None or not path[0].type.startswith("frame of "):
        return None
    return "frame-in-local", f"finally: del {variable[1]} in {_called(path[0].type)}"


def _of_functions(path: Sequence[Step], cut: Step) -> Advice | None:
    if any(step.type.endswith("_lru_cache_wrapper") for step in path):
        return "cached-method", "use functools.cached_property, or keep a dict of results, instead of a cache that holds self"
    if all(step.type.startswith("function ") and ".<closure " in step.edge for step in path):
        name = path[0].type.rpartition(".")[2]
        return "recursive-closure", f"make {name} a function of the module or a method, or pass it to itself as an argument"
    for at, step in enumerate(path):
        if step.type.startswith(_FUNCTIONS):
            keeper = next(
                (path[at - back] for back in range(1, len(path)) if not path[at - back].type.startswith(_FUNCTIONS)), step
            )
            where = f"{keeper.edge} of {keeper.type}"
            if any(other.type.startswith("method ") for other in path):
                return "bound-method", f"hold the method in {where} by weakref.WeakMethod, or remove it there when done"
            closed = next((found[1] for other in path if (found := _CLOSURE.match(other.edge))), "the object")
            return (
                "bound-method",
                f"let what {where} holds use weakref.ref({closed}) instead of {closed}, or remove it when done",
            )
    return None


def _of_instances(path: Sequence[Step], cut: Step) -> Advice | None:
    if len(path) < 2 or any(step.type.startswith(("frame of ", "class ", "module ")) or "." not in step.type for step in path):
        return None
    return "parent-child", f"hold {cut.edge} of {cut.type} by weakref.ref, or set it to None when its work is done"


def _called(label: str) -> str:
    return f"{label.removeprefix('frame of ').rpartition('.')[2]}()"


def of_leak(leak: Leak) -> Advice:  # noqa: PLR0911 -- one question, one answer, in order
    """The shape of a leak by who holds it, and how to mend it.

    >>> from pytest_gcguard.core.kinds import Origin
    >>> from pytest_gcguard.core.model import Holder
    >>> holder = Holder("app.registry._OPEN['alice'][0]", (), Origin.OWN)
    >>> of_leak(Leak(("app.Session",), (1, 1), Origin.OWN, 1, holder=holder))[0]
    'not-unregistered'
    """
    holder = leak.holder
    if holder is None:
        return None, ""
    text, path = holder.expression, holder.path
    last = path[-1].type if path else ""
    words = [step.type for step in path]
    if any(word.endswith("_lru_cache_wrapper") for word in words) or ".<cache>" in text:
        cached = text.partition(".<cache>")[0]
        return (
            "cached-method",
            f"use functools.cached_property instead of a cache that holds self; in tests: {cached}.cache_clear()",
        )
    if last.startswith("class "):
        return (
            "class-made-again",
            f"make {last} once, in its module, or let {_container(text)} hold it weakly: weakref.WeakSet",
        )
    if _running(text, [*leak.types[:1], *words]):
        what = next((word for word in words if _TASKS.search(word)), "")
        return "still-running", (
            "cancel the task and await it" if what else "stop the thread and join() it in the teardown, or clear what it keeps"
        )
    if last.startswith(_GENERATORS) and not text.endswith("]"):
        return "unclosed-generator", f"close() it, or run it to its end, before {text} is left behind"
    if ".__traceback__" in text:
        kept = text.partition(".__traceback__")[0]
        return "stored-exception", f"keep the text of {kept}, or error.with_traceback(None): its frames hold their variables"
    return "not-unregistered", _undo(text)


def _running(text: str, words: Sequence[str]) -> bool:
    threads = text.startswith("thread ") or " in thread " in text or any(_THREADS.search(word) for word in words)
    return threads or any(_TASKS.search(word) for word in words)


_UNDO = (
    (re.compile(r"^atexit "), "atexit.unregister() it when its work is done"),
    (re.compile(r"^signal\.getsignal\((\d+)\)"), "give signal.signal() back the handler that it returned, for signal {0}"),
    (re.compile(r"^sys\.get(trace|profile)\(\)"), "call sys.set{0}() with the function of before in the teardown"),
    (re.compile(r"^context variable ('[^']*')"), "reset() context variable {0} with the token that set() returned"),
    (re.compile(r"^codecs "), "codecs.unregister() it in the teardown"),
    (re.compile(r"^(.*)\.handlers\[-?\d+\]"), "{0}.removeHandler() it, and close() it"),
    (re.compile(r"^(.*)\.filters\[-?\d+\]"), "{0}.removeFilter() it"),
    (re.compile(r"^(gc\.callbacks|sys\.\w+|warnings\.\w+|logging\.\w+)"), "take it out of {0} in the teardown"),
    (re.compile(r"^(.*?)\._?callbacks\b"), "remove_done_callback() it from {0}, or take it out of its callbacks"),
    (
        re.compile(r"^C code"),
        "undo what registered it outside of Python: an atexit callback, a C library's handler, a thread's local data",
    ),
)


def _undo(text: str) -> str:
    for pattern, advice in _UNDO:
        found = pattern.match(text)
        if found is not None:
            return advice.format(*found.groups())
    return f"remove it from {_container(text)} when its work is done, or hold it there by weakref"


def _container(text: str) -> str:
    opened = "[" if text.endswith("]") else "<key " if text.endswith(">") and "<key " in text else ""
    return (text[: text.rindex(opened)] if opened else text).strip()
