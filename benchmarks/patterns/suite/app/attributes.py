"""Objects that refer to each other by their attributes.

A child that knows its parent makes a cycle, since the parent knows the child. The way back is what to cut: by a weak reference,
by passing the parent to the method that needs it, or by clearing it when the work is done.
"""

from __future__ import annotations

import dataclasses
import types
import weakref

# --- parent and child -------------------------------------------------------------------------------------------------------


class Page:
    def __init__(self) -> None:
        self.parts: list[Part | TidyPart] = []


class Part:
    def __init__(self, page: Page) -> None:
        self.page = page
        page.parts.append(self)


class TidyPart:
    def __init__(self, page: Page) -> None:
        self._page = weakref.ref(page)
        page.parts.append(self)

    @property
    def page(self) -> Page | None:
        return self._page()


# --- an object that refers to itself ----------------------------------------------------------------------------------------


class Style:
    """A style without a base is its own base."""

    def __init__(self, base: Style | None = None) -> None:
        self.base = base or self


class TidyStyle:
    """A style without a base answers with itself when it is asked."""

    def __init__(self, base: TidyStyle | None = None) -> None:
        self._base = base

    @property
    def base(self) -> TidyStyle:
        return self._base or self


# --- slots ------------------------------------------------------------------------------------------------------------------


class Engine:
    __slots__ = ("car",)

    def __init__(self, car: Car) -> None:
        self.car = car


class Car:
    __slots__ = ("engine",)

    def __init__(self) -> None:
        self.engine: Engine | None = Engine(self)

    def scrap(self) -> None:
        self.engine = None


# --- the storage of a property ----------------------------------------------------------------------------------------------


class Account:
    def __init__(self) -> None:
        self.cards: list[Card] = []


class Card:
    """Both sides are set at once, so that they cannot disagree."""

    def __init__(self) -> None:
        self._holder: Account | None = None

    @property
    def holder(self) -> Account | None:
        return self._holder

    @holder.setter
    def holder(self, account: Account) -> None:
        self._holder = account
        account.cards.append(self)

    def block(self) -> None:
        self._holder = None


# --- a list whose items know their neighbours -------------------------------------------------------------------------------


class Song:
    def __init__(self, previous: Song | None = None) -> None:
        self.prev = previous
        self.next: Song | None = None
        if previous is not None:
            previous.next = self


class TidySong:
    def __init__(self, previous: TidySong | None = None) -> None:
        self.prev = weakref.ref(previous) if previous is not None else None
        self.next: TidySong | None = None
        if previous is not None:
            previous.next = self


# --- generated classes ------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(eq=False)
class Invoice:
    lines: list[Line] = dataclasses.field(default_factory=list)

    def add(self, amount: int) -> Line:
        self.lines.append(Line(amount, self))
        return self.lines[-1]


@dataclasses.dataclass(eq=False)
class Line:
    amount: int
    invoice: Invoice | None = None


# --- a dictionary whose items are its attributes ----------------------------------------------------------------------------


class Options(dict):
    """Lets ``options.name`` stand for ``options["name"]``: the dictionary is its own ``__dict__``."""

    def __init__(self, **items: object) -> None:
        super().__init__(**items)
        self.__dict__ = self


class TidyOptions(dict):
    def __getattr__(self, name: str) -> object:
        return self[name]


# --- a ring of three --------------------------------------------------------------------------------------------------------


class Customer:
    def __init__(self) -> None:
        self.cart: Cart | None = None


class Cart:
    def __init__(self) -> None:
        self.order: Order | None = None


class Order:
    def __init__(self, customer: Customer | None) -> None:
        self.customer = customer


def order() -> Customer:
    customer = Customer()
    customer.cart = Cart()
    customer.cart.order = Order(customer)
    return customer


def order_tidily() -> Customer:
    customer = Customer()
    customer.cart = Cart()
    customer.cart.order = Order(None)
    return customer


# --- a view of one's own attributes -----------------------------------------------------------------------------------------


class Record:
    """Gives templates a view of its attributes, which they cannot change; the view is one of the attributes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tags: list[str] = []
        self.view = types.MappingProxyType(self.__dict__)


class TidyRecord:
    """Makes the view when it is asked for."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def view(self) -> types.MappingProxyType[str, object]:
        return types.MappingProxyType(self.__dict__)


# --- what a cached property keeps -------------------------------------------------------------------------------------------


class Cursor:
    def __init__(self, database: Database) -> None:
        self.database = database


class Database:
    """Makes its cursor once, when it is needed."""

    def __init__(self) -> None:
        self._cursor: Cursor | None = None

    @property
    def cursor(self) -> Cursor:
        if self._cursor is None:
            self._cursor = Cursor(self)
        return self._cursor

    def close(self) -> None:
        self._cursor = None
