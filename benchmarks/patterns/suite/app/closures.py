"""Functions that hold what holds them.

A function inside another holds the variables that it uses, a bound method its object. Kept by that object, or under a name that
the function itself uses, they make a cycle.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

Tree = dict[str, Any]

# --- functions that call themselves and each other --------------------------------------------------------------------------


def depth(tree: Tree) -> int:
    def below(branch: Tree) -> int:
        return 1 + max(map(below, branch.values()), default=0)

    return below(tree)


def depth_tidily(tree: Tree) -> int:
    return 1 + max(map(depth_tidily, tree.values()), default=0)


def is_even(number: int) -> bool:
    def even(n: int) -> bool:
        return n == 0 or odd(n - 1)

    def odd(n: int) -> bool:
        return n > 0 and even(n - 1)

    return even(number)


def is_even_tidily(number: int) -> bool:
    def even(n: int) -> bool:
        return n % 2 == 0

    return even(number)


# --- what is kept by its owner ----------------------------------------------------------------------------------------------


class Button:
    """A lambda that closes over ``self`` is kept by that very object."""

    def __init__(self) -> None:
        self.clicks = 0
        self.on_click: Callable[[], None] = lambda: self.count()

    def count(self) -> None:
        self.clicks += 1


class TidyButton:
    """What to do is a method; a subclass may do something else."""

    def __init__(self) -> None:
        self.clicks = 0

    def on_click(self) -> None:
        self.clicks += 1


class Parser:
    """Chooses one of its methods once."""

    def __init__(self, kind: str) -> None:
        self.parse = self.parse_number if kind == "number" else self.parse_text

    def parse_number(self, text: str) -> object:
        return int(text)

    def parse_text(self, text: str) -> object:
        return text


class TidyParser:
    """Chooses the function, not the bound method."""

    def __init__(self, kind: str) -> None:
        self._parse = TidyParser.parse_number if kind == "number" else TidyParser.parse_text

    def parse(self, text: str) -> object:
        return self._parse(self, text)

    def parse_number(self, text: str) -> object:
        return int(text)

    def parse_text(self, text: str) -> object:
        return text


class Shell:
    """Finds its commands in a table."""

    def __init__(self) -> None:
        self.commands = {"help": self.help, "quit": self.quit}

    def help(self) -> str:
        return "help, quit"

    def quit(self) -> str:
        return "bye"


class TidyShell:
    """Finds the names of its commands in a table."""

    commands = {"help": "help", "quit": "quit"}

    def help(self) -> str:
        return "help, quit"

    def run(self, command: str) -> str:
        return getattr(self, self.commands[command])()


class Subject:
    def __init__(self) -> None:
        self.observers: list[Callable[[], None]] = []


class Chart:
    """Observes what it shows."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        subject.observers.append(self.draw)

    def draw(self) -> None:
        pass


class TidyChart:
    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        subject.observers.append(weakref.WeakMethod(self.draw))

    def draw(self) -> None:
        pass


# --- functions with attributes and defaults ---------------------------------------------------------------------------------


def counted(function: Callable[[], object]) -> Callable[[], object]:
    """Counts the calls in an attribute of the function that it returns."""

    def call() -> object:
        call.times += 1
        return function()

    call.times = 0
    return call


def tidily_counted(function: Callable[[], object]) -> Callable[[], object]:
    """Counts them in a variable."""
    times = 0

    def call() -> object:
        nonlocal times
        times += 1
        return function()

    return call


def visitor() -> Callable[[Tree], int]:
    """A function that finds itself in its default argument."""
    functions: dict[str, Callable[..., int]] = {}

    def visit(branch: Tree, functions: dict[str, Callable[..., int]] = functions) -> int:
        return 1 + sum(functions["visit"](child) for child in branch.values())

    functions["visit"] = visit
    return visit


def tidy_visitor() -> Callable[[Tree], int]:
    return lambda branch: depth_tidily(branch)


class Lamp:
    """A lamp, and functions to switch it, which the lamp has as attributes."""

    switch: Callable[[], None]
    is_on = False


def lamp() -> Lamp:
    made = Lamp()

    def switch() -> None:
        made.is_on = not made.is_on

    made.switch = switch
    return made


def tidy_lamp() -> tuple[Lamp, Callable[[], None]]:
    made = Lamp()

    def switch() -> None:
        made.is_on = not made.is_on

    return made, switch


# --- the globals of code that is run ----------------------------------------------------------------------------------------

_RULE = "def price(net): return net * 119 // 100"


def rule() -> dict[str, Any]:
    """Runs a rule that a user has written; the function that it defines holds the globals, which hold the function."""
    names: dict[str, Any] = {}
    exec(_RULE, names)
    return names


# --- a cell in the middle ---------------------------------------------------------------------------------------------------


def countdown(start: int) -> Iterator[int]:
    """Kept by nobody, not even by itself: a look-alike."""

    def step(number: int) -> int:
        return number - 1

    while start:
        yield start
        start = step(start)
