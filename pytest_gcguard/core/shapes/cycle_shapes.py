"""The common patterns of cycles: which one a finding follows, and one line on how to mend it.

Rules of this file: works on the words of a path, on no object; a shape is the name of a page (see ``pages``). The path decides
the shape; the advice is about the proposed cut, in the words of ``letting_go``. What follows no pattern has no shape, and gets
general advice.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from pytest_gcguard.core.model import Step
from pytest_gcguard.core.objects.references import UNKNOWN
from pytest_gcguard.core.shapes.letting_go import (
    GENERATORS,
    LOCAL,
    by_its_authors,
    called,
    deleted,
    home,
    in_its_place,
    let_go,
    means,
    released,
    variable_of,
    weakly,
)

Advice = tuple[str | None, str]
"""A shape, None for none, and what to do."""

_FUNCTIONS = ("function ", "method ", "builtin ", "functools.partial")
TASKS = re.compile(r"^(?:_?asyncio(?:\.tasks|\.events)?|uvloop\.loop|trio\._core\._run)\.(Task|TimerHandle)$")
"""What an event loop runs: not a class of the project's that is called Task."""
_CLOSURE = re.compile(r"\.<closure ([^>]+)>")
_KEPT_IN_CLOSURE = re.compile(r"\.<closure ([^>]+)>(.+)")
_WHOLE = frozenset(("cached-method", "still-running", "unclosed-generator"))
"""Shapes that are mended as a whole, however many references are to be cut."""


def of_cycle(path: Sequence[Step], cuts: Sequence[Step], foreign: Collection[str] = ()) -> Advice:
    """The shape of a cycle, and how to mend it; ``cuts`` are the references that are proposed to be cut, all of them needed.

    ``foreign`` are the labels of objects that are not the project's, and whose code the project cannot change.

    >>> of_cycle([Step("app.Node", ".children[0]"), Step("app.Node", ".parent")], [Step("app.Node", ".parent")])
    ('parent-child', 'hold .parent of app.Node by weakref.ref, or set it to None when its work is done')
    """
    for rule in (_of_exceptions, _of_generators, _of_frames, _of_functions, _of_instances):
        advice = rule(path, cuts[0], foreign)
        if advice is not None:
            break
    shape, hint = advice or (None, "")
    if len(cuts) > 1 and shape not in _WHOLE:
        return shape, _several(path, cuts, foreign)
    return shape, hint or let_go(cuts[0], foreign, "clear it")


def _of_exceptions(path: Sequence[Step], cut: Step, foreign: Collection[str]) -> Advice | None:
    at = next((number for number, step in enumerate(path) if ".__traceback__" in step.edge), None)
    if at is None:
        return None
    keeper = path[at - 1]
    for back in range(1, len(path) + 1):  # over the exceptions that led to this one
        keeper = path[at - back]
        if not re.search(r"\.__(context|cause)__|\.exceptions\[", keeper.edge):
            break
    if LOCAL.match(keeper.edge) and keeper.type.startswith("frame of "):
        return "exception-in-local", _of_kept_exception(path, path[at], keeper, cut, foreign)
    return "stored-exception", _of_stored_exception(path, path[at], keeper, cut, foreign)


def _of_kept_exception(path: Sequence[Step], error: Step, keeper: Step, cut: Step, foreign: Collection[str]) -> str:
    """What to do about an exception that a variable keeps."""
    variable = variable_of(cut)
    if variable and cut.type in foreign:
        return _of_foreign_variable(path, error, cut, foreign)
    if variable and (cut.raised or (cut.type, variable) != (keeper.type, variable_of(keeper))):
        return f"finally: {deleted(cut)}"  # no text can be raised in its place, or what it holds may be no exception
    if variable:
        text = f"str({variable})" if keeper.edge == f".<local {variable}>" else "the text of the exception"
        return f"finally: {deleted(cut)}, or keep {text} instead of it"
    if cut.edge != ".__traceback__":
        return let_go(cut, foreign)
    if keeper.type in foreign or not variable_of(keeper):
        # the variable is not for the project to let go of: the argument of a library's function
        return (
            f"let the except clause that handles the {cut.type} end before other code runs,"
            " or call error.with_traceback(None) in it"
        )
    every = f"del every variable that keeps it, as {variable_of(keeper)} in {called(keeper.type)}"
    return f"{released(cut)}, or {every}"


def _of_stored_exception(path: Sequence[Step], error: Step, keeper: Step, cut: Step, foreign: Collection[str]) -> str:
    """What to do about an exception that an object keeps."""
    where = f"{keeper.edge} of {keeper.type}"
    if cut.edge == ".__traceback__" and keeper.edge.startswith(".f_locals"):
        return f"{released(cut)}, or {means(keeper)}"
    others = keeper.type in foreign or bool(means(keeper))
    if cut.edge == ".__traceback__":
        return released(cut) if others else f"error.with_traceback(None) before {where} keeps it, or keep its text there"
    if variable_of(cut):
        return _of_foreign_variable(path, error, cut, foreign) if cut.type in foreign else f"finally: {deleted(cut)}"
    if not _is_same(cut, keeper):
        return let_go(cut, foreign)
    if not others:
        return f"keep the text of the exception in {where}, or error.with_traceback(None)"
    frame = _own_variable(path, foreign)
    also = f"finally: {deleted(frame)}, or " if frame is not None else ""
    return f"{also}{released(error)}"


def _of_foreign_variable(path: Sequence[Step], error: Step, cut: Step, foreign: Collection[str]) -> str:
    """What the project can do about a variable of a function that is not its own."""
    frame = _own_variable(path, foreign)
    can = f"finally: {deleted(frame)}" if frame is not None else released(error)
    return f"{can}, since only {home(cut.type)} can {deleted(cut)}"


def _of_generators(path: Sequence[Step], cut: Step, foreign: Collection[str]) -> Advice | None:
    found = [(match[1], step) for step in path if (match := TASKS.search(step.type)) is not None]
    done = next((step for kind, step in found if kind == "Task" and step.edge.startswith("._result")), None)
    if done is not None:
        return None, _of_result(done, cut, foreign)
    if any(kind == "Task" for kind, _ in found):
        return "still-running", "cancel the task and await it before its loop is closed, or wait for it with asyncio.TaskGroup"
    if found:
        return "still-running", "call cancel() of the timer that call_later() or call_at() returned, even if it has run"
    for at, step in enumerate(path):
        if step.type.startswith(GENERATORS):
            how = "await its aclose()" if step.type.startswith("async ") else "call its close()"
            keeper = path[at - 1]
            where = f" in {keeper.edge} of {keeper.type}" if keeper is not step else ""
            return "unclosed-generator", f"{how}, or run it to its end: {step.type}{where}"
    return None


def _of_result(task: Step, cut: Step, foreign: Collection[str]) -> str:
    """What to do about a task that has ended, with a result that leads back to it."""
    return "let the coroutine return nothing that leads back to its task" if _is_same(cut, task) else let_go(cut, foreign)


def _of_frames(path: Sequence[Step], cut: Step, foreign: Collection[str]) -> Advice | None:
    if len(path) > 1 or not path[0].type.startswith("frame of ") or not LOCAL.match(path[0].edge):
        return None
    hint = by_its_authors(f"finally: {deleted(cut)}", cut, foreign) if variable_of(cut) else let_go(cut, foreign)
    return "frame-in-local", hint


def _of_functions(path: Sequence[Step], cut: Step, foreign: Collection[str]) -> Advice | None:
    at = next((number for number, step in enumerate(path) if step.type.endswith("_lru_cache_wrapper")), None)
    if at is not None:
        keeper = path[at - 1]
        if keeper.edge == UNKNOWN and len(path) > 1:  # C code keeps the cache: no other code can do without it
            end = f"call close() of the {keeper.type}, or end it in its own way, when its work is done"
            return None, f"{end}: the cache is its own"
        return "cached-method", (
            "keep the results in a dict of the object's own, or without further arguments use functools.cached_property,"
            " in place of a cache that holds self"
        )
    if all(step.type.startswith("function ") and ".<closure " in step.edge for step in path):
        return _of_closures(path, cut, foreign)
    wrapped = next((step for step in path if _closes_over_its_name(step)), None)
    if wrapped is not None:  # what a decorator has made of it has its name
        return "recursive-closure", by_its_authors(_of_the_module([wrapped], itself=False), wrapped, foreign)
    for at, step in enumerate(path):
        if step.type.startswith(_FUNCTIONS):
            keeper = next(
                (path[at - back] for back in range(1, len(path)) if not path[at - back].type.startswith(_FUNCTIONS)), step
            )
            return "bound-method", _of_held_function(path, keeper, cut, foreign)
    return None


def _of_closures(path: Sequence[Step], cut: Step, foreign: Collection[str]) -> Advice:
    """What to do about functions that close over each other, or over containers that they are kept in."""
    shape = "bound-method" if all(_KEPT_IN_CLOSURE.match(step.edge) for step in path) else "recursive-closure"
    closed = _CLOSURE.match(cut.edge)
    if closed is None:  # of several, one that is not on the path
        return shape, let_go(cut, foreign)
    hint = _of_the_module([cut], len(path) == 1, _kept(path))
    if inside := cut.edge[closed.end() :]:
        hint = f"pass {closed[1]} to {called(cut.type)} as an argument, or clear {inside} of {closed[1]} when done"
    return shape, by_its_authors(hint, cut, foreign)


def _kept(path: Sequence[Step]) -> frozenset[str]:
    """The variables of closures that hold no function, but a container with one in it."""
    return frozenset(found[1] for step in path if (found := _KEPT_IN_CLOSURE.match(step.edge)))


def _closes_over_its_name(step: Step) -> bool:
    closed = _CLOSURE.match(step.edge)
    return closed is not None and step.type.startswith("function ") and step.type.endswith(f".{closed[1]}")


def _of_held_function(path: Sequence[Step], keeper: Step, cut: Step, foreign: Collection[str]) -> str:
    """What to do about a function or method that leads back to who keeps it."""
    if not (_is_same(cut, keeper) or cut.type.startswith(_FUNCTIONS)):
        return let_go(cut, foreign)
    where = f"{keeper.edge} of {keeper.type}"
    is_closed = _CLOSURE.match(cut.edge) is not None
    if any(step.type.startswith("method ") for step in path) and not is_closed:
        if not cut.weak:
            return f"remove the method in {where} when done"
        return f"hold the method in {where} by weakref.WeakMethod, or remove it there when done"
    user = _who_closes(path, cut if is_closed else None)
    what = found[1] if (found := _CLOSURE.match(user.edge)) is not None else "the object"
    inner = user in path and user not in (keeper, path[path.index(keeper) - len(path) + 1])
    who = f"{called(user.type)}, which {where} leads to," if inner else f"what {where} holds"
    return f"let {who} use {weakly(user)}({what}) instead of {what}, or remove it when done"


def _who_closes(path: Sequence[Step], cut: Step | None) -> Step:
    """The function that should use a weak reference: not to another function, which nothing else may hold."""
    closing = [(step, path[at - len(path) + 1]) for at, step in enumerate(path) if _CLOSURE.match(step.edge)]
    fit = [step for step, target in closing if not target.type.startswith(_FUNCTIONS)]
    if cut is not None and not any(_is_same(cut, step) and step not in fit for step, _ in closing):
        return cut
    return next(iter((*fit, *(step for step, _ in closing), path[0])))


def _of_instances(path: Sequence[Step], cut: Step, foreign: Collection[str]) -> Advice | None:
    if len(path) < 2 or any(step.type.startswith(("frame of ", "class ", "module ")) or "." not in step.type for step in path):
        return None
    return "parent-child", let_go(cut, foreign)


def _several(path: Sequence[Step], cuts: Sequence[Step], foreign: Collection[str]) -> str:
    """How to mend a cycle of which several references must be cut: none of them is enough by itself."""
    if all(cut.type.startswith("function ") and _CLOSURE.match(cut.edge) and not cut.target for cut in cuts):
        return by_its_authors(_of_the_module(cuts, len(path) == 1, _kept([*path, *cuts])), cuts[0], foreign)
    if len(cuts) == 2 and not any(variable_of(cut) or means(cut) or in_its_place(cut) or cut.type in foreign for cut in cuts):
        both = " and ".join(f"{cut.edge} of {cut.type}" for cut in cuts)
        if not all(cut.weak for cut in cuts):
            return f"set {both} to None when their work is done"
        if any(cut.target == "method" for cut in cuts):
            both = " and ".join(f"{cut.edge} of {cut.type} by {weakly(cut)}" for cut in cuts)
            return f"hold {both}, or set both to None when their work is done"
        return f"hold {both} by weakref.ref, or set both to None when their work is done"
    error = next((step for step in path if ".__traceback__" in step.edge), None)
    parts = dict.fromkeys(_one_of_several(error, cut, foreign) for cut in cuts)
    first, *others = parts
    if len(others) == 1:
        return f"{first}, and {others[0]}"
    rest = len(cuts) - 1
    return f"{first}, and let go of the other {rest} that are to be cut as well" if others else first


def _one_of_several(error: Step | None, cut: Step, foreign: Collection[str]) -> str:
    if cut.type not in foreign or means(cut):
        return released(cut)
    if not variable_of(cut):
        return f"let go of {cut.edge} of {cut.type} when its work is done"
    only = f"only {home(cut.type)} can {deleted(cut)}"
    return f"{released(error)} ({only})" if error is not None else only


def _of_the_module(cuts: Sequence[Step], itself: bool, kept: Collection[str] = ()) -> str:
    """What to do about inner functions that close over each other by name; the names in ``kept`` are containers."""
    names = list(dict.fromkeys(found[1] for cut in cuts if (found := _CLOSURE.match(cut.edge))))
    functions, containers = [name for name in names if name not in kept], [name for name in names if name in kept]
    advice = []
    if len(functions) == 1:
        to = " to itself" if itself and not containers else ""
        advice.append(f"make {functions[0]} a function of the module or a method, or pass it{to} as an argument")
    elif functions:
        advice.append(f"make {_listed(functions)} functions of the module or methods, or pass them as arguments")
    if len(containers) == 1:
        advice.append(f"pass {containers[0]} as an argument to the functions that it keeps, or clear it when done")
    elif containers:
        advice.append(f"pass {_listed(containers)} as arguments to the functions that they keep, or clear them when done")
    return ", and ".join(advice)


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _own_variable(path: Sequence[Step], foreign: Collection[str]) -> Step | None:
    """The first variable of the project's functions on a cycle that is no argument by its name."""
    own = (step for step in path if step.type not in foreign and variable_of(step))
    return next((step for step in own if variable_of(step) not in {"self", "cls"}), None)


def _is_same(cut: Step, step: Step) -> bool:
    """Whether a cut is this reference of the path; a cut of several into a container has the container's name."""
    return cut.type == step.type and re.match(rf"{re.escape(cut.edge)}(?!\w)", step.edge) is not None
