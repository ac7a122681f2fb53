"""The command ``python -m benchmarks.real MODE [SUITE …]``.

``outcomes``: every phase of every test must end the same, plain and guarded with ``--gcguard-fail-on=none``.
``findings``: runs under the defaults and lists the findings that are the library's own, with their verdicts.
``repeat``: three runs under the defaults must give the same own findings in the same tests.
``page``: writes ``docs/real-suites.md`` from the runs that are kept.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import environments
from benchmarks.real import page, running
from benchmarks.real.suites import ALL, Suite


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    chosen = [suite for suite in ALL if not options.suites or suite.name in options.suites]
    if options.part:
        chosen = [suite.in_part() for suite in chosen]
    if options.mode == "page":
        page.write(chosen, options.work)
        return 0
    failed = [suite.name for suite in chosen if not _MODES[options.mode](suite, options.work)]
    print(f"{options.mode}: {len(chosen) - len(failed)} of {len(chosen)} as they should be. {' '.join(failed)}".rstrip(" "))
    return bool(failed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.real", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [suite.name for suite in ALL]
    parser.add_argument("mode", choices=[*_MODES, "page"])
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"{', '.join(names)} (default: all)", type=_known)
    parser.add_argument("--part", action="store_true", help="of a suite that takes minutes run only a part")
    parser.add_argument(
        "--work", type=Path, default=environments.CACHE, metavar="FOLDER", help="where sources, environments and runs are kept"
    )
    return parser


def _known(name: str) -> str:
    if name not in {suite.name for suite in ALL}:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(suite.name for suite in ALL)}")
    return name


def outcomes(suite: Suite, work: Path) -> bool:
    """Whether every phase of every test ends the same, plain and guarded."""
    plain = running.run(suite, work, "plain", running.PLAIN)
    guarded = running.run(suite, work, "guarded", running.GUARDED)
    different = running.different(plain, guarded)
    for test, before, after in different[:20]:
        print(f"different: {test}\n  plain    {before}\n  guarded  {after}")
    print(
        f"{suite.title}: {len(plain.tests)} tests, {len(different)} different; exit {plain.exit} and {guarded.exit}; "
        f"user CPU {plain.seconds:.1f} s plain, {guarded.seconds:.1f} s guarded",
        flush=True,
    )
    return bool(plain.tests) and not different and plain.exit == guarded.exit


def findings(suite: Suite, work: Path) -> bool:
    """Lists the own findings of a run under the defaults; whether each has a verdict."""
    own = running.run(suite, work, "defaults", running.DEFAULTS).own
    verdicts = [page.verdict(suite, finding) for finding in own]
    for finding, verdict in zip(own, verdicts, strict=True):
        print(f"{suite.name}: {page.line(finding)}\n    {verdict or 'NOT JUDGED'}")
    unjudged = verdicts.count(None)
    print(f"{suite.title}: {len(own)} own findings, {unjudged} of them not judged", flush=True)
    return not unjudged


def repeat(suite: Suite, work: Path) -> bool:
    """Whether three runs, each with another seed for hashes, give the same own findings in the same tests."""
    seen: list[set[tuple[str, str]]] = []
    for number, name in enumerate(page.RUNS):
        own = running.run(suite, work, name, running.DEFAULTS, hash_seed=str(number)).own
        seen.append({(finding["signature"], test["nodeid"]) for finding in own for test in finding["tests"]})
    ever, always = frozenset[tuple[str, str]]().union(*seen), frozenset(seen[0]).intersection(*seen)
    unsteady = sorted(ever - always)
    for signature, test in unsteady[:20]:
        print(f"unsteady: {suite.name}: {signature} in {test}: in runs {[(signature, test) in run for run in seen]}")
    print(f"{suite.title}: {len(ever)} own findings in tests, {len(unsteady)} not in each run", flush=True)
    return not unsteady


_MODES: dict[str, Callable[[Suite, Path], bool]] = {"outcomes": outcomes, "findings": findings, "repeat": repeat}

if __name__ == "__main__":
    sys.exit(main())
