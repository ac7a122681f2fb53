"""The inert values that the rooms pass to each other.

Rules of this file: frozen, slotted, picklable; text and numbers only. Nothing here can hold an object of the program that
is watched, so nothing to the right of the look at the heap can become a leak itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

from pytest_gcguard.core.kinds import Kind, Origin


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """A line of source code; ``function`` is the qualified name of the code that the line is in."""

    file: str
    line: int
    function: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f" in {self.function}" if self.function else "")


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One object of a path and the reference that leads on from it.

    ``type`` is the label of the object (``app.tree.Node``, ``function app.tree.walk``), ``edge`` the reference as one would
    type it (``.parent``, ``.children[0]``, ``['key']``); in a holder chain the last step's edge is empty. The other two matter
    for a reference that is to be cut. ``weak``: the object that it leads to can be referred to weakly. ``raised``: it is a
    variable, and its function raises what is in it. ``target``: it leads to a bound ``method``, or to another ``object``
    that is no function either; empty where that is not known.
    """

    type: str
    edge: str
    file: str | None = None
    line: int | None = None
    weak: bool = True
    raised: bool = False
    target: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Cut:
    """The reference of ``type`` whose removal opens every cycle of a component: ``verified`` if that was tried on its graph.

    It stands for all references of that name in the component, since the same line of code stores them. Where several classes
    inherit that line, ``type`` is a class that they have in common. Where one reference is not enough, ``also`` has the
    others, all of them needed. ``partly``: this cut stands for several components that do not all need the whole of it; it is
    enough for all of them if it is verified, else for some.
    """

    type: str
    edge: str
    file: str | None = None
    line: int | None = None
    verified: bool = False
    hint: str = ""
    also: tuple[Step, ...] = ()
    partly: bool = False

    @property
    def parts(self) -> tuple[Cut | Step, ...]:
        """Every reference that is to be cut: this one, and the others."""
        return (self, *self.also)


@dataclasses.dataclass(frozen=True, slots=True)
class Cycle:
    """A strongly connected component of unreachable objects.

    ``path`` is a shortest cycle through its most telling objects (the last step's edge leads back to the first step),
    ``objects`` the size of the component with each instance's ``__dict__`` counted as part of its instance, ``retained`` how
    many objects outside of it die with it. ``hidden``: the test collected it itself. ``maker`` names the fixture that left it.
    ``shape`` is the pattern that it follows (a name of `pages`), or None; ``notes`` are facts to show. ``made_at`` are the
    lines that made its most telling object, where allocations were traced.
    """

    path: tuple[Step, ...]
    types: tuple[str, ...]
    origin: Origin
    objects: int
    retained: int = 0
    cut: Cut | None = None
    finalizer: bool = False
    hidden: bool = False
    maker: str = ""
    shape: str | None = None
    notes: tuple[str, ...] = ()
    made_at: tuple[Place, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Survivor:
    """How many objects of one type were made and are still alive."""

    type: str
    count: int
    origin: Origin | None = None


class Container(NamedTuple):
    """Something that holds objects: the way to it from a module's global (see `routes`), and its id.

    The way alone may lead to several objects of its type: with ``key`` 0 all of these are meant.
    """

    route: tuple[str, ...]
    key: int = 0


class WeakEntry(NamedTuple):
    """An entry of a WeakKeyDictionary, in words.

    ``mapping`` is an expression for the dictionary, ``item`` what its user writes after that to get the value
    (``[<app.Box>]``), ``value`` the expression for the value by way of the dictionary's own inside. For a WeakValueDictionary,
    whose keys may leak, ``value`` is the expression for its inside, and ``item`` is empty.

    ``new``: the value itself leaks, not only what was put into it. ``is_key``: the value is its own key. ``leads_to_key``: the
    value refers to its key, so that neither goes.
    """

    mapping: str
    item: str
    value: str
    new: bool = False
    is_key: bool = False
    leads_to_key: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Holder:
    """Why an object is alive: an expression for it, and the chain of references from a root.

    ``expression`` reads like code (``app.registry._OPEN['alice'][0]``); ``path`` starts at the root and ends at the object.
    ``bounded``: a cache holds it that lets go of its oldest entries; ``on_method``: such a cache, but for the arguments of a
    method. ``drained``: another thread may be about to empty what holds it. ``of_c``: only C code holds it. ``of_thread``: a
    function that runs in another thread holds it. ``runs``: a thread that runs is in the chain. ``outermost`` is the
    expression for the first object of the chain that leaks as well, such as a list that each run makes. ``per_thread``: it is
    what a `threading.local` itself keeps of each thread that has used it. ``route`` is the way to the object from a module's
    global, which can be walked again (see `routes`). ``container`` is what holds the first leaked object of the chain, or the
    cache with a limit in it, if that can be found again. ``entry`` is the entry of a weak dictionary that the chain goes
    through. ``places`` are the sources that may speak of the containers before the first leaked object, with a name each.
    """

    expression: str
    path: tuple[Step, ...]
    origin: Origin | None
    bounded: bool = False
    on_method: bool = False
    drained: bool = False
    of_c: bool = False
    of_thread: bool = False
    runs: bool = False
    per_thread: bool = False
    outermost: str = ""
    route: tuple[str, ...] = ()
    container: Container | None = None
    entry: WeakEntry | None = None
    places: tuple[tuple[str, str], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What the search for a holder found; ``cut_short`` says after how much it gave up, empty if it looked everywhere."""

    holder: Holder | None
    cut_short: str = ""

    @property
    def reached(self) -> bool:
        """Whether a root holds the object: then it is no garbage, and another search would say the same."""
        return self.holder is not None and not self.holder.of_c and not self.cut_short


@dataclasses.dataclass(frozen=True, slots=True)
class Leak:
    """A type whose count rose in every repeat, with one of its objects explained.

    ``growth`` has the first run's count and then the rise in each repeat. ``types`` starts with the leaked type, followed by
    what grows along with it; ``counted`` is the name that its growth was counted under. ``confirmed`` is false where the test
    could not be run again; ``why`` then says so. ``cut_short`` says after how much the search for its holder gave up.

    ``by_line``: only the line that made it says whose it is. ``share``: how many of its type a run leaves that are not part of
    other leaks, and how many in all; other leaks may have lists of their own, say. ``chained``: more objects of its type hang
    from the one that is explained than one run makes, as from the head of a linked list. ``held_beside``: something else that
    leaks holds it as well. ``weak``: it can be referred to weakly.
    """

    types: tuple[str, ...]
    growth: tuple[int, ...]
    origin: Origin
    objects: int
    retained: int = 0
    holder: Holder | None = None
    made_at: tuple[Place, ...] = ()
    confirmed: bool = True
    why: str = ""
    cut_short: str = ""
    counted: str = ""
    share: tuple[int, int] = (1, 1)
    chained: bool = False
    held_beside: bool = False
    by_line: bool = False
    weak: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class MemoryGrowth:
    """A line that keeps more memory after each repeat of a test, of a kind that gc does not track.

    ``type`` is the type of one of the objects that it made, ``growth`` has the bytes that each repeat added.
    """

    type: str
    growth: tuple[int, ...]
    origin: Origin
    made_at: tuple[Place, ...]
    holder: Holder | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Observation:
    """What one look at the heap saw; facts only, no opinion.

    ``before`` and ``after`` are objgraph's counts by type of the objects in view before and after the collection (filled only
    when there was something to collect), ``left`` those of the survivors, ``collected`` is what ``gc.collect()`` returned,
    ``nobodys`` counts the unreachable objects that class definitions, imports and the like leave behind.
    """

    cycles: tuple[Cycle, ...] = ()
    uncollectable: tuple[Cycle, ...] = ()
    survivors: tuple[Survivor, ...] = ()
    leaks: tuple[Leak, ...] = ()
    memory: tuple[MemoryGrowth, ...] = ()
    before: Mapping[str, int] = dataclasses.field(default_factory=dict)
    after: Mapping[str, int] = dataclasses.field(default_factory=dict)
    left: Mapping[str, int] = dataclasses.field(default_factory=dict)
    collected: int = 0
    nobodys: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a test did, as every report shows it; an unconfirmed one never fails a test.

    ``count`` is how many cycles or leaks of the test have this signature. ``fixture`` is the name and the scope of the
    wider-scoped fixture that left it, None where the test did. ``shape`` names the pattern that it follows; ``python -m
    pytest_gcguard explain`` has a page on each.
    """

    signature: str
    kind: Kind
    origin: Origin
    title: str
    types: tuple[str, ...]
    path: tuple[Step, ...] = ()
    cut: Cut | None = None
    holder: str | None = None
    made_at: tuple[Place, ...] = ()
    growth: tuple[int, ...] | None = None
    objects: int = 0
    retained: int = 0
    count: int = 1
    confirmed: bool = True
    notes: tuple[str, ...] = ()
    shape: str | None = None
    fixture: tuple[str, str] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What a policy makes of an observation: every finding, those that fail the test, the signatures that are let through."""

    findings: tuple[Finding, ...] = ()
    failures: tuple[Finding, ...] = ()
    known: frozenset[str] = frozenset()
