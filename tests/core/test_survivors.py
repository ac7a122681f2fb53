"""Counts by type, their rise, and what the risen ones are."""

from __future__ import annotations

import abc
import codecs
import itertools
import unittest.mock
import weakref
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_gcguard.core.heap import counting
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.leaks import survivors
from pytest_gcguard.core.model import Answer, Holder, Place, Step
from pytest_gcguard.core.origins import tracing
from pytest_gcguard.core.watch import Lens


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([{"a": 1}, {"a": 2}, {"a": 3}], {"a": (1, 1, 1)}),
        ([{"a": 1}, {"a": 1}], {}),  # replaced, not added
        ([{"a": 3}, {"a": 5}, {"a": 4}], {}),
        ([{"a": 1}, {"a": 2, "b": 9}], {"a": (1, 1)}),  # b came once
        ([{"a": 2}], {"a": (2,)}),
        ([], {}),
    ],
)
def test_a_type_has_risen_only_if_every_count_is_higher_than_the_one_before(
    counts: list[dict[str, int]], expected: dict[str, tuple[int, ...]]
) -> None:
    assert counting.risen(counts) == expected


class Session:
    def __init__(self) -> None:
        self.parts = [{}]  # type: ignore[var-annotated] # what is in it does not matter


def test_counting_survives_a_metaclass_that_refuses_to_give_a_name() -> None:
    class Meta(type):
        def __getattribute__(cls, name: str) -> object:
            raise RuntimeError(name)

    class Awkward(metaclass=Meta):
        pass

    assert counting.count([Awkward(), Session()]) == {f"{__name__}.Awkward": 1, f"{__name__}.Session": 1}


def explain(
    lens: Lens, part: list[Any], holder: Origin | None = None, made: str | None = None
) -> list[tuple[str, Origin, int]]:
    growth = {counting.counted_as(type(obj)): (1, 1, 1) for obj in part}
    leaks = survivors.explain(
        part,
        growth,
        lens.origins,
        lambda objects: (Answer(Holder("held", (Step("held", ""),), holder)) for _ in objects),
        lambda _: (Place(made, 1),) if made else (),
    )
    return [(leak.types[0], leak.origin, leak.retained) for leak in leaks]


class Owner:
    def __init__(self) -> None:
        self.session = Session()
        self.session.owner = self  # type: ignore[attr-defined] # which leads back to whoever has it


def test_what_the_attributes_of_an_object_lead_to_is_told_where_only_they_are_held(lens: Lens) -> None:
    owner = Owner()
    part = [vars(owner), owner.session, owner]
    assert [name for name, _, _ in explain(lens, part)] == [f"{__name__}.Session"]


def test_an_exception_is_told_before_what_its_frames_hold_whatever_comes_first(lens: Lens) -> None:
    def fail(session: Session, error: ValueError) -> None:
        raise error  # its frame has the exception, so that both hang from each other

    try:
        fail(Session(), ValueError())
    except ValueError as caught:
        outer = caught.__traceback__
        inner = outer and outer.tb_next
        assert inner is not None
        parts: list[object] = [caught, outer, inner, inner.tb_frame, inner.tb_frame.f_locals["session"]]
        told = {explain(lens, list(order))[0][0] for order in itertools.permutations(parts)}
        assert told == {"ValueError"}
        caught.__traceback__ = None


class Log:
    def __init__(self) -> None:
        self.errors: list[BaseException] = []

    def fail(self) -> None:
        try:
            raise ValueError
        except ValueError as error:
            self.errors.append(error)  # its frame has the log, so that both hang from each other


@pytest.mark.parametrize(("kept_beside", "expected"), [(False, f"{__name__}.Log"), (True, "ValueError")])
def test_who_alone_keeps_an_exception_is_told_before_it_although_its_frames_lead_there(
    lens: Lens, kept_beside: bool, expected: str
) -> None:
    registry: list[Any] = [Log()]
    registry[0].fail()
    if kept_beside:
        registry.append(registry[0].errors[0])
    part: list[Any] = [registry[0], registry[0].errors, registry[0].errors[0], registry[0].errors[0].__traceback__]
    part.append(part[-1].tb_frame)
    for _ in range(len(part)):
        part.insert(0, part.pop())
        assert [told for told, _, _ in explain(lens, part)] == [expected]
    registry[0].errors.clear()


@pytest.mark.parametrize("weakly", ["isinstance", "registered"])
def test_what_abstract_classes_remember_of_other_classes_is_nobodys_leak(lens: Lens, weakly: str) -> None:
    class Base(abc.ABC):  # noqa: B024 -- what it remembers is the point
        pass

    asked = [type("Asked", (), {}) for _ in range(3)]
    for each in asked:
        if weakly == "isinstance":
            assert not issubclass(each, Base)
        else:
            Base.register(each)
    references: list[object] = [reference for each in asked for reference in weakref.getweakrefs(each)]
    remembered = [
        reference for reference in references if type(reference) is weakref.ref and reference.__callback__ is not None
    ]
    assert len(remembered) >= len(asked)
    assert explain(lens, [*remembered]) == []
    assert explain(lens, [weakref.ref(asked[0], print)]) == [("weakref.ReferenceType", Origin.STDLIB, 0)]


def test_of_what_hangs_together_the_outermost_is_the_leak_and_the_rest_a_number(lens: Lens) -> None:
    session = Session()
    part = [session.parts, session.parts[0], session, vars(session)]
    assert explain(lens, part) == [(f"{__name__}.Session", Origin.OWN, 2)]


def test_a_list_that_holds_an_object_of_the_project_is_named_by_that_object(lens: Lens) -> None:
    session = Session()
    assert [name for name, _, _ in explain(lens, [[session], session])] in ([f"{__name__}.Session"], ["list"])
    outer: list[object] = [session]
    assert [name for name, _, _ in explain(lens, [outer, session])] == [f"{__name__}.Session"]


@pytest.mark.parametrize("runs", [1, 2, 17])
@pytest.mark.parametrize(
    ("made", "replaced", "told"),
    [
        pytest.param(0, 0, {"Session": (1, 1, 1)}, id="each has its lists"),
        pytest.param(0, 1, {"Session": (1, 1, 1)}, id="one more is replaced"),
        pytest.param(1, 0, {"Session": (1, 1, 1), "list": (1, 1, 1)}, id="one more leaks"),
        pytest.param(3, 1, {"Session": (1, 1, 1), "list": (3, 3, 3)}, id="three leak, and one is replaced"),
    ],
)
def test_lists_that_leak_beside_those_of_others_are_told_however_many_runs_are_in_sight(
    lens: Lens, runs: int, made: int, replaced: int, told: dict[str, tuple[int, ...]]
) -> None:
    part: list[object] = []
    for _ in range(runs):
        session = Session()
        part += [vars(session), session.parts, session.parts[0], session, *([] for _ in range(made))]
    part += [[] for _ in range(replaced)]
    growth = {"builtins.list": (1 + made,) * 3, "builtins.dict": (2, 2, 2), counting.counted_as(Session): (1, 1, 1)}
    holder = Holder("held", (Step("held", ""),), Origin.OWN)
    leaks = survivors.explain(part, growth, lens.origins, lambda objects: (Answer(holder) for _ in objects), lambda _: ())
    assert {leak.types[0].rpartition(".")[2]: leak.growth for leak in leaks} == told


def test_containers_of_which_some_objects_have_more_than_others_are_no_leak_of_their_own(lens: Lens) -> None:
    sessions = [Session(), Session()]
    sessions[0].parts.append({})
    part = [obj for each in sessions for obj in (vars(each), each.parts, *each.parts, each)]
    growth = {"builtins.list": (1, 1, 1), "builtins.dict": (2, 3, 2), counting.counted_as(Session): (1, 1, 1)}
    leaks = survivors.explain([*part, {}], growth, lens.origins, lambda objects: (Answer(None) for _ in objects), lambda _: ())
    assert [leak.types[0] for leak in leaks] == [f"{__name__}.Session"]


def test_a_weak_reference_to_a_leaked_object_is_no_leak_of_its_own(lens: Lens) -> None:
    session = Session()
    assert [name for name, _, _ in explain(lens, [session, weakref.ref(session)])] == [f"{__name__}.Session"]


@pytest.mark.parametrize(
    ("holder", "made", "origin"),
    [
        (None, None, Origin.STDLIB),
        (Origin.OWN, None, Origin.OWN),
        (Origin.STDLIB, __file__, Origin.OWN),
        (Origin.STDLIB, weakref.__file__, Origin.STDLIB),
        (Origin.LIBRARY, None, Origin.LIBRARY),
        (Origin.HARNESS, __file__, Origin.HARNESS),
    ],
)
def test_a_leak_of_a_builtin_belongs_to_its_holder_or_to_the_line_that_made_it(
    lens: Lens, holder: Origin | None, made: str | None, origin: Origin
) -> None:
    assert explain(lens, [[1]], holder, made) == [("list", origin, 0)]


@pytest.mark.parametrize(
    ("obj", "of_c", "origin"),
    [
        (codecs.getincrementaldecoder("utf-8")(), True, Origin.HARNESS),
        (codecs.getincrementaldecoder("utf-8")(), False, Origin.OWN),
        (unittest.mock.NonCallableMock(), True, Origin.OWN),  # what the project's C code may hold
        (Session(), True, Origin.OWN),
    ],
)
def test_what_the_harness_has_made_and_only_c_code_holds_is_the_harness_and_its_lines_are_not_shown(
    lens: Lens, obj: object, of_c: bool, origin: Origin
) -> None:
    made = tracing.with_maker(((pytest.__file__, 7), (__file__, 3)), lens.origins)
    holder = Holder("held", (Step("held", ""),), Origin.STDLIB, of_c=of_c)
    growth = {counting.counted_as(type(obj)): (1, 1)}
    (leak,) = survivors.explain([obj], growth, lens.origins, lambda objects: [Answer(holder) for _ in objects], lambda _: made)
    assert (leak.origin, leak.made_at) == (origin, (Place(__file__, 3),))


@pytest.mark.parametrize(
    ("decoders", "told"),
    [((1, 1), ["Session"]), ((3, 1), ["Session"]), ((2, 2), ["Session", "IncrementalDecoder"])],
)
def test_what_c_code_hides_in_other_leaked_objects_is_no_leak_of_its_own(
    lens: Lens, decoders: tuple[int, ...], told: list[str]
) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    growth = {counting.counted_as(Session): (1, 1), counting.counted_as(type(decoder)): decoders}

    def find(objects: Iterator[object]) -> Iterator[Answer]:
        return (Answer(Holder("held", (Step("held", ""),), Origin.OWN, of_c=obj is decoder)) for obj in objects)

    leaks = survivors.explain([Session(), decoder], growth, lens.origins, find, lambda _: ())
    assert sorted(leak.types[0].rpartition(".")[2] for leak in leaks) == sorted(told)


def test_holders_are_looked_for_of_several_objects_together_until_there_are_enough_leaks(lens: Lens) -> None:
    kinds = [type(f"Kind{number}", (), {"__module__": __name__}) for number in range(12)]
    part = [kind() for kind in kinds for _ in range(3)]
    growth = {counting.counted_as(kind): (3, 3) for kind in kinds}
    asked: list[list[str]] = []

    def find(objects: Iterator[object]) -> Iterator[Answer]:
        names = [type(obj).__name__ for obj in objects]
        asked.append(names)
        return (Answer(Holder(f"{name}.kept", (Step("held", ""),), Origin.OWN)) for name in names)

    leaks = survivors.explain(part, growth, lens.origins, find, lambda _: ())
    assert [leak.types[0].rpartition(".")[2] for leak in leaks] == [f"Kind{number}" for number in range(11, 1, -1)]
    assert list(map(len, asked)) == [10, 5, 2, 1, 1]  # two of each kind
    assert set(Counter(itertools.chain(*asked)).values()) == {1, 2}
