"""The advice on a leak names what is to be called, by the words of its holder."""

from __future__ import annotations

import pytest

from pytest_gcguard.core import shapes
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Holder, Leak


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("logging.getLogger('app').handlers[0]", "logging.getLogger('app').removeHandler() it, and close() it"),
        ("logging.getLogger('app').handlers[-1]", "logging.getLogger('app').removeHandler() it, and close() it"),
        ("logging.getLogger('app').filters[-1]", "logging.getLogger('app').removeFilter() it"),
        ("context variable 'ORDERS' [-1]", "reset() context variable 'ORDERS' with the token that set() returned"),
        ("app.LISTENERS[-1]", "remove it from app.LISTENERS when its work is done, or hold it there by weakref"),
    ],
)
def test_the_advice_is_the_same_for_the_first_and_the_last_of_a_list(expression: str, advice: str) -> None:
    leak = Leak(("app.Thing",), (1, 1), Origin.OWN, 1, holder=Holder(expression, (), Origin.OWN))
    assert shapes.of_leak(leak) == ("not-unregistered", advice)
