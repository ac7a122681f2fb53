"""What the user asked for: marker over command line over ini file over default, resolved once into frozen values.

Rules of this file: every wrong value is a `pytest.UsageError` that says what was given, where, and what is allowed.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import os
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import pytest

from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.policy import Limit, Policy

if TYPE_CHECKING:
    from pytest_gcguard.core.catalogue import Bug
    from pytest_gcguard.session.baseline import Listed

MARKERS = ("no_cycles", "no_leaks", "gcguard", "no_gcguard")
_REPORTED = Policy().look_for
_FRAMES = 65_535
"""The most frames that `tracemalloc` keeps of an allocation."""
_T = TypeVar("_T")


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a run. ``everywhere``: guard each test, not just the marked ones.

    ``pauses``: time automatic gc, guard nothing, and show so many tests; ``trace``: trace allocations
    from the start, so many frames of each; 0 where that is not asked for. ``search_seconds`` and ``search_objects`` bound the
    searches for holders, as the search itself does where they are None.
    """

    everywhere: bool
    policy: Policy
    own: tuple[str, ...]
    pauses: int = 0
    trace: int = 0
    listed: Listed | None = None
    bugs: tuple[Bug, ...] = ()
    graphs: Path | None = None
    search_seconds: float | None = None
    search_objects: int | None = None


def resolve(config: pytest.Config) -> Settings:
    """The settings of a run from its command line and ini file."""
    fail_on, where = _given(config, "fail_on")
    origins, origins_where = _given(config, "origins")
    policy = Policy()
    everywhere, pauses = _guarded_or_timed(config)
    listed = _listed(config)
    confirm_seconds = _seconds(config, "confirm_seconds")
    return Settings(
        everywhere=everywhere,
        pauses=pauses,
        trace=_frames(config),
        policy=_with_memory(
            policy,
            memory=_switched_on(config, "gcguard_memory"),
            fail_on=_kinds(fail_on, where) if fail_on is not None else policy.fail_on,
            origins=_origins(origins, origins_where) if origins is not None else policy.origins,
            confirm=_confirm(config, policy.confirm),
            confirm_seconds=policy.confirm_seconds if confirm_seconds is None else confirm_seconds,
            ignore=(*(config.getoption("gcguard_ignore") or ()), *config.getini("gcguard_ignore")),
            baseline=frozenset(listed.known.entries) if listed is not None else frozenset(),
            accept=listed is not None and listed.update,
        ),
        own=_words(_given(config, "own")[0] or ""),
        listed=listed,
        bugs=_bugs(config),
        graphs=_graphs(config),
        search_seconds=_seconds(config, "search_seconds"),
        search_objects=_objects(config),
    )


def _switch(config: pytest.Config, name: str) -> bool:
    given = config.getoption(f"gcguard{name}")
    return bool(config.getini(f"gcguard{name}") if given is None else given)


def _bugs(config: pytest.Config) -> tuple[Bug, ...]:
    """The known bugs of the catalogues that were named; those that the package brings are read when something is found."""
    option = config.getoption("gcguard_catalogue")
    where = "--gcguard-catalogue" if option else f"gcguard_catalogue in {config.inipath}"
    files = option or config.getini("gcguard_catalogue")
    if not files:
        return ()
    from pytest_gcguard.core import catalogue

    bugs: list[Bug] = []
    for text in files:
        path = (config.invocation_params.dir if option else config.rootpath) / os.path.expanduser(text)
        try:
            bugs += catalogue.read(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise pytest.UsageError(f"gcguard: {where}: {path}: {error}") from None
    return tuple(bugs)


def _graphs(config: pytest.Config) -> Path | None:
    text, where = _given(config, "graphs")
    if text is None:
        return None
    folder = (config.invocation_params.dir if where.startswith("--") else config.rootpath) / os.path.expanduser(text)
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        wrong(text, where, f"a folder; {there} is a file")
    return folder


def _listed(config: pytest.Config) -> Listed | None:
    text, where = _given(config, "baseline")
    update, strict = _switch(config, "_update_baseline"), _switch(config, "_strict_baseline")
    if text is None:
        for asked, name in ((update, "update"), (strict, "strict")):
            if asked:
                raise pytest.UsageError(f"gcguard: --gcguard-{name}-baseline needs a file: --gcguard-baseline=FILE")
        return None
    target = (config.invocation_params.dir if where.startswith("--") else config.rootpath) / os.path.expanduser(text)
    if update and not hasattr(config, "workerinput"):
        check_writable(target, text, where)

    from pytest_gcguard.session.baseline import Listed, load

    def complain(why: str) -> NoReturn:
        raise pytest.UsageError(f"gcguard: {where}: {target}: {why}")

    return Listed(target, load(target, config, update, complain), update, strict)


def _given(config: pytest.Config, name: str) -> tuple[str | None, str]:
    """The text given for a setting and a word for where; the command line before the ini file."""
    option = config.getoption(f"gcguard_{name}")
    if option is not None:
        return option, f"--gcguard-{name.replace('_', '-')}"
    ini = config.getini(f"gcguard_{name}")
    return (ini, f"gcguard_{name} in {config.inipath}") if ini else (None, "")


def _guarded_or_timed(config: pytest.Config) -> tuple[bool, int]:
    """Whether each test is guarded, or else how many tests ``--gcguard-pauses`` shows; the command line wins over the file."""
    text, where = _given(config, "pauses")
    pauses = _number(text, where, least=1) if text is not None else 0
    guard_given = bool(config.getoption("gcguard"))
    guarded = _switched_on(config, "gcguard")
    if pauses and guarded:
        if guard_given is (config.getoption("gcguard_pauses") is not None):
            wrong(str(text), where, "no --gcguard beside it: what automatic gc costs can be timed only where it is on")
        return guard_given, 0 if guard_given else pauses
    return bool(guarded), pauses


def _switched_on(config: pytest.Config, name: str) -> bool:
    option = config.getoption(name)
    return bool(option if option is not None else config.getini(name))


def _confirm(config: pytest.Config, default: int) -> int:
    text, where = _given(config, "confirm")
    return default if text is None else _number(text, where, least=0)


def _frames(config: pytest.Config) -> int:
    """How many frames of each allocation are traced from the start; 0 where that is not asked for."""
    text, where = _given(config, "trace")
    return 0 if text is None else _number(text, where, least=1, most=_FRAMES)


def _objects(config: pytest.Config) -> int | None:
    text, where = _given(config, "search_objects")
    return None if text is None else _number(text, where, least=1)


def _seconds(config: pytest.Config, name: str) -> float | None:
    text, where = _given(config, name)
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    return seconds if 0 <= seconds < math.inf else wrong(text, where, "a number of seconds from 0")


def _number(text: str, where: str, least: int, most: int | None = None) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least or (most is not None and number > most):
        wrong(text, where, f"a whole number from {least}" + (f" to {most}" if most is not None else ""))
    return number


def for_item(item: pytest.Item, settings: Settings) -> Policy | None:
    """The policy for one test, or None where it is left alone.

    Of several markers of the same name the closest wins; ``no_gcguard`` holds unless another marker is closer.
    """
    closest: dict[str, pytest.Mark] = {}
    for mark in item.iter_markers():
        if mark.name in MARKERS:
            closest.setdefault(mark.name, mark)
    arguments = {name: _arguments(mark, item) for name, mark in closest.items()}
    if next(iter(closest), None) == "no_gcguard":
        return None
    if not closest and "gcguard" not in getattr(item, "fixturenames", ()):
        return settings.policy if settings.everywhere else None
    guarded = settings.everywhere or "gcguard" in closest
    policy = settings.policy
    if not guarded:
        policy = dataclasses.replace(policy, look_for=frozenset(), fail_on=frozenset())
    if "gcguard" in arguments:
        policy = _with_marker(policy, arguments["gcguard"])
    return _with_limits(policy, arguments)


def _with_marker(policy: Policy, arguments: dict[str, Any]) -> Policy:
    given = {name: value for name, value in arguments.items() if value is not None}
    given["ignore"] = (*policy.ignore, *given.get("ignore", ()))
    return _with_memory(policy, **given)


def _with_memory(policy: Policy, **changes: Any) -> Policy:
    """A policy with changes; whoever wants memory to fail a test has it looked for."""
    changed = dataclasses.replace(policy, **changes)
    memory = changed.memory or ("memory" not in changes and Kind.MEMORY in changed.fail_on)
    look_for = changed.look_for | {Kind.MEMORY} if memory else changed.look_for - {Kind.MEMORY}
    return dataclasses.replace(changed, memory=memory, look_for=look_for)


def _with_limits(policy: Policy, arguments: dict[str, dict[str, Any]]) -> Policy:
    look_for = set(policy.look_for)
    cycles = leaks = None
    if "no_cycles" in arguments:
        cycles = Limit(**arguments["no_cycles"])
        look_for.add(Kind.CYCLE)
    if "no_leaks" in arguments:
        leaks = Limit(**arguments["no_leaks"])
        look_for.add(Kind.LEAK)
    return dataclasses.replace(policy, cycles=cycles, leaks=leaks, look_for=frozenset(look_for))


def _no_cycles(*, max: int = 0, ignore: object = (), origins: object = None) -> dict[str, Any]:  # noqa: A002 -- the marker's word
    return {
        "max": _whole(max, "max"),
        "ignore": _texts(ignore, "ignore"),
        "origins": None if origins is None else _each(Origin, _texts(origins, "origins")),
    }


def _no_leaks(*types: object, max: int = 0, ignore: object = ()) -> dict[str, Any]:  # noqa: A002 -- the marker's word
    from pytest_gcguard.core.describe import type_name

    names = tuple(type_name(tp) if isinstance(tp, type) else tp for tp in types)
    if not all(isinstance(name, str) and name for name in names):
        raise ValueError("types must be classes or their names")
    return {"types": names, "max": _whole(max, "max"), "ignore": _texts(ignore, "ignore")}


def _gcguard(  # noqa: PLR0913 -- the marker's arguments, each by its name
    *,
    fail_on: object = None,
    confirm: int | None = None,
    ignore: object = (),
    origins: object = None,
    memory: bool | None = None,
    freeze: bool | None = None,
    repeat: bool | None = None,
) -> dict[str, Any]:
    for name, switch in (("memory", memory), ("freeze", freeze), ("repeat", repeat)):
        if switch is not None and not isinstance(switch, bool):
            raise ValueError(f"{name} must be True or False")
    return {
        "fail_on": None if fail_on is None else frozenset() if fail_on == "none" else _each(Kind, _texts(fail_on, "fail_on")),
        "confirm": None if confirm is None else _whole(confirm, "confirm"),
        "ignore": _texts(ignore, "ignore"),
        "origins": None if origins is None else _each(Origin, _texts(origins, "origins")),
        "memory": memory,
        "freeze": freeze,
        "repeat": repeat,
    }


def _no_gcguard(*, reason: str = "") -> dict[str, Any]:
    if not isinstance(reason, str):
        raise ValueError("reason must be a text")
    return {}


_MARKER_ARGUMENTS: dict[str, Callable[..., dict[str, Any]]] = {
    "no_cycles": _no_cycles,
    "no_leaks": _no_leaks,
    "gcguard": _gcguard,
    "no_gcguard": _no_gcguard,
}


def _arguments(mark: pytest.Mark, item: pytest.Item) -> dict[str, Any]:
    """A marker's arguments, checked by the signature of its reader above."""
    reader = _MARKER_ARGUMENTS[mark.name]
    try:
        inspect.signature(reader).bind(*mark.args, **mark.kwargs)
        return reader(*mark.args, **mark.kwargs)
    except (TypeError, ValueError) as error:
        allowed = str(inspect.signature(reader)).partition(" ->")[0]
        given = ", ".join([*map(repr, mark.args), *(f"{name}={value!r}" for name, value in mark.kwargs.items())])
        raise pytest.UsageError(
            f"gcguard: @pytest.mark.{mark.name}({given}) on {item.nodeid}: {error}; allowed: {mark.name}{_plain(allowed)}"
        ) from None


def _plain(signature: str) -> str:
    """A signature without its annotations, as a user would write the call."""
    for annotation in (": 'object'", ": 'int | None'", ": 'bool | None'", ": 'int'", ": 'str'", "*, "):
        signature = signature.replace(annotation, "")
    return signature.replace(" = ", "=")


def _whole(value: object, name: str) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{name} must be a whole number from 0")
    return value


def _texts(value: object, name: str) -> tuple[str, ...]:
    """One text (a comma separates several) or several."""
    if isinstance(value, str):
        return _words(value)
    if isinstance(value, Iterable):
        texts = tuple(value)
        if all(isinstance(text, str) for text in texts):
            return texts
    raise ValueError(f"{name} must be a text or several")


_Word = TypeVar("_Word", Kind, Origin)


def _each(words: type[_Word], texts: Collection[str]) -> frozenset[_Word]:
    if not texts:
        raise ValueError(f"nothing is given; choose of {', '.join(word.value for word in words)}")
    for text in texts:
        if text not in [word.value for word in words]:
            raise ValueError(f"{text!r} is none of {', '.join(word.value for word in words)}")
    return frozenset(map(words, texts))


def _kinds(text: str, where: str) -> frozenset[Kind]:
    if text.strip() == "none":
        return frozenset()
    return _checked(Kind, text, where, " or none")


def _origins(text: str, where: str) -> frozenset[Origin]:
    return _checked(Origin, text, where)


def _checked(words: type[_Word], text: str, where: str, more: str = "") -> frozenset[_Word]:
    try:
        chosen = _each(words, _words(text))
    except ValueError:
        chosen = frozenset()
    return chosen or wrong(text, where, f"a comma list of {', '.join(word.value for word in words)}{more}")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in (part.strip() for part in text.split(",")) if word)


def wrong(given: str, where: str, allowed: str) -> NoReturn:
    """Complains about a wrong value."""
    raise pytest.UsageError(f"gcguard: {where}: {given!r} was given; allowed: {allowed}")


def check_writable(path: Path, given: str, where: str) -> None:
    """Complains now rather than after the last test, when all that was found would be lost."""
    if path.is_dir():
        wrong(given, where, "a file's path; this is a folder")
    there = next(folder for folder in (path.parent, *path.parent.parents) if folder.exists())
    if not there.is_dir():
        wrong(given, where, f"a path below a folder; {there} is a file")
    if not os.access(path if path.exists() else there, os.W_OK):
        wrong(given, where, f"a path that can be written; {path if path.exists() else there} is not writable")
