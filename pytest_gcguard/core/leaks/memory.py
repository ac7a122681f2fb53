"""Memory that gc does not track (text, bytes, arrays): which lines keep more of it after every repeat, and what holds it.

`tracemalloc` knows for each block that is alive which lines asked for it, so what a line keeps after one repeat of a test can
be compared with what it keeps after the next. A line counts only if it keeps more every time, if it is not where objects that
gc tracks are made (those are leaks, with a rule of their own), and if an object that it made is found on the heap: blocks that
no object of Python refers to are interned text, caches and free lists of the interpreter, which no program can let go.

Rules of this file: needs a trace that runs; the guard's own blocks and pytest's are left out; only text and numbers leave it.
"""

from __future__ import annotations

import array
import dataclasses
import sys
import tracemalloc
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, compress, filterfalse, pairwise, repeat
from operator import is_
from typing import Any, cast

from pytest_gcguard.core.heap import generations, walks
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.leaks import effort
from pytest_gcguard.core.model import Holder, MemoryGrowth, Place
from pytest_gcguard.core.objects import describe, paths
from pytest_gcguard.core.origins import tracing
from pytest_gcguard.core.origins.origin import Origins
from pytest_gcguard.core.unpatched import gc

Line = tuple[str, int]
_CHUNK = 1_000
_SECONDS = 10.0
"""How many seconds of processor time the search for objects made by some lines may take."""
_NESTED = 3
"""How many untracked containers inside of each other are looked into."""
_GRAIN = 16
"""The allocator hands out multiples of this: a value that is replaced by one that is a byte longer is no growth."""
_LINES = 10
"""How many lines of one test are explained."""
_WAYS = 4
"""How many examples of a line are looked at, each from another caller: one may use a cache, another may not."""

Examples = dict[Line, list["Example"]]


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """What is allocated at one moment: the interpreter's count of blocks, and for each line that asked for traced memory the
    bytes and the size of its largest block.
    """

    blocks: int
    kept: Mapping[Line, int]
    largest: Mapping[Line, int] = dataclasses.field(default_factory=dict)


def read(origins: Origins) -> Reading:
    """What each line keeps now, without the lines that the harness runs; to be asked after a full collection.

    >>> tracemalloc.start()
    >>> read(Origins(None)).blocks > 1000
    True
    >>> tracemalloc.stop()
    """
    blocks = sys.getallocatedblocks()
    kept: dict[Line, int] = {}
    largest: dict[Line, int] = {}
    whose: dict[object, Line | None] = {}
    for trace in tracemalloc.take_snapshot().traces:
        frames = trace.traceback
        if frames not in whose:
            whose[frames] = _asking(frames, origins)
        line = whose[frames]
        if line is not None:
            kept[line] = kept.get(line, 0) + -(-trace.size // _GRAIN) * _GRAIN
            largest[line] = max(largest.get(line, 0), trace.size)
    return Reading(blocks, kept, largest)


def _asking(frames: Sequence[tracemalloc.Frame], origins: Origins) -> Line | None:
    """The innermost line that has a file; None where the harness asked, itself or through the standard library."""
    line: Line | None = None
    for frame in reversed(frames):
        origin = origins.of_file(frame.filename)
        if origin is Origin.HARNESS:
            return None
        if line is None and origin is not None:
            line = frame.filename, frame.lineno
        if origin in (Origin.OWN, Origin.LIBRARY):
            break
    return line


def risen(readings: Sequence[Reading]) -> dict[Line, tuple[int, ...]]:
    """The lines that keep more in each reading than in the one before, and by how many bytes.

    >>> a, b = ("a.py", 1), ("b.py", 1)
    >>> risen([Reading(0, {}), Reading(5, {a: 10, b: 10}), Reading(9, {a: 20, b: 10})])
    {('a.py', 1): (10, 10)}
    """
    rises = {
        line: tuple(after.kept.get(line, 0) - before.kept.get(line, 0) for before, after in pairwise(readings))
        for line in (readings[-1].kept if readings else ())
    }
    return {line: steps for line, steps in rises.items() if steps and min(steps) > 0}


@dataclasses.dataclass(frozen=True, slots=True)
class Example:
    """An object that a line made, and the lines that led to its making, innermost first; dropped after the look.

    ``boxes`` are the untracked containers that lead to it, beginning with the one that a tracked object refers to.
    """

    obj: object
    boxes: tuple[object, ...]
    made_at: tuple[Place, ...]

    def holder(self, find: Callable[[object, Sequence[object]], Holder | None]) -> Holder | None:
        """Who holds it: the search finds the holder of its outermost box, and the rest of the way is added here."""
        path = (*self.boxes, self.obj)
        found = find(path[0], path[1:])
        if found is None or not self.boxes:
            return found
        steps = paths.along(path)
        expression = found.expression + "".join(step.edge for step in steps)
        return Holder(expression, (*found.path[:-1], *steps), found.origin, found.bounded, runs=found.runs)


def examples(
    lines: Collection[Line], tracked: Sequence[object], origins: Origins, largest: Mapping[Line, int] | None = None
) -> Examples:
    """For each line, untracked objects that it made and that some object on the heap refers to.

    A line gets one object for each of a few callers; the search ends when each line has at least one. A bytearray or an array
    that a line has made larger is one, too: its memory is one block, recognised by the size of the ``largest`` of the line.

    ``tracked`` are the survivors that gc tracks: a line that made one of them, or something they refer to, gets none. The
    latest objects are looked at first, since what grows is new. Needs a thawed heap and a running trace.
    """
    mine = set(map(_line_of, _with_referents(tracked)))
    wanted = frozenset(line for line in lines if line not in mine)
    found: Examples = {}
    grown = {size: line for line, size in (largest or {}).items() if line in wanted and size > _GRAIN}
    until = effort.spent() + _SECONDS
    objects = generations.without_interned(generations.visible()) if wanted else []
    # nothing is noted down on the way: every number that is made here would be traced as well
    for end in range(len(objects), 0, -_CHUNK):
        levels = [objects[max(0, end - _CHUNK) : end]]
        for buffer in filter(_is_buffer, levels[0]):
            line = grown.get(_block_of(buffer))
            if line is not None:
                found.setdefault(line, [Example(buffer, (), ())])
        while levels[-1] and len(levels) <= _NESTED:
            boxes = [box for box in levels[-1] if _is_dict(box) or type(box) is tuple] if levels[1:] else levels[-1]
            levels.append(list(filterfalse(gc.is_tracked, gc.get_referents(*boxes))))
            # a dictionary whose keys are all texts does not show them to the collector
            dicts: Any = filter(_is_dict, levels[-2])
            keys = chain.from_iterable(map(dict.keys, dicts))
            leaves = list(_leaves([*levels[-1], *keys], grown))
            for leaf, line in leaves:
                if line in wanted and _is_further(leaf, found.get(line, ())) and not _is_count(levels, leaf, line, leaves):
                    example = Example(leaf, _boxes(levels, leaf), tracing.made_at(leaf, origins))
                    found.setdefault(line, []).append(example)
        if len(found) == len(wanted) or effort.spent() > until:
            break
    return found


def _is_further(leaf: object, known: Sequence[Example]) -> bool:
    """Whether an object was made by way of another caller than the known ones, and there is room for it."""
    return len(known) < _WAYS and tracemalloc.get_object_traceback(leaf) not in map(_trace_of, known)


def _trace_of(example: Example) -> object:
    return tracemalloc.get_object_traceback(example.obj)


def _leaves(objects: Sequence[object], grown: Mapping[int, Line]) -> Iterator[tuple[object, Line]]:
    """The objects that a line made, each with the line; and those whose block has the size of one that a line made larger."""
    for leaf in compress(objects, map(tracemalloc.get_object_traceback, objects)):
        line = _line_of(leaf)
        if line is not None:
            yield leaf, line
    for buffer in filter(_is_buffer, objects) if grown else ():
        line = grown.get(_block_of(buffer))
        if line is not None:
            yield buffer, line


def _boxes(levels: Sequence[Sequence[object]], leaf: object) -> tuple[object, ...]:
    """The containers that lead to an object of the last level: the untracked ones, and a dictionary that has it as a key."""
    path = [leaf]
    for level in reversed(levels[:-1]):
        box = _first_holding(level, path[-1])
        if gc.is_tracked(box) and not any(key is path[-1] for key in _keys(box)):
            break  # who holds the one before can be asked
        path.append(box)
    return tuple(reversed(path[1:]))


def _first_holding(boxes: Sequence[object], held: object) -> object:
    """The first of some boxes that refers to an object; one of them does. Asked by halves, since one call asks very many."""
    while len(boxes) > 1:
        half = boxes[: len(boxes) // 2]
        keys = chain.from_iterable(map(dict.keys, cast("Iterable[dict[object, object]]", filter(_is_dict, half))))
        is_in = any(map(is_, gc.get_referents(*half), repeat(held))) or any(map(is_, keys, repeat(held)))
        boxes = half if is_in else boxes[len(half) :]
    return boxes[0]


def _is_count(levels: Sequence[Sequence[object]], leaf: object, line: Line, leaves: Iterable[tuple[object, Line]]) -> bool:
    """Whether an object is a number in an attribute that replaces another number, and only seems to be growth.

    Small numbers are shared, so memory rises when a counter grows beyond them; of many counters, another one may do so in each
    run. A number that is the only one of its line replaces another one, too, wherever it is.
    """
    if type(leaf) is not int and type(leaf) is not float:
        return False
    if not any(other is not leaf and of == line for other, of in leaves):
        return True
    return not any(paths.is_container(box) and not _is_namespace(box) for box in _holding(levels[-2], leaf))


def _holding(boxes: Sequence[object], leaf: object) -> Iterator[object]:
    """Those that refer to a number. The collector is asked first: to look into each box takes ten times as long."""
    for box in walks.get_referrers(leaf):
        if any(map(is_, boxes, repeat(box))):
            yield box
    for box in filterfalse(gc.is_tracked, boxes):  # it does not know these
        if _holds(box, leaf):
            yield box


def _is_namespace(box: object) -> bool:
    return _is_dict(box) and any(describe.instance_dict(owner) is box for owner in walks.get_referrers(box))


def _holds(box: object, held: object) -> bool:
    return any(each is held for each in chain(gc.get_referents(box), _keys(box)))


def _is_dict(box: object) -> bool:
    return issubclass(type(box), dict)


def _keys(box: Any) -> Iterable[object]:
    return dict.keys(box) if _is_dict(box) else ()


def _is_buffer(obj: object) -> bool:
    """Whether an object keeps its contents in one block of memory, which it makes larger when needed."""
    return type(obj) is bytearray or type(obj) is array.array


def _block_of(buffer: Any) -> int:
    """The size of that block."""
    return int(buffer.__sizeof__()) - int(type(buffer).__basicsize__)


def explain(
    rises: Mapping[Line, tuple[int, ...]],
    found: Mapping[Line, Sequence[Example]],
    origins: Origins,
    find_holder: Callable[[object, Sequence[object]], Holder | None],
) -> tuple[MemoryGrowth, ...]:
    """The growth of the lines that have an example, the most first, with the holder of one that not only a cache holds.

    A line has none where caches with a limit hold all its examples. Needs a thawed heap.
    """
    lines = sorted(found, key=lambda line: (-rises[line][-1], line))[:_LINES]
    explained = []
    for line in lines:
        holders = ((example, example.holder(find_holder)) for example in found[line])
        example, holder = next(((each, holder) for each, holder in holders if not (holder and holder.bounded)), (None, None))
        if example is not None:
            growth = MemoryGrowth(
                type=describe.type_name(type(example.obj)),
                growth=rises[line],
                origin=origins.of_file(line[0]) or Origin.STDLIB,
                made_at=example.made_at or (Place(*origins.written(*line)),),
                holder=holder,
            )
            explained.append(growth)
    return tuple(explained)


def _with_referents(objects: Sequence[object]) -> Iterator[object]:
    yield from objects
    for start in range(0, len(objects), _CHUNK):
        yield from gc.get_referents(*objects[start : start + _CHUNK])


def _line_of(obj: object) -> Line | None:
    trace = tracemalloc.get_object_traceback(obj)
    return (trace[-1].filename, trace[-1].lineno) if trace else None
