"""What lives as long as the program, and everything that is put into it: modules, classes, functions, and what these hold.

Whoever puts a thing in must take it out again, or the place must hold it weakly, or it must have a limit.
"""

from __future__ import annotations

import functools
import queue
import weakref
from collections import deque
from collections.abc import Callable, Generator

# --- globals of a module ----------------------------------------------------------------------------------------------------


class Session:
    def __init__(self, user: str) -> None:
        self.user = user


OPEN: list[Session] = []
BY_USER: dict[str, list[Session]] = {}
LAST: dict[str, Session] = {}


def login(user: str) -> Session:
    OPEN.append(Session(user))
    return OPEN[-1]


def logout(session: Session) -> None:
    OPEN.remove(session)


def login_by_name(user: str) -> Session:
    session = Session(user)
    BY_USER.setdefault(user, []).append(session)
    return session


def logout_by_name(session: Session) -> None:
    BY_USER[session.user].remove(session)


def remember_last(session: Session) -> None:
    LAST[session.user] = session


# --- attributes of a class --------------------------------------------------------------------------------------------------


class Plugin:
    every: list[Plugin] = []

    def __init__(self) -> None:
        self.every.append(self)


class TidyPlugin:
    every: weakref.WeakSet[TidyPlugin] = weakref.WeakSet()

    def __init__(self) -> None:
        self.every.add(self)


class Currency:
    """One object for each amount, kept by the class, and never fewer."""

    made: dict[int, Currency] = {}
    next_amount = 0

    def __init__(self, amount: int) -> None:
        self.amount = amount

    @classmethod
    def of(cls, amount: int) -> Currency:
        if amount not in cls.made:
            cls.made[amount] = cls(amount)
        return cls.made[amount]

    @classmethod
    def of_the_next(cls) -> Currency:
        cls.next_amount += 1
        return cls.of(cls.next_amount)


class TidyCurrency:
    made: weakref.WeakValueDictionary[int, TidyCurrency] = weakref.WeakValueDictionary()
    next_amount = 0

    @classmethod
    def of_the_next(cls) -> TidyCurrency:
        cls.next_amount += 1
        return cls.made.setdefault(cls.next_amount, cls())


class Field:
    """A descriptor that keeps the value of each instance: the dictionary holds the instances as its keys."""

    def __init__(self) -> None:
        self.values: dict[object, object] = {}

    def __get__(self, instance: object, owner: type) -> object:
        return self if instance is None else self.values[instance]

    def __set__(self, instance: object, value: object) -> None:
        self.values[instance] = value


class TidyField(Field):
    def __init__(self) -> None:
        self.values = weakref.WeakKeyDictionary()


class Article:
    title = Field()


class TidyArticle:
    title = TidyField()


# --- what functions keep ----------------------------------------------------------------------------------------------------


class Event:
    pass


def seen(event: Event, earlier: list[Event] = []) -> int:
    """How many events were seen; the default argument is made once, with the function, and kept."""
    earlier.append(event)
    return len(earlier)


def seen_tidily(event: Event, earlier: list[Event] | None = None) -> int:
    earlier = [] if earlier is None else earlier
    earlier.append(event)
    return len(earlier)


def count(event: Event) -> int:
    """Counts in an attribute of the function itself."""
    count.events.append(event)
    return len(count.events)


count.events = []


def count_tidily(event: Event) -> int:
    count_tidily.number += 1
    return count_tidily.number


count_tidily.number = 0


def _recorder() -> tuple[Callable[[Event], None], Callable[[], None]]:
    events: list[Event] = []
    return events.append, events.clear


def _recording() -> Callable[[Event], None]:
    events: list[Event] = []

    def record(event: Event) -> None:
        events.append(event)

    return record


record = _recording()
record_tidily, clear_recorded = _recorder()


def _collecting() -> Generator[None, Event | None, None]:
    events = []
    while True:
        event = yield
        if event is None:
            events.clear()
        else:
            events.append(event)
            del event


COLLECTOR = _collecting()
next(COLLECTOR)

# --- containers that are written in C ---------------------------------------------------------------------------------------

UNDO: deque[Callable[[], None]] = deque()


class Drawing:
    def __init__(self) -> None:
        self.shapes: list[str] = []

    def draw(self, shape: str) -> None:
        self.shapes.append(shape)
        UNDO.append(functools.partial(self.remove, shape))

    def remove(self, shape: str) -> None:
        self.shapes.remove(shape)

    def close(self) -> None:
        for step in [step for step in UNDO if step.func.__self__ is self]:
            UNDO.remove(step)


MAILS: queue.Queue[Mail] = queue.Queue()
"""What is to be sent; somebody should take it out."""


class Mail:
    pass


# --- who listens ------------------------------------------------------------------------------------------------------------


class Bus:
    """Lives as long as the program, and tells everyone who ever listened."""

    def __init__(self) -> None:
        self.listeners: dict[str, list[Callable[[str], None]]] = {}

    def listen(self, topic: str, listener: Callable[[str], None]) -> None:
        self.listeners.setdefault(topic, []).append(listener)

    def leave(self, topic: str, listener: Callable[[str], None]) -> None:
        self.listeners[topic].remove(listener)

    def tell(self, topic: str, text: str) -> None:
        for listener in self.listeners[topic]:
            listener(text)


BUS = Bus()


class Dashboard:
    def __init__(self) -> None:
        self.news: list[str] = []
        BUS.listen("news", self.show)

    def show(self, text: str) -> None:
        self.news.append(text)

    def close(self) -> None:
        BUS.leave("news", self.show)


# --- files ------------------------------------------------------------------------------------------------------------------

LOCKS: dict[object, object] = {}
"""A lock for each file that was printed to, so that lines are not mixed."""


class Printer:
    """Keeps its file in a registry of the module, under the file itself."""

    def __init__(self, file: object) -> None:
        self.file = file
        LOCKS[file] = object()

    def close(self) -> None:
        del LOCKS[self.file]
