"""What a base class stores in one line is one reference to cut, whichever classes inherit it."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from pytest_gcguard.core.model import Cut, Observation

Left = Callable[[Callable[[], object]], Observation]


class Element:
    parent: Element

    def __init__(self, *children: Element) -> None:
        self.children = children
        for child in children:
            child.parent = self


class Page(Element):
    pass


class Text(Element):
    pass


class Table(Element):
    pass


def of_one_base() -> None:
    Page(Table(Text()), Text(), Table(Table()))


class Heading(Element):
    pass


def of_two_classes_that_one_holds() -> None:
    Page(Text(), Heading())


class Shelf:
    def __init__(self, *boxes: Box) -> None:
        self.boxes = boxes
        for box in boxes:
            box.parent = self


class Box:
    parent: Shelf

    def __init__(self, *lids: Lid) -> None:
        self.lids = lids
        for lid in lids:
            lid.parent = self


class Lid:
    parent: Box


def of_several() -> None:
    Shelf(Box(Lid()), Box())


class Holder:
    def __init__(self, holds: object = None) -> None:
        self.holds: object = holds


class First(Holder):
    pass


class Second(Holder):
    pass


def of_one_class_is_enough() -> None:
    first = First()
    first.holds = Second(first)


def cut_of(seen: Observation) -> Cut:
    (cycle,) = seen.cycles
    assert cycle.cut is not None
    return cycle.cut


def test_what_one_line_stores_is_one_cut_named_by_the_class_in_common(left_by: Left) -> None:
    cut = cut_of(left_by(of_one_base))
    assert (cut.type, cut.edge, cut.also, cut.verified) == (f"{__name__}.Element", ".parent", (), True)
    lines, start = inspect.getsourcelines(Element)
    (number,) = (at for at, line in enumerate(lines) if "child.parent" in line)
    assert cut.line == start + number
    assert cut.hint == f"hold .parent of {__name__}.Element by weakref.ref, or set it to None when its work is done"


def test_what_leads_back_from_several_classes_is_a_better_cut_than_what_one_class_holds(left_by: Left) -> None:
    cut = cut_of(left_by(of_two_classes_that_one_holds))
    assert (cut.type, cut.edge, cut.also, cut.verified) == (f"{__name__}.Element", ".parent", (), True)


def test_what_several_lines_store_is_as_many_cuts(left_by: Left) -> None:
    cut = cut_of(left_by(of_several))
    also = [(part.type, part.edge) for part in cut.also]
    assert [(cut.type, cut.edge), *also] == [(f"{__name__}.Box", ".parent"), (f"{__name__}.Lid", ".parent")]
    assert cut.verified


def test_where_one_class_is_enough_it_is_the_one_that_is_named(left_by: Left) -> None:
    cut = cut_of(left_by(of_one_class_is_enough))
    assert cut.type in {f"{__name__}.First", f"{__name__}.Second"}
    assert (cut.edge, cut.also, cut.verified) == (".holds", (), True)
