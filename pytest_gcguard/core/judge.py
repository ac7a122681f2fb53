"""What to make of an observation: which of its facts are findings, and which of those fail the test.

Rules of this file: pure; an observation and a policy in, a verdict out; no object, no gc, no pytest.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import TypeVar

from pytest_gcguard.core.documents.cutting import united
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.model import Cut, Cycle, Finding, Holder, Leak, MemoryGrowth, Observation, Place, Step, Verdict
from pytest_gcguard.core.policy import Limit, Policy
from pytest_gcguard.core.shapes import leak_shapes
from pytest_gcguard.core.signature import blot, cycle_words, signature

Relative = Callable[[str], str]
_ORIGINS = list(Origin)


def judge(observation: Observation, policy: Policy, relative: Relative = str) -> Verdict:
    """The findings of an observation, and those of them that fail the test.

    ``relative`` shortens the path of a file for people to read.

    >>> cycle = Cycle((Step("app.Node", ".me"),), ("app.Node",), Origin.OWN, objects=1)
    >>> verdict = judge(Observation(cycles=(cycle,)), Policy(fail_on=frozenset({Kind.CYCLE})))
    >>> verdict.failures[0].title
    'app.Node → .me'
    """
    if not (observation.cycles or observation.uncollectable or observation.leaks or observation.memory):
        return Verdict()
    findings = [
        *_merged(_of_cycles(Kind.UNCOLLECTABLE, observation.uncollectable, relative)),
        *_merged(_of_leak(leak, relative) for leak in observation.leaks),
        *_merged(_of_cycles(Kind.CYCLE, observation.cycles, relative)),
        *_merged(_of_memory(growth, relative) for growth in observation.memory),
    ]
    kept = tuple(finding for finding in findings if finding.kind in policy.look_for and not _ignored(finding, policy.ignore))
    known = frozenset(finding.signature for finding in kept if _known(finding, policy))
    fresh = [finding for finding in kept if finding.signature not in known]
    return Verdict(kept, tuple(_failures(fresh, policy)), known)


def _known(finding: Finding, policy: Policy) -> bool:
    """Whether a finding is in the baseline, or is to be."""
    if finding.signature in policy.baseline:
        return True
    limit = {Kind.CYCLE: policy.cycles, Kind.LEAK: policy.leaks}.get(finding.kind)
    origins = policy.origins if limit is None else limit.origins or policy.origins
    return policy.accept and finding.confirmed and finding.origin in origins


def _failures(findings: Sequence[Finding], policy: Policy) -> Iterable[Finding]:
    over = {
        Kind.CYCLE: _over(findings, Kind.CYCLE, policy.cycles, policy.origins),
        Kind.LEAK: _over(findings, Kind.LEAK, policy.leaks, policy.origins),
    }
    for finding in findings:
        limit = over.get(finding.kind)
        if limit is not None:
            if finding.signature in limit:
                yield finding
        elif finding.kind in policy.fail_on and finding.origin in policy.origins and finding.confirmed:
            yield finding


def _over(findings: Sequence[Finding], kind: Kind, limit: Limit | None, origins: frozenset[Origin]) -> set[str] | None:
    """The signatures that a marker counts, if they are more than it allows, else none; None where there is no such marker."""
    if limit is None:
        return None
    counted = [
        finding
        for finding in findings
        if finding.kind is kind
        and finding.origin in (limit.origins or origins)
        and finding.confirmed
        and not _ignored(finding, limit.ignore)
        and (not limit.types or any(_names(name, finding) for name in limit.types))
    ]
    number = sum(finding.growth[-1] if finding.growth else finding.count for finding in counted)
    return {finding.signature for finding in counted} if number > limit.max else set()


def _names(name: str, finding: Finding) -> bool:
    """Whether a finding is about a type, given by its full name or its last part."""
    return any(name in (full, full.rpartition(".")[2]) for full in finding.types)


def _ignored(finding: Finding, patterns: Iterable[str]) -> bool:
    """Whether a glob names the finding's signature or one of its types."""
    return any(fnmatchcase(text, pattern) for pattern in patterns for text in (finding.signature, *finding.types))


def _merged(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each signature, with the sums; where origins differ, the project's finding stands for all."""
    merged: dict[str, Finding] = {}
    sums: dict[str, list[int]] = {}
    cuts: dict[str, dict[int, Cut | None]] = {}
    for finding in findings:
        best = merged.setdefault(finding.signature, finding)
        if _ORIGINS.index(finding.origin) < _ORIGINS.index(best.origin):
            merged[finding.signature] = finding
        numbers = sums.setdefault(finding.signature, [0, 0, 0])
        for at, number in enumerate((finding.count, finding.objects, finding.retained)):
            numbers[at] += number
        cuts.setdefault(finding.signature, {})[id(finding.cut)] = finding.cut  # many have the very same
    for finding in merged.values():
        several = cuts[finding.signature].values()
        if len(several) > 1 and finding.growth is None:
            merged[finding.signature] = dataclasses.replace(finding, cut=united([finding.cut, *several]))
    return [
        dataclasses.replace(finding, count=count, objects=objects, retained=retained)
        for finding, (count, objects, retained) in zip(merged.values(), sums.values(), strict=True)
    ]


def _of_cycles(kind: Kind, cycles: Sequence[Cycle], relative: Relative) -> Iterator[Finding]:
    """The findings of cycles: cycles that are one object give one finding, and those that share a path are worded once."""
    worded: dict[tuple[int, bool, str], Finding] = {}
    same = dict(zip(map(id, cycles), cycles, strict=True))
    for cycle_id, count in Counter(map(id, cycles)).items():
        cycle = same[cycle_id]
        key = (id(cycle.path), cycle.hidden, cycle.maker)
        finding = worded.get(key)
        if finding is None:
            finding = worded[key] = _of_cycle(kind, cycle, relative)
        if count > 1 or finding.retained != cycle.retained:
            finding = dataclasses.replace(
                finding, count=count, objects=count * finding.objects, retained=count * cycle.retained
            )
        yield finding


def _of_cycle(kind: Kind, cycle: Cycle, relative: Relative) -> Finding:
    notes = [*cycle.notes]
    if cycle.finalizer:
        notes.append("has a finalizer: __del__ ran when the collector found the cycle, not when the last reference went")
    if cycle.hidden:
        notes.append("the test collected it itself")
    if cycle.maker:
        notes.append(f"left by {cycle.maker}")
    if _is_nameless(cycle):
        notes.append("nothing in it tells who made it, so it counts as the project's: --gcguard-trace tells the line that did")
    return Finding(
        signature=signature(kind, cycle_words(cycle.path)),
        kind=kind,
        origin=cycle.origin,
        title=" → ".join(word for step in cycle.path for word in (step.type, step.edge) if word),
        types=cycle.types,
        path=tuple(_shown(step, relative) for step in cycle.path),
        cut=_shown_cut(cycle.cut, relative) if cycle.cut is not None else None,
        made_at=_places(cycle.made_at, relative),
        objects=cycle.objects,
        retained=cycle.retained,
        notes=tuple(notes),
        shape=cycle.shape,
    )


_WITH_NAMES = ("class ", "function ", "method ", "frame of ", "generator ", "coroutine ", "async generator ", "module ")


def _is_nameless(cycle: Cycle) -> bool:
    """Whether a cycle counts as the project's only because nothing says whose it is: untraced lists and dictionaries."""
    placed = cycle.made_at or cycle.cut is None or cycle.cut.file
    return cycle.origin is Origin.OWN and not placed and not any("." in name for name in cycle.types)


def _of_leak(leak: Leak, relative: Relative) -> Finding:
    holder = leak.holder
    # the last step of a chain is the object itself, the one before it leads there
    last = holder.path[-2] if holder is not None and len(holder.path) > 1 else None
    shape, hint = leak_shapes.of_leak(leak)
    words = [leak.types[0], blot(holder.expression)] if holder is not None else [leak.types[0]]
    return Finding(
        signature=signature(Kind.LEAK, words),
        kind=Kind.LEAK,
        origin=leak.origin,
        title=_leaked(leak),
        types=leak.types,
        path=_chain(holder, relative),
        cut=Cut(last.type, last.edge, hint=hint) if last is not None else None,
        holder=holder.expression if holder is not None else None,
        made_at=_places(leak.made_at, relative),
        growth=leak.growth,
        objects=leak.objects,
        retained=leak.retained,
        confirmed=leak.confirmed,
        notes=tuple(_leak_notes(leak)),
        shape=shape,
    )


def _leaked(leak: Leak) -> str:
    """What leaks, for people: the type, or the name of what has one of its own, as a class, a function or a coroutine."""
    label = leak.holder.path[-1].type if leak.holder is not None and leak.holder.path else ""
    return label if label.startswith(_WITH_NAMES) else leak.types[0]


def _leak_notes(leak: Leak) -> Iterable[str]:
    if not leak.confirmed:
        yield f"unconfirmed: {leak.why}"
    if leak.cut_short:
        yield f"the search for its holder was cut short after {leak.cut_short}"


def _of_memory(growth: MemoryGrowth, relative: Relative) -> Finding:
    """What a line keeps. Its signature is made of the file and the function: lines move, and the type is only an example."""
    holder = growth.holder
    made_at = _places(growth.made_at, relative)
    maker = made_at[0].function or made_at[0].file
    return Finding(
        signature=signature(Kind.MEMORY, [made_at[0].file, made_at[0].function or ""]),
        kind=Kind.MEMORY,
        origin=growth.origin,
        title=f"{growth.type} made in {maker}",
        types=(growth.type,),
        path=_chain(holder, relative),
        holder=holder.expression if holder is not None else None,
        made_at=made_at,
        growth=growth.growth,
        objects=1,
    )


def _places(places: Iterable[Place], relative: Relative) -> tuple[Place, ...]:
    """Places with their files' paths as people read them."""
    return tuple(Place(relative(place.file), place.line, place.function) for place in places)


def _chain(holder: Holder | None, relative: Relative) -> tuple[Step, ...]:
    """The chain from the root to what leaks. A module that is the root is told once: as the object, not by its name before."""
    path: Sequence[Step] = holder.path if holder is not None else ()
    named = len(path) > 1 and path[1].type == f"module {path[0].type}"
    return tuple(_shown(step, relative) for step in path[named:])


_Located = TypeVar("_Located", Step, Cut)


def _shown(located: _Located, relative: Relative) -> _Located:
    """A step or cut with its file's path as people read it."""
    return dataclasses.replace(located, file=relative(located.file)) if located.file else located


def _shown_cut(cut: Cut, relative: Relative) -> Cut:
    return dataclasses.replace(_shown(cut, relative), also=tuple(_shown(step, relative) for step in cut.also))
