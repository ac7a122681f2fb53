"""What the fixture ``gcguard`` gives to a test."""

from __future__ import annotations

import weakref
from collections.abc import Iterator

import pytest

from pytest_gcguard.core import contexts, watch
from pytest_gcguard.core.heap import freezing
from pytest_gcguard.core.heap.counting import counted_as, instances
from pytest_gcguard.core.heap.window import Whole
from pytest_gcguard.core.model import Observation
from pytest_gcguard.core.objects import describe
from pytest_gcguard.core.objects.modules import class_at
from pytest_gcguard.session.state import STATE, State


class TestGuard:
    """The guard of a test, as its fixture ``gcguard``."""

    __test__ = False

    def __init__(self, state: State) -> None:
        self._state = state

    def no_cycles(self, *, max: int = 0) -> contexts.no_cycles:  # noqa: A002 -- the marker's word
        """Raises `LeakError` when a block leaves more than ``max`` cycles of the project: ``with gcguard.no_cycles(): …``.

        A ``max`` that is not a whole number from 0 raises `ValueError`.
        """
        return contexts.no_cycles(max=max, lens=self._state.lens())

    def no_leaks(self, *types: type | str) -> contexts.no_leaks:
        """Raises `LeakError` when what a block made is alive after it: ``with gcguard.no_leaks(Session): …``.

        ``types`` are classes or their names; without any, the project's classes are meant. Anything else raises `TypeError`.
        """
        return contexts.no_leaks(*types, lens=self._state.lens())

    def expect_freed(self, obj: object) -> None:
        """Fails the test unless an object is gone at its end without the collector's help; the message names the holder.

        Raises `TypeError` for objects that cannot be referred to weakly.

        Example::

            def test_connection_goes(gcguard):
                connection = connect()
                gcguard.expect_freed(connection)
        """
        try:
            reference = weakref.ref(obj)
        except TypeError:
            raise TypeError(
                f"gcguard.expect_freed: {describe.type_name(type(obj))} cannot be referred to weakly;"
                " give an instance of a class that has a __weakref__, as one without __slots__ has"
            ) from None
        self._state.expected.append((reference, describe.type_name(type(obj))))

    def count(self, type_or_name: type | str) -> int:
        """How many instances of exactly this type are alive (objgraph's count), made before the test or in it.

        A name may be given in full, without the module, or as another module has it. Anything but a class or a name raises
        `TypeError`.
        """
        if not isinstance(type_or_name, (type, str)):
            raise TypeError(f"gcguard.count({type_or_name!r}): give a class or its name")
        tp = class_at(type_or_name) if isinstance(type_or_name, str) else type_or_name
        name = counted_as(tp) if tp is not None else str(type_or_name)
        if not isinstance(self._state.window, Whole):
            # what is frozen cannot be counted, and freezing again would hide what the test has made: look at all from now on
            new = frozenset(map(id, self._state.window.objects()))
            freezing.thaw()
            self._state.window.close()
            self._state.window = Whole.around(new)
        return instances(name)

    def collect(self) -> Observation:
        """Collects now, and returns what was seen of all that was made since the test began."""
        self._state.looking = True
        try:
            return watch.look(self._state.lens(), self._state.window)
        finally:
            self._state.looking = False


def test_guard(request: pytest.FixtureRequest) -> Iterator[TestGuard]:
    """The guard of a test; the test is skipped where the guard is switched off."""
    state = request.node.stash.get(STATE, None)
    if state is None:
        pytest.skip("the guard is switched off")
    yield TestGuard(state)
