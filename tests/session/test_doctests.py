"""Doctests: what their examples leave is told with lines that people can open."""

from __future__ import annotations

import pytest
from mini import again

MODULE = '''\
class Thing: ...


KEPT = []


def keeps():
    """Keeps one.

    >>> from lib import Thing, KEPT
    >>> KEPT.append(
    ...     Thing())
    """


class Handles:
    def method(self):
        """
        >>> import logging
        >>> logging.getLogger("lib").addHandler(logging.Handler())
        """


def fails():
    """
    >>> def work():
    ...     try:
    ...         raise ValueError
    ...     except ValueError as error:
    ...         failure = error
    >>> work()
    """


def grows():
    """
    >>> from lib import KEPT
    >>> KEPT.append(b"x" * 100_000)
    """
'''
TEXT = """\
A text.

>>> import logging
>>> def accepts(record):
...     return True
>>> logging.getLogger("text").addFilter(accepts)
"""


def test_lines_of_examples_are_those_of_their_file(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(lib=MODULE)
    pytester.maketxtfile(guide=TEXT)
    seen = again(pytester, "lib.py", "guide.txt", "--doctest-modules", "--doctest-glob=*.txt", "--gcguard-memory")
    assert "<doctest" not in seen.text
    assert "<doctest" not in str(seen.report)
    made = {}
    for name in ("lib.keeps", "lib.Handles.method", "lib.grows", "guide.txt"):
        places = seen.one(name)["made_at"]
        made[name] = places[0]["file"], places[0]["line"], places[0]["function"]
    assert made == {
        "lib.keeps": ("lib.py", 12, "keeps"),
        "lib.Handles.method": ("lib.py", 20, "Handles.method"),
        "lib.grows": ("lib.py", 38, "grows"),
        "guide.txt": ("guide.txt", 4, None),
    }
    cut = seen.one("lib.fails")["cut"]
    assert (cut["file"], cut["line"]) == ("lib.py", 30)
    # what is held by the standard library, and of its type, is the project's by the line that made it
    assert seen.told("lib.Handles.method") == [("GCG003", "own", "failed")]
    assert seen.told("guide.txt") == [("GCG003", "own", "failed")]


def test_a_class_of_an_example_is_the_projects_whatever_runs_it(pytester: pytest.Pytester) -> None:
    pytester.maketxtfile(
        guide="""
        >>> class Node: pass
        >>> def work():
        ...     node = Node()
        ...     node.me = node
        >>> work()
        """
    )
    for options in ((), ("-n1",)):
        seen = again(pytester, "guide.txt", "--doctest-glob=*.txt", *options)
        assert (seen.one("guide.txt")["title"], seen.one("guide.txt")["origin"]) == ("__main__.Node → .me", "own"), seen.text
