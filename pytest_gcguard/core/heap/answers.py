"""What a program is told that asks `gc` for its switch or its thresholds while automatic collections are paused for it.

They are paused by `gc.disable()`, and a threshold of zero pauses them as well. So either question can be answered with what a
program would be told if nothing were paused: who asks whether they are on finds them on, with a threshold of zero, and who
asks for the thresholds finds these, with the switch off. Which of them is asked for is known from the names in the module, as
in ``walks``; who has a function under a name of its own is told what is so.

Rules of this file: nothing is made that lasts, since it would be in sight; nothing is raised into who asks.
"""

from __future__ import annotations

import contextlib
from gc import disable, enable, get_threshold, isenabled, set_threshold

from pytest_gcguard.core.heap import walks

_SWITCH = frozenset({"isenabled", "enable", "disable"})
_THRESHOLDS = frozenset({"get_threshold", "set_threshold"})


class _Asked(str):
    """A key of a namespace: whoever looks it up compares it."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        if _state.running:
            with contextlib.suppress(Exception):  # it would be raised where somebody asks for a name of a module
                _about_to_ask(str.__str__(self))  # the plain text, which can be compared
        return str.__eq__(self, other)


class _State:
    """Whether questions are answered here, whether the program has switched collections off itself, and its thresholds as long
    as they are put aside: three numbers, since a tuple of them would be in sight.
    """

    __slots__ = ("aside", "first", "off", "running", "second", "third")

    def __init__(self) -> None:
        self.running = self.off = self.aside = False
        self.first = self.second = self.third = 0


_state = _State()


def prepare() -> None:
    """Watches the names, from now until `leave`."""
    walks.rename(_SWITCH | _THRESHOLDS, _Asked)


def leave() -> None:
    """Gives the module its names back; none that were watched is no error."""
    end()
    walks.rename(_SWITCH | _THRESHOLDS, str)


def begin(enabled: bool) -> None:
    """From now on a program is told its thresholds, and that collections are ``enabled``, while `gc.disable()` pauses them."""
    _state.running, _state.off, _state.aside = True, not enabled, False


def end() -> None:
    """From now on everybody is told what is so. The settings are the caller's to restore."""
    _state.running = _state.aside = False


def _about_to_ask(name: str) -> None:
    """Has the settings be what the program expects to find; what it switches itself is its own, but for what is paused."""
    if name in _THRESHOLDS:
        _give_back()
    elif name == "isenabled":
        if not _state.off and not isenabled():
            _put_aside()
            enable()
    elif name == "disable":
        _give_back()
        _state.off = True
    else:
        _give_back()
        if _state.off and not isenabled():
            _state.off = False
            _put_aside()  # it enables what it has disabled: nothing but the pause


def _put_aside() -> None:
    _state.first, _state.second, _state.third = get_threshold()
    _state.aside = True
    set_threshold(0, _state.second, _state.third)


def _give_back() -> None:
    if _state.aside:
        _state.aside = False
        disable()
        if get_threshold()[0] == 0:  # else the program has set others by a name of its own
            set_threshold(_state.first, _state.second, _state.third)
