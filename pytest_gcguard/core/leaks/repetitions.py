"""Which of several leaks say nothing new, since another one explains them.

Rules of this file: works on leaks in words, on no object.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from pytest_gcguard.core.model import Leak
from pytest_gcguard.core.signature import blot

_LOCAL = re.compile(r"local \w+ of \S+\(\)( in thread .*)?")


def without(found: Mapping[tuple[str, str], Leak], own: Collection[tuple[str, str]]) -> Iterator[Leak]:
    """The leaks without those that another one explains.

    These are: the other half of a dictionary's entry (the key is told, or the value where only that is the project's), what
    hangs from a leaked object, what is hidden in C code as a part of one, and what a local variable merely has the latest of.
    ``found`` has the leaks by their label and their holder, ``own`` the keys of those whose objects are the project's.
    """
    texts = {key: leak.holder.expression if leak.holder is not None else "" for key, leak in found.items()}
    keys = {entry: key for key in found if (entry := _entry(texts[key], key[0]))}
    for key, leak in found.items():
        label, text = key[0], texts[key]
        if _LOCAL.fullmatch(text) and any(other[0] == label and other is not key for other in found):
            continue  # a variable holds one object: what grows is held by somebody else
        entry = _entry(text, label)
        values = [other for other in found if entry and texts[other].startswith(entry)]
        if any(other in own for other in values) and key not in own:
            continue
        if any((other in own or key not in own) and _hangs_from(leak, text, other[0], texts[other]) for other in found):
            continue
        of_key = next((keys[each] for each in keys if text.startswith(each)), None)
        if of_key is not None and (of_key in own or key not in own):
            continue
        if key not in own and _is_hidden_part(leak, found.values()):
            continue
        yield leak


def _hangs_from(leak: Leak, text: str, label: str, holder: str) -> bool:
    """Whether the holder of a leak leads on from the ``holder`` of another leak, by way of an object labelled ``label``."""
    rest = blot(text).removeprefix(blot(holder)).lstrip()
    follows = bool(holder) and len(rest) < len(blot(text)) and rest[:1] in {".", "[", "<"}
    return follows and leak.holder is not None and any(step.type == label for step in leak.holder.path[:-1])


def _is_hidden_part(leak: Leak, leaks: Iterable[Leak]) -> bool:
    """Whether a leak that only C code holds may be a part of the others, since no more of it is left than of those.

    A text file holds its decoder by way of an object that tells the collector nothing. The first run does not count: it may
    leave more, for good.
    """
    if leak.holder is None or not leak.holder.of_c:
        return False
    named = [other.growth for other in leaks if other.holder is not None and not other.holder.of_c]
    steps = list(zip(leak.growth, *named, strict=True))
    return bool(named) and all(own <= sum(others) for own, *others in steps[1:] or steps)


def _entry(text: str, label: str) -> str:
    """The expression for the value of an entry, given the expression ``text`` for its key; empty if that is no key.

    >>> _entry("app.LOCKS<key app.Door>", "app.Door")
    'app.LOCKS[<app.Door>]'
    """
    holder, found, rest = text.partition(f"<key {label}>")
    return f"{holder}[<{label}>]" if found and not rest else ""
