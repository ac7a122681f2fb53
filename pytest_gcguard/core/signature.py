"""The stable name of a finding: the same in other tests, runs, machines and Python versions.

Rules of this file: a signature is made of the rule, the types and the names of references only. Keys, indices, numbers,
addresses and temporary paths are blotted out, except for numbers in a name that a source file has. A cycle has one signature,
wherever one starts to read it.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Sequence

from pytest_gcguard.core.kinds import Kind
from pytest_gcguard.core.model import Step

_ITEMS = re.compile(
    r"""(\[(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\[\]'"])*\]|\[[^\[\]]*\]|<key [^>]*>|<member>)+""",
)
LAST_ITEMS = re.compile(r"(\[[^\[\]]*\]|<key [^>]*>|<member>)+$")
"""The items at the end of a reference: ``[0]`` of ``.kids[0]``."""
_COMPREHENSION = re.compile(r"\.<locals>\.<(list|set|dict)comp>")
"""From Python 3.12 on these have no frame of their own."""
_MADE_UP = r"""0x[0-9a-fA-F]+
    | (?<![A-Za-z0-9]) (?=[0-9a-fA-F-]*[0-9]) [0-9a-fA-F]{6,} (-[0-9a-fA-F]{4,})* (?![A-Za-z0-9])  # hashes, UUIDs
    | (?<![A-Za-z0-9]) tmp[a-z0-9_]{8} (?![A-Za-z0-9_])  # what tempfile calls its files
"""
_VARYING = re.compile(rf"{_MADE_UP} | \d+", re.VERBOSE)
_VARYING_IN_SOURCE = re.compile(_MADE_UP, re.VERBOSE)
_METHOD = "method"
_QUALIFIED_NAME = re.compile(r"(?:^|(?<=[. ]))(?:_*[A-Z]\w*|\w+(?=\.<locals>)|[^. ]+$)")
"""In a label, where the name of a class or function begins after that of its module, which may be a file made for a test."""


def signature(kind: Kind, words: Sequence[str]) -> str:
    """The rule and eight hexadecimal digits of a hash of the words.

    >>> signature(Kind.LEAK, ["app.session.Session"])
    'GCG003-ea28cdda'
    """
    digest = hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{kind.rule}-{digest[:8]}"


def cycle_words(path: Sequence[Step]) -> list[str]:
    """What names a cycle: types and references from the canonical starting point.

    >>> a, b = Step("A", ".kids[7]"), Step("B", ".parent")
    >>> cycle_words([a, b]) == cycle_words([b, a]) == ["A", ".kids[]", "B", ".parent"]
    True
    >>> a, b = Step("A", ".table['open']"), Step("method A.on_open", ".__self__")
    >>> cycle_words([a, b])
    ['A', '.table[]', 'method', '.__self__']
    """
    steps = [(_METHOD if _is_listed(path, at) else _name(step), blot(step.edge)) for at, step in enumerate(path)]
    turns = [steps[at:] + steps[:at] for at in range(len(steps))]
    return [word for step in min(turns, default=[]) for word in step]


def _is_listed(path: Sequence[Step], at: int) -> bool:
    """Whether a stop is one of the methods that an object keeps in a table of its own: which one is as good as a key."""
    step, before = path[at], path[at - 1]
    listed = len(path) == 2 and LAST_ITEMS.search(before.edge) is not None
    return listed and step.edge == ".__self__" and step.type.startswith(f"{_METHOD} ")


def _name(step: Step) -> str:
    """What a stop is called. A class or function that has a line in a file keeps the numbers in its name, which is the same in
    each run: `Layer1` and `Layer2` are two classes.

    >>> _name(Step("app.Model_17", ".me")), _name(Step("app.Layer1", ".me", "app.py", 3))
    ('app.Model_#', 'app.Layer1')
    """
    found = _QUALIFIED_NAME.search(step.type) if step.line is not None and not step.type.startswith("module ") else None
    if found is None:
        return blot(step.type)
    return blot(step.type[: found.start()]) + _VARYING_IN_SOURCE.sub("#", _without_items(step.type[found.start() :]))


@functools.lru_cache(maxsize=4096)
def blot(text: str) -> str:
    """A type or reference without what varies from run to run.

    >>> blot(".open['alice'][3]"), blot("frame of test_login_17"), blot("app.Model_550e8400e29b")
    ('.open[]', 'frame of test_login_#', 'app.Model_#')
    """
    return _VARYING.sub("#", _without_items(text))


def _without_items(text: str) -> str:
    return _COMPREHENSION.sub("", _ITEMS.sub("[]", text))
