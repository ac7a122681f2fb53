"""Containers that hold what holds them: lists, dictionaries, sets, and those that are written in C.

The collector follows them like attributes, and so does a cycle: what an object keeps in a container it keeps alive.
"""

from __future__ import annotations

import functools
import itertools
import weakref
from collections import ChainMap, OrderedDict, defaultdict, deque
from collections.abc import Iterable, Iterator

# --- plain containers -------------------------------------------------------------------------------------------------------


def ring(names: list[str]) -> list:
    """A list of names that starts again at its end."""
    first: list = []
    last = first
    for name in names:
        last[:] = [name, []]
        last = last[1]
    last[:] = [names[0], first]
    return first


def chain(names: list[str]) -> list:
    """The same with an end."""
    linked: list = []
    for name in reversed(names):
        linked = [name, linked]
    return linked


def scope(**names: object) -> dict[str, object]:
    """The names that a script sees, the dictionary of them among them."""
    names["scope"] = names
    return names


def tidy_scope(**names: object) -> dict[str, object]:
    return {**names, "scope": dict(names)}


# --- keys and members -------------------------------------------------------------------------------------------------------


class Station:
    """Knows how far it is to others, and to itself."""

    def __init__(self) -> None:
        self.distances: dict[Station, int] = {self: 0}


class TidyStation:
    def __init__(self) -> None:
        self.distances: weakref.WeakKeyDictionary[TidyStation, int] = weakref.WeakKeyDictionary({self: 0})


class Person:
    def __init__(self) -> None:
        self.friends: set[Person] = set()

    def befriend(self, other: Person) -> None:
        self.friends.add(other)
        other.friends.add(self)


class TidyPerson:
    def __init__(self) -> None:
        self.friends: weakref.WeakSet[TidyPerson] = weakref.WeakSet()

    def befriend(self, other: TidyPerson) -> None:
        self.friends.add(other)
        other.friends.add(self)


# --- containers that are written in C ---------------------------------------------------------------------------------------


class Editor:
    """Keeps the states that it was in, newest last, to undo them."""

    def __init__(self) -> None:
        self.history: deque[State] = deque(maxlen=100)

    def edit(self) -> None:
        self.history.append(State(self))

    def edit_tidily(self) -> None:
        self.history.append(State(None))


class State:
    def __init__(self, editor: Editor | None) -> None:
        self.editor = editor


class Inventory:
    """Makes a shelf when it is first asked for one."""

    def __init__(self) -> None:
        self.shelves: defaultdict[str, list[str]] = defaultdict(self.shelf)

    def shelf(self) -> list[str]:
        return []


class TidyInventory:
    def __init__(self) -> None:
        self.shelves: defaultdict[str, list[str]] = defaultdict(list)


class Recent:
    """A cache of the last few, whose entries know the cache to remove themselves from it."""

    def __init__(self) -> None:
        self.entries: OrderedDict[str, Entry] = OrderedDict()

    def add(self, name: str) -> None:
        self.entries[name] = Entry(self, name)

    def clear(self) -> None:
        self.entries.clear()


class Entry:
    def __init__(self, cache: Recent, name: str) -> None:
        self.cache = cache
        self.name = name


class Form:
    """Looks up values in what was sent, then in its defaults; a field named ``form`` is the form itself."""

    def __init__(self, sent: dict[str, object]) -> None:
        self.values: ChainMap[str, object] = ChainMap(sent, {"form": self})


class TidyForm:
    def __init__(self, sent: dict[str, object]) -> None:
        self.values: ChainMap[str, object] = ChainMap(sent, {"form": "form"})


class Download:
    """Prepares what to do when it fails."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.retry = functools.partial(self.fetch, attempts=3)

    def fetch(self, attempts: int) -> str:
        return f"{self.address} in {attempts} attempts"


class TidyDownload:
    """Prepares it when it fails."""

    def __init__(self, address: str) -> None:
        self.address = address

    def fetch(self, attempts: int) -> str:
        return f"{self.address} in {attempts} attempts"

    def retry(self) -> str:
        return self.fetch(attempts=3)


class Reader:
    """Reads rows one by one, each converted as it is read."""

    def __init__(self, rows: Iterable[str]) -> None:
        self.rows = map(self.convert, rows)

    def convert(self, row: str) -> int:
        return int(row)


class TidyReader:
    def __init__(self, rows: Iterable[str]) -> None:
        self.rows = map(int, rows)


class Team:
    """Whose turn it is: the members in turn, the captain first."""

    def __init__(self, members: Iterable[str]) -> None:
        self.turns: Iterator[object] = itertools.chain([self], members)


class TidyTeam:
    def __init__(self, members: Iterable[str]) -> None:
        self.members = list(members)

    def turns(self) -> Iterator[object]:
        return itertools.chain([self], self.members)


class Playlist(list):
    """Remembers where it is."""

    def __init__(self, songs: Iterable[str]) -> None:
        super().__init__(songs)
        self.position = iter(self)


class TidyPlaylist(list):
    def play(self) -> Iterator[str]:
        return iter(self)
