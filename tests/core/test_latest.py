"""A holder that has room for one object is doubted, and gives way to where the older ones are."""

from __future__ import annotations

import dataclasses

import pytest

from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.leaks import latest
from pytest_gcguard.core.model import Holder, Leak, Place, Step


def leak(edge: str, root: str = "", *, traced: bool = True, label: str = "app.Session") -> Leak:
    first = Step(root, "") if root else Step("app", "")
    middle = () if root else (Step("module app", edge),)
    holder = Holder(f"app{edge}", (first, *middle, Step(label, "")), Origin.OWN)
    return Leak((label,), (1, 1), Origin.OWN, 1, holder=holder, made_at=(Place("app.py", 3),) if traced else ())


CURRENT, RETIRED = leak(".CURRENT"), leak(".RETIRED[-1]", traced=False)
STATE, NESTED, MEMBER = leak(".STATE['current']"), leak(".SERVER.session"), leak(".OPEN<member>")
OTHER = leak(".ORDERS[-1]", label="app.Order", traced=False)
THREAD = leak("", root="thread 'worker'")
ENTRY = leak(".HANDLERS['timeout']", traced=False)
TWO = [dataclasses.replace(each, growth=(1, 2, 2)) for each in (ENTRY, RETIRED)]
HEAD = dataclasses.replace(CURRENT, chained=True)
UNKNOWN = Leak(("app.Session",), (1, 1), Origin.OWN, 1)


@pytest.mark.parametrize(
    ("leaks", "doubtful", "kept"),
    [
        pytest.param([], False, [], id="nothing"),
        pytest.param([CURRENT], True, [CURRENT], id="a variable alone"),
        pytest.param([HEAD], False, [HEAD], id="the head of a chain"),
        pytest.param([HEAD, RETIRED], True, [HEAD, RETIRED], id="a chain and a list"),
        pytest.param([NESTED], True, [NESTED], id="an attribute alone"),
        pytest.param([RETIRED], False, [RETIRED], id="a list"),
        pytest.param([MEMBER], False, [MEMBER], id="a set"),
        pytest.param([THREAD], False, [THREAD], id="no module"),
        pytest.param([UNKNOWN], False, [UNKNOWN], id="nobody known"),
        pytest.param([CURRENT, RETIRED], True, [RETIRED], id="the older ones are in a list"),
        pytest.param([CURRENT, UNKNOWN], True, [CURRENT, UNKNOWN], id="nobody known holds the older ones"),
        pytest.param([CURRENT, OTHER], True, [CURRENT, OTHER], id="another type is in a list"),
        pytest.param([STATE, RETIRED], True, [STATE, RETIRED], id="an entry may be one of many"),
        pytest.param([STATE, MEMBER], False, [STATE, MEMBER], id="both made by the run that was traced"),
        pytest.param([ENTRY, RETIRED], True, [ENTRY, RETIRED], id="two places of what a run leaves one of"),
        pytest.param(TWO, False, TWO, id="two places of what a run leaves two of"),
        pytest.param([STATE, OTHER], False, [STATE, OTHER], id="two types, one of them too many to trace"),
    ],
)
def test_who_holds_one_object_only_is_doubted(leaks: list[Leak], doubtful: bool, kept: list[Leak]) -> None:
    assert latest.doubtful(leaks) is doubtful
    assert latest.without(leaks) == tuple(kept)
