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
    type it (``.parent``, ``.children[0]``, ``['key']``); in a holder chain the last step's edge is empty. ``weak`` of one that
    is to be cut: a weak reference can stand there, as far as the object goes that it leads to; ``raised``: it is a variable of
    which the function raises what is in it.
    """

    type: str
    edge: str
    file: str | None = None
    line: int | None = None
    weak: bool = True
    raised: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Cut:
    """The reference of ``type`` whose removal opens every cycle of the component (verified on the captured graph).

    It stands for all references of that name in the component: they are stored by the same line of code. Where that line is
    inherited by the classes of several objects in it, ``type`` is one that they have in common. Where one is not
    enough, ``also`` has the others; each of them is needed. ``partly``: this stands for several components, and what is needed
    of it is not the same in all; it is enough for each if it is verified, else for some.
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
    many objects outside of it die with it. ``hidden``: the test collected it itself; ``maker`` names the fixture that left it.
    ``shape`` is the pattern that it follows (a name of `pages`), None where it follows none; ``notes`` are facts to show.
    ``made_at`` are the lines that made the first of its most telling objects, where allocations were traced.
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
    """What holds objects: the way to it from a module's global (see `routes`), and its id: there may be others of its type."""

    route: tuple[str, ...]
    key: int


class WeakEntry(NamedTuple):
    """An entry of a WeakKeyDictionary, as words: ``mapping`` is an expression for the dictionary, ``item`` for what is at the
    key as its user writes it (``[<app.Box>]``), ``value`` for the same by way of what the dictionary has inside. Of a
    WeakValueDictionary, whose keys may leak, ``value`` is what it has inside and ``item`` is empty.

    ``new``: the value leaks, not only what was put into it. ``is_key``: it is the key itself; ``leads_to_key``: it refers to
    the key, so that neither goes.
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
    ``bounded``: a cache holds it that lets go of its oldest entries; ``of_c``: nothing of Python's does; ``of_thread``: a
    function that runs in another thread does. ``outermost`` is the expression for the first object of the chain that leaks as
    well, as a list that each run makes and puts there. ``route`` is the way to the object from a module's global, to be walked
    again (see `routes`). ``container``: what was there before and holds it, or has a limit, if it can be found again.
    ``entry``: that of a weak dictionary by way of which it is held.
    """

    expression: str
    path: tuple[Step, ...]
    origin: Origin | None
    bounded: bool = False
    of_c: bool = False
    of_thread: bool = False
    outermost: str = ""
    route: tuple[str, ...] = ()
    container: Container | None = None
    entry: WeakEntry | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What the search for a holder found; ``cut_short`` says after what it gave up before it had looked everywhere."""

    holder: Holder | None
    cut_short: str = ""

    @property
    def reached(self) -> bool:
        """Whether a root was found that holds the object: it is no garbage, and a further search would say the same."""
        return self.holder is not None and not self.holder.of_c and not self.cut_short


@dataclasses.dataclass(frozen=True, slots=True)
class Leak:
    """A type whose count rose in every repeat, with one of its objects explained.

    ``growth`` has the first run's count and then the rise in each repeat; ``types`` starts with the leaked type, what grows
    along with it follows, ``counted`` is the name that its growth was counted under. ``confirmed`` is false where the test
    could not be run again; ``why`` then says so. ``cut_short`` says after what the search for its holder gave up. ``by_line``:
    nothing but the line that made it says whose it is. ``share``: of so many of its type that a run leaves (the second number)
    so many are not part of other leaks; of lists, say, of which others have some as well. ``chained``: from the one that is
    explained more of its type hang than one run makes, as from the head of a linked list. ``held_beside``: something else that
    leaks holds it as well, beside its holder. ``weak``: there are weak references to it.
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
    """A line that keeps more memory that gc does not track after each repeat of a test.

    ``type`` is that of one of the objects that it made, ``growth`` has the bytes that each repeat added.
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

    ``fixture`` is the name and the scope of the wider-scoped fixture that left it, None where a test did.
    ``shape`` names the pattern that it follows; `python -m pytest_gcguard explain` has a page on each.
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
    """What a policy makes of an observation: every finding, those that fail the test, the signatures let through."""

    findings: tuple[Finding, ...] = ()
    failures: tuple[Finding, ...] = ()
    known: frozenset[str] = frozenset()
