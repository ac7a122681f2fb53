"""The pages that explain a rule or a shape: what happens, an example of it, its mended twin, and the ways to mend it.

Rules of this file: the pages are Markdown files of the package, ``pages/NAME.md``; nothing else decides which there are. Each
has a title ``# NAME…``, and one block of code under ``## Leaky`` and one under ``## Mended``; tests run these.
"""

from __future__ import annotations

import functools
import re
from importlib import resources

_NAME = re.compile(r"GCG\d{3}|[a-z]+(-[a-z]+)*")


def names() -> tuple[str, ...]:
    """The names of all pages: the rules, then the shapes, each in alphabetical order.

    >>> names()[:2]
    ('GCG001', 'GCG002')
    """
    files = resources.files("pytest_gcguard").joinpath("pages").iterdir()
    return tuple(sorted(file.name.removesuffix(".md") for file in files if file.name.endswith(".md")))


def page(name: str) -> str:
    """The page on a rule or a shape, as Markdown; raises `ValueError` with the names of all pages if there is none.

    >>> page("GCG002").splitlines()[0]
    '# GCG002 cycle: a test leaves a reference cycle'
    >>> page("GCG009")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: there is no page on 'GCG009'; there is one on GCG001, GCG002, GCG003, GCG004, bound-method, ...
    """
    known = names()
    wanted = name.upper() if name.upper() in known else name.lower()
    if not _NAME.fullmatch(wanted) or wanted not in known:
        raise ValueError(f"there is no page on {name!r}; there is one on {', '.join(known)}")
    return resources.files("pytest_gcguard").joinpath("pages", f"{wanted}.md").read_text(encoding="utf-8")


@functools.lru_cache(maxsize=64)  # a report asks once a finding
def line(name: str) -> str:
    """What a rule or a shape is, in one line, from the title of its page; empty where there is no page.

    >>> line("parent-child"), line("no-such-shape")
    ('a child refers to the parent that holds it', '')
    """
    return page(name).partition("\n")[0].partition(": ")[2] if name in names() else ""


def code(name: str, title: str) -> str:
    """The block of code under a title of a page.

    >>> code("parent-child", "Mended").splitlines()[0]
    'import weakref'
    """
    section = page(name).partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return section.partition("```python\n")[2].partition("```")[0]
