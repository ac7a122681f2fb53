"""What the user asked for: marker over command line over ini file over default, resolved once into frozen values.

Rules of this file: every wrong value is a `pytest.UsageError` that says what was given, where, and what is allowed.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

import pytest

from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.policy import Limit, Policy
from pytest_gcguard.session.config import closeness, markers
from pytest_gcguard.session.config.markers import Word

if TYPE_CHECKING:
    from pytest_gcguard.core.documents.catalogue import Bug
    from pytest_gcguard.session.config.listed import Listed

_FRAMES = 65_535
"""The most frames that `tracemalloc` keeps of an allocation."""
_T = TypeVar("_T")


class Settings(NamedTuple):
    """The settings of a run. ``everywhere``: guard each test, not just the marked ones.

    ``pauses``, if not 0: time automatic gc, guard nothing, and show so many tests. ``trace``, if not 0: trace allocations from
    the start, so many frames of each. ``search_seconds`` and ``search_objects`` bound the searches for holders and for what to
    cut; None means their own defaults.
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
            **({"memory": True} if _switched_on(config, "gcguard_memory") else {}),
            fail_on=_kinds(fail_on, where) if fail_on is not None else policy.fail_on,
            origins=_origins(origins, origins_where) if origins is not None else policy.origins,
            confirm=_confirm(config, policy.confirm),
            confirm_seconds=policy.confirm_seconds if confirm_seconds is None else confirm_seconds,
            ignore=(*(config.getoption("gcguard_ignore") or ()), *config.getini("gcguard_ignore")),
            baseline=frozenset(listed.known.entries) if listed is not None else frozenset(),
            accept=listed is not None and listed.update,
        ),
        own=markers.words(_given(config, "own")[0] or ""),
        listed=listed,
        bugs=_bugs(config),
        graphs=_graphs(config),
        search_seconds=_seconds(config, "search_seconds"),
        search_objects=_objects(config),
    )


def _bugs(config: pytest.Config) -> tuple[Bug, ...]:
    """The bugs in the catalogues that were named; those in the package's own are read when something is found."""
    option = config.getoption("gcguard_catalogue")
    where = "--gcguard-catalogue" if option else in_file(config, "gcguard_catalogue")
    files = option or config.getini("gcguard_catalogue")
    if not files:
        return ()
    from pytest_gcguard.core.documents import catalogue

    bugs: list[Bug] = []
    for text in files:
        path = path_given(config, text, where)
        try:
            bugs += catalogue.read(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise pytest.UsageError(f"gcguard: {where}: {path}: {error}") from None
    return tuple(bugs)


def _graphs(config: pytest.Config) -> Path | None:
    text, where = _given(config, "graphs")
    if text is None:
        return None
    folder = path_given(config, text, where)
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        wrong(text, where, f"a folder; {there} is a file")
    return folder


def _listed(config: pytest.Config) -> Listed | None:
    text, where = _given(config, "baseline")
    update, strict = _switched_on(config, "gcguard_update_baseline"), _switched_on(config, "gcguard_strict_baseline")
    if text is None:
        for asked, name in ((update, "update"), (strict, "strict")):
            if asked:
                raise pytest.UsageError(f"gcguard: --gcguard-{name}-baseline needs a file: --gcguard-baseline=FILE")
        return None
    target = path_given(config, text, where)
    if update and not hasattr(config, "workerinput"):
        check_writable(target, text, where)

    from pytest_gcguard.session.config.listed import Listed, load

    def complain(why: str) -> NoReturn:
        raise pytest.UsageError(f"gcguard: {where}: {target}: {why}")

    return Listed(target, load(target, config, update, complain), update, strict)


def _given(config: pytest.Config, name: str) -> tuple[str | None, str]:
    """The text given for a setting, or None, and words for where; the command line comes before the ini file."""
    option = config.getoption(f"gcguard_{name}")
    if option is not None:
        return option, f"--gcguard-{name.replace('_', '-')}"
    ini = config.getini(f"gcguard_{name}")
    if isinstance(ini, list):  # as `[tool.pytest.ini_options]` may have it, whatever the setting is declared as
        ini = ",".join(map(str, ini))
    return (ini, in_file(config, f"gcguard_{name}")) if ini else (None, "")


def in_file(config: pytest.Config, setting: str) -> str:
    """Words for where a setting was given if it was not by its own option: by ``-o``, or in the ini file."""
    overridden = any(text.startswith(f"{setting}=") for text in config.getoption("override_ini", None) or ())
    return f"-o {setting}" if overridden else f"{setting} in {config.inipath}"


def path_given(config: pytest.Config, text: str, where: str) -> Path:
    """A path as the user means it: on the command line from the current folder, elsewhere from the rootdir."""
    return (config.invocation_params.dir if where.startswith("--") else config.rootpath) / os.path.expanduser(text)


def _guarded_or_timed(config: pytest.Config) -> tuple[bool, int]:
    """Whether each test is guarded, and how many tests ``--gcguard-pauses`` shows, 0 without it; never both.

    If one is given on the command line and the other in the file, the command line wins.
    """
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
    for mark in closeness.marks(item):
        if mark.name in markers.MARKERS:
            closest.setdefault(mark.name, mark)
    arguments = {name: markers.arguments(mark, item) for name, mark in closest.items()}
    if next(iter(closest), None) == "no_gcguard":
        return None
    if not closest and "gcguard" not in getattr(item, "fixturenames", ()):
        return settings.policy if settings.everywhere else None
    guarded = settings.everywhere or "gcguard" in closest
    policy = settings.policy
    if not guarded:
        policy = policy._replace(look_for=frozenset(), fail_on=frozenset())
    if "gcguard" in arguments:
        policy = _with_marker(policy, arguments["gcguard"])
    return _with_limits(policy, arguments)


def _with_marker(policy: Policy, arguments: dict[str, Any]) -> Policy:
    given = {name: value for name, value in arguments.items() if value is not None}
    given["ignore"] = (*policy.ignore, *given.get("ignore", ()))
    return _with_memory(policy, **given)


def _with_memory(policy: Policy, **changes: Any) -> Policy:
    """A policy with changes; where memory may fail a test, it is looked for, unless ``memory`` says otherwise."""
    changed = policy._replace(**changes)
    memory = changed.memory or ("memory" not in changes and Kind.MEMORY in changed.fail_on)
    look_for = changed.look_for | {Kind.MEMORY} if memory else changed.look_for - {Kind.MEMORY}
    return changed._replace(memory=memory, look_for=look_for)


def _with_limits(policy: Policy, arguments: dict[str, dict[str, Any]]) -> Policy:
    look_for = set(policy.look_for)
    cycles = leaks = None
    if "no_cycles" in arguments:
        cycles = Limit(**arguments["no_cycles"])
        look_for.add(Kind.CYCLE)
    if "no_leaks" in arguments:
        leaks = Limit(**arguments["no_leaks"])
        look_for.add(Kind.LEAK)
    return policy._replace(cycles=cycles, leaks=leaks, look_for=frozenset(look_for))


def _kinds(text: str, where: str) -> frozenset[Kind]:
    if text.strip() == "none":
        return frozenset()
    return _checked(Kind, text, where, " or none")


def _origins(text: str, where: str) -> frozenset[Origin]:
    return _checked(Origin, text, where)


def _checked(words: type[Word], text: str, where: str, more: str = "") -> frozenset[Word]:
    try:
        chosen = markers.each(words, markers.words(text))
    except ValueError:
        chosen = frozenset()
    return chosen or wrong(text, where, f"a comma list of {', '.join(word.value for word in words)}{more}")


def wrong(given: str, where: str, allowed: str) -> NoReturn:
    """Raises `pytest.UsageError` for a wrong value."""
    raise pytest.UsageError(f"gcguard: {where}: {given!r} was given; allowed: {allowed}")


def check_writable(path: Path, given: str, where: str) -> None:
    """Complains about a path that cannot be written: now, not after the last test, when all findings would be lost."""
    if path.is_dir():
        wrong(given, where, "a file's path; this is a folder")
    there = next(folder for folder in (path.parent, *path.parent.parents) if folder.exists())
    if not there.is_dir():
        wrong(given, where, f"a path below a folder; {there} is a file")
    if not os.access(path if path.exists() else there, os.W_OK):
        wrong(given, where, f"a path that can be written; {path if path.exists() else there} is not writable")
