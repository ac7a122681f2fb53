"""What the user asked for: marker over command line over ini file over default, resolved once into frozen values.

Rules of this file: every wrong value is a `pytest.UsageError` that says what was given, where, and what is allowed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

import pytest

from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.policy import Limit, Policy
from pytest_gcguard.session.config import closeness, markers, values
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
    cut, ``run_seconds`` the guard's time for the whole run; None means their own defaults.
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
    run_seconds: float | None = None


def resolve(config: pytest.Config) -> Settings:
    """The settings of a run from its command line and ini file."""
    fail_on, where = values.given(config, "fail_on")
    origins, origins_where = values.given(config, "origins")
    policy = Policy()
    everywhere, pauses = _guarded_or_timed(config)
    listed = _listed(config)
    confirm_seconds = values.seconds(config, "confirm_seconds")
    return Settings(
        everywhere=everywhere,
        pauses=pauses,
        trace=_frames(config),
        policy=_with_memory(
            policy,
            **({"memory": True} if values.switched_on(config, "gcguard_memory") else {}),
            fail_on=_kinds(fail_on, where) if fail_on is not None else policy.fail_on,
            origins=_origins(origins, origins_where) if origins is not None else policy.origins,
            confirm=_confirm(config, policy.confirm),
            confirm_seconds=policy.confirm_seconds if confirm_seconds is None else confirm_seconds,
            ignore=(*(config.getoption("gcguard_ignore") or ()), *config.getini("gcguard_ignore")),
            baseline=frozenset(listed.known.entries) if listed is not None else frozenset(),
            accept=listed is not None and listed.update,
        ),
        own=_packages(config),
        listed=listed,
        bugs=_bugs(config),
        graphs=_graphs(config),
        search_seconds=values.seconds(config, "search_seconds"),
        search_objects=_objects(config),
        run_seconds=values.seconds(config, "run_seconds"),
    )


def _packages(config: pytest.Config) -> tuple[str, ...]:
    text, where = values.given(config, "own")
    if text is None:
        return ()
    from pytest_gcguard.core.origins import packages

    try:
        return packages.named(text)
    except ValueError:
        values.wrong(text, where, "a comma list of packages, each as an import statement names it: my_app, not my-app")


def _bugs(config: pytest.Config) -> tuple[Bug, ...]:
    """The bugs in the catalogues that were named; those in the package's own are read when something is found."""
    option = config.getoption("gcguard_catalogue")
    where = "--gcguard-catalogue" if option else values.in_file(config, "gcguard_catalogue")
    files = option or config.getini("gcguard_catalogue")
    if not files:
        return ()
    from pytest_gcguard.core.documents import catalogue

    bugs: list[Bug] = []
    for text in files:
        path = values.path_given(config, text, where)
        try:
            bugs += catalogue.read(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise pytest.UsageError(f"gcguard: {where}: {path}: {error}") from None
    return tuple(bugs)


def _graphs(config: pytest.Config) -> Path | None:
    text, where = values.given(config, "graphs")
    if text is None:
        return None
    folder = values.path_given(config, text, where)
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        values.wrong(text, where, f"a folder; {there} is a file")
    return folder


def _listed(config: pytest.Config) -> Listed | None:
    text, where = values.given(config, "baseline")
    update, strict = (
        values.switched_on(config, "gcguard_update_baseline"),
        values.switched_on(config, "gcguard_strict_baseline"),
    )
    if text is None:
        for asked, name in ((update, "update"), (strict, "strict")):
            if asked:
                raise pytest.UsageError(f"gcguard: --gcguard-{name}-baseline needs a file: --gcguard-baseline=FILE")
        return None
    target = values.path_given(config, text, where)
    if update and not hasattr(config, "workerinput"):
        values.check_writable(target, text, where)

    from pytest_gcguard.session.config.listed import Listed, load

    def complain(why: str) -> NoReturn:
        raise pytest.UsageError(f"gcguard: {where}: {target}: {why}")

    return Listed(target, load(target, config, update, complain), update, strict)


def _guarded_or_timed(config: pytest.Config) -> tuple[bool, int]:
    """Whether each test is guarded, and how many tests ``--gcguard-pauses`` shows, 0 without it; never both.

    If one is given on the command line and the other in the file, the command line wins.
    """
    text, where = values.given(config, "pauses")
    pauses = values.number(text, where, least=1) if text is not None else 0
    guard_given = bool(config.getoption("gcguard"))
    guarded = values.switched_on(config, "gcguard")
    if pauses and guarded:
        if guard_given is (config.getoption("gcguard_pauses") is not None):
            values.wrong(str(text), where, "no --gcguard beside it: what automatic gc costs can be timed only where it is on")
        return guard_given, 0 if guard_given else pauses
    return bool(guarded), pauses


def _confirm(config: pytest.Config, default: int) -> int:
    text, where = values.given(config, "confirm")
    return default if text is None else values.number(text, where, least=0)


def _frames(config: pytest.Config) -> int:
    """How many frames of each allocation are traced from the start; 0 where that is not asked for."""
    text, where = values.given(config, "trace")
    return 0 if text is None else values.number(text, where, least=1, most=_FRAMES)


def _objects(config: pytest.Config) -> int | None:
    text, where = values.given(config, "search_objects")
    return None if text is None else values.number(text, where, least=1)


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
    return chosen or values.wrong(text, where, f"a comma list of {', '.join(word.value for word in words)}{more}")
