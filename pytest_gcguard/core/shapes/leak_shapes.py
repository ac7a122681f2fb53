"""The common patterns of leaks: which one a finding follows by who holds it, and one line on how to mend it.

Rules of this file: works on the words of a holder, on no object; a shape is the name of a page (see ``pages``); the advice
names the holder, and can be followed.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Sequence

from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Holder, Leak, Step, WeakEntry
from pytest_gcguard.core.shapes import undoing
from pytest_gcguard.core.shapes.cycle_shapes import TASKS, Advice
from pytest_gcguard.core.shapes.letting_go import GENERATORS

_OF_THREAD = "threading._DeleteDummyThreadOnDel"
"""What a thread that `threading` has not started keeps until it ends."""


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
    entry, path = holder.entry, holder.path
    text = _as_used(holder.expression, entry)
    last = path[-1].type if path else ""
    words = [step.type for step in path]
    if any(word.endswith("_lru_cache_wrapper") for word in words) or ".<cache>" in text:
        return "cached-method", _of_cache(text.partition(".<cache>")[0], words)
    if last.startswith("class "):
        of_entry = f", or {_of_entry(entry)}" if entry is not None and entry.new else _of_a_key(text)
        return "class-made-again", f"make {last} once, in its module{of_entry or _of_class(last, leak, text)}"
    if _running(holder, text, [*leak.types[:1], *words]):
        return "still-running", _end(words)
    if last.startswith(GENERATORS) and not text.endswith("]"):
        return "unclosed-generator", f"call its close(), or run it to its end, before {text} is left behind"
    if ".__traceback__" in text:
        kept = text.partition(".__traceback__")[0]
        if ".__traceback__" in holder.outermost:  # the exception was there before
            return "stored-exception", f"raise a new exception in place of {kept} each time: it keeps the frames of every time"
        return "stored-exception", f"keep the text of {kept}, or error.with_traceback(None): its frames hold their variables"
    if entry is not None and entry.new:
        return "not-unregistered", _of_entry(entry)
    # what leads to it leaks as well, mostly a list, or it is one
    outermost = _as_used(holder.outermost, entry)
    weakly = not outermost and _would_be_freed(leak, text) and leak.weak and _can_be_weak(leak.types[0])
    first = outermost or text
    advice = _of_value(first, path) or undoing.record_of_mock(first, words) or _put_back(first, leak)
    return "not-unregistered", advice or undoing.registration(first) or _remove(first, weakly)


def _as_used(text: str, entry: WeakEntry | None) -> str:
    """An expression in which an entry of a weak dictionary reads as its user writes it, not by the dictionary's inside."""
    if entry is None or not text.startswith(entry.value):
        return text
    return f"{entry.mapping}{entry.item}{text.removeprefix(entry.value)}"


def _of_entry(entry: WeakEntry) -> str:
    """How to end an entry of a WeakKeyDictionary: by letting go of its key, unless the entry itself keeps the key.

    >>> entry = WeakEntry("app.LABELS", "[<app.Box>]", "app.LABELS.data[<weakref.ReferenceType>]", True, False, False)
    >>> _of_entry(entry)
    'let go of the key of its entry in app.LABELS, or delete the entry when its work is done'
    """
    end = "delete the entry when its work is done"
    if entry.is_key:
        return f"hold the value in {entry.mapping} by weakref, since it is its own key, or {end}"
    if entry.leads_to_key:
        return f"let the value in {entry.mapping} refer to its key by weakref only, or not at all, or {end}"
    return f"let go of the key of its entry in {entry.mapping}, or {end}"


def _end(words: Sequence[str]) -> str:
    """How to end what is still running, by the labels of the chain that begins there.

    >>> _end(["asyncio.events.TimerHandle", "app.Session"])
    'call cancel() of the timer that call_later() or call_at() returned'
    """
    kinds = {found[1] for word in words if (found := TASKS.search(word)) is not None}
    if not kinds:
        return "stop the thread and join() it in the teardown, or clear what it keeps"
    if "Task" in kinds:
        return "cancel the task and await it"
    return "call cancel() of the timer that call_later() or call_at() returned"


def _of_cache(cached: str, words: Sequence[str]) -> str:
    """What to do about a cache, which depends on its owner: a class or a property (it holds self), a class method, or another.

    ``words`` are the labels of the holder's chain. The cache of a class method is cleared by the method's own name.
    """
    clear = f"{cached.removesuffix('.__func__')}.cache_clear()"
    at = next((at for at, word in enumerate(words) if word.endswith("_lru_cache_wrapper")), 0)
    owner = next((word for word in reversed(words[:at]) if not word.startswith("function ")), "class ")
    if owner == "classmethod":
        return (
            "keep the results in an attribute of each class, or give the cache a maxsize, in place of a cache that holds cls"
            f" for ever; in tests: {clear}"
        )
    if owner != "property" and not owner.startswith("class "):
        return f"give the cache a maxsize, or call {clear} when its work is done"
    return (
        "keep the results in a dict of the object's own, or without further arguments use functools.cached_property,"
        f" in place of a cache that holds self; in tests: {clear}"
    )


def _would_be_freed(leak: Leak, text: str) -> bool:
    """Whether the holder could hold a weak reference instead, and that would be enough."""
    if leak.holder is not None and leak.holder.origin is not Origin.OWN:
        container = leak.holder.path[-2:-1]
        if container and container[0].type.startswith("module "):
            return False  # the project cannot change how another's module holds things
    stands_alone = not leak.held_beside and _IN_KEY.search(text) is None
    return stands_alone and _UNNAMED not in text and not _NAMESPACE.search(_container(text))


def _of_a_key(text: str) -> str:
    """What else to do about a class that is a part of a key."""
    return f", or remove its entry from {_container(text)} when its work is done" if _IN_KEY.search(text) is not None else ""


def _of_class(label: str, leak: Leak, text: str) -> str:
    """What else to do about a class that leaks: hold it weakly, where a Python object holds it."""
    if text.startswith("C code"):
        return ": its __class__ is itself, so that it is never freed" if label == f"class {leak.types[0]}" else ""
    if not _would_be_freed(leak, text):
        return ""
    container = _container(text)
    kind = next((kind for pattern, kind in _WEAKLY if pattern.search(text)), "weakref.ref")
    return f", or let {container} hold it weakly: {kind}"


_NAMESPACE = re.compile(r"\.(__globals__|__dict__|f_globals|f_locals)$|^sys\.modules$")
"""A dictionary of the interpreter's, which nobody can replace by another."""
_UNNAMED = "<?>"
"""A reference that C code keeps without a name: it leads to something inside of an extension, as the cache of a registry."""
_KEY = re.compile(r"<key ([^<>]|<locals>)*>$")
_MEMBER = re.compile(r"<member>$")
_IN_KEY = re.compile(r"<key ([^<>]|<locals>)*>(\[[^\[\]]*\]|<member>)+$")
"""A part of a key, as an item of a tuple: only the whole entry can be removed."""
_WEAKLY = (
    (_KEY, "weakref.WeakKeyDictionary"),
    (_MEMBER, "weakref.WeakSet"),
    (re.compile(r"\[-?\d{1,9}\]$"), "weakref.WeakSet"),  # a longer number is an id, the key of a dictionary
    (re.compile(r"\]$"), "weakref.WeakValueDictionary"),
)


def _running(holder: Holder, text: str, words: Sequence[str]) -> bool:
    threads = holder.runs or _OF_THREAD in words or " in thread " in text
    return threads or any(TASKS.search(word) for word in words)


_ATTRIBUTE = re.compile(r"^(\w+(?:\.\w+)+?)(?:\.__\w+__|\.<(?:\?|closure \w+)>)*$")
_FURTHER = re.compile(r"\.(?:__\w+__|<)")
"""Where a chain leaves its variable: the earlier values hang from there."""


def _put_back(text: str, leak: Leak) -> str:
    """How to end a chain in which each new value of a variable holds the one before, as functions that are patched again do.

    >>> from pytest_gcguard.core.kinds import Origin
    >>> _put_back("app.send", Leak(("app.Spy",), (1, 1), Origin.OWN, 1, chained=True)).partition(":")[0]
    'put back what app.send was before, in the teardown, as monkeypatch does'
    """
    found = _ATTRIBUTE.match(text)
    if found is None or not leak.chained:
        return ""
    variable = _FURTHER.split(found[1], maxsplit=1)[0]
    return f"put back what {variable} was before, in the teardown, as monkeypatch does: what takes its place holds it"


_VARIABLE = re.compile(r"^(context variable '[^']*') (.+)$")
_REPLACED = ("tuple", "frozenset")
"""Types of values that cannot be added to: ``set()`` puts another in their place."""


def _of_value(text: str, path: Sequence[Step]) -> str:
    """How to let go of what may have been put into the value of a context variable, without a ``set()`` that gives a token.

    >>> path = (Step("context variable 'STATE'", ""), Step("dict", "['user']"), Step("app.User", ""))
    >>> _of_value("context variable 'STATE' ['user']", path).partition(", or ")[0]
    "remove it from the value of context variable 'STATE' when its work is done"
    """
    found = _VARIABLE.match(text)
    if found is None or len(path) < 2 or path[1].type in _REPLACED:
        return ""
    inner = _container(found[2])
    value = f"{inner}{' of ' if inner else ''}the value of {found[1]}"
    return f"{_remove(value, weakly=False)}, or if set() put it there call reset(token) in the teardown: it returned the token"


def _remove(text: str, weakly: bool) -> str:
    return f"remove it from {_container(text)} when its work is done{', or hold it there by weakref' if weakly else ''}"


def _can_be_weak(name: str) -> bool:
    """Whether objects of a type can be referred to weakly, as far as its name tells.

    >>> _can_be_weak("app.Session"), _can_be_weak("set"), _can_be_weak("list")
    (True, True, False)
    """
    tp = vars(builtins).get(name)
    return not isinstance(tp, type) or bool(tp.__weakrefoffset__)


def _container(text: str) -> str:
    """What holds the last item of an expression.

    >>> _container("app.OPEN['alice']"), _container("app.OPEN<key app.Door>"), _container("app.OPEN<member>")
    ('app.OPEN', 'app.OPEN', 'app.OPEN')
    >>> _container("app.OPEN<key tuple>[0]")
    'app.OPEN'
    """
    found = _IN_KEY.search(text) or _KEY.search(text) or _MEMBER.search(text)
    start = found.start() if found is not None else text.rindex("[") if text.endswith("]") else len(text)
    return text[:start].strip()
