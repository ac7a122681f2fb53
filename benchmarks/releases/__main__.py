"""The command ``python -m benchmarks.releases [NAME …]``: leaks of real releases are found, mended releases are silent.

Each release gets an environment of its own; a small suite runs in it under the defaults, with ``--gcguard-own`` naming the
package. Exit status 1 when a leaky release is not found out or a mended one is accused.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import environments
from benchmarks.releases import page
from benchmarks.releases.cases import ALL, Case
from benchmarks.releases.page import Told

_SUITES = Path(__file__).resolve().parent / "suites"
_NAMES = ", ".join(case.name for case in ALL)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.releases", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{_NAMES} (default: all)", type=_known)
    parser.add_argument("--work", type=Path, default=environments.CACHE, metavar="FOLDER", help="where environments are kept")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write what was told as Markdown (docs/releases.md)")
    options = parser.parse_args(arguments)
    told: dict[str, Told] = {}
    wrong = [
        complaint
        for case in ALL
        if not options.names or case.name in options.names
        for complaint in _check(case, options.work, told)
    ]
    if options.page:
        options.page.write_text(page.render(told), encoding="utf-8")
    print("\n".join([f"releases: {len(told)} tried, {len(wrong)} not as they should be", *wrong]))
    return bool(wrong)


def _known(name: str) -> str:
    if name not in {case.name for case in ALL}:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {_NAMES}")
    return name


def _check(case: Case, work: Path, told: dict[str, Told]) -> list[str]:
    """Runs a leaky release and the mended one; what is not as it should be."""
    if not case.here:
        print(f"{case.name} {case.leaky}: does not leak on Python {sys.version_info[0]}.{sys.version_info[1]}, left out\n")
        return []
    for version in (case.leaky, case.mended):
        told[f"{case.name} {version}"] = _run(case, version, work)
    leaky, mended = (told[f"{case.name} {version}"].own for version in (case.leaky, case.mended))
    wrong = []
    if not any(_is_it(case, finding) for finding in leaky):
        wrong.append(f"{case.name} {case.leaky}: no {case.kind} that says {', '.join(case.says)}")
    return wrong + [f"{case.name} {case.mended}: accused of {finding['title']}" for finding in mended]


def _is_it(case: Case, finding: dict[str, Any]) -> bool:
    if finding["kind"] != case.kind or (case.kind == "leak" and finding["types"][0] != case.says[0]):
        return False
    steps = [word for step in finding["path"] for word in (step["type"], step["edge"])]
    words = [*finding["types"], finding["holder"] or "", *steps]
    return all(any(text in word for word in words) for text in case.says)


def _run(case: Case, version: str, work: Path) -> Told:
    """What is told of a release; it is printed as well."""
    folder = work / "releases" / f"{case.name}-{version}"
    python = environments.make(folder, [f"{case.name}=={version}"])
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    command = [str(python), "-m", "pytest", "-v", "--gcguard", f"--gcguard-own={case.own or case.name}"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    for unwanted in ("PYTEST_ADDOPTS", "GITHUB_ACTIONS"):
        environment.pop(unwanted, None)
    done = subprocess.run(
        [*command, f"--gcguard-report=json:{report}", case.suite],
        cwd=_SUITES,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if not report.exists():
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    said = _said(done.stdout)
    print("\n".join([f"--- {case.name} {version}", *said, ""]), flush=True)
    findings = json.loads(report.read_text(encoding="utf-8"))["findings"]
    return Told(case, version, [finding for finding in findings if finding["origin"] == "own"], said)


def _said(text: str) -> list[str]:
    """The guard's part of what pytest printed."""
    lines = text.splitlines()
    start = next((at for at, line in enumerate(lines) if line.startswith("=") and line.strip("= ") == "gcguard"), 0)
    end = next((at for at, line in enumerate(lines) if line.startswith("gcguard: ") and " checked" in line), len(lines))
    return lines[start + 1 if start else end : end + 1]


if __name__ == "__main__":
    sys.exit(main())
