"""Runs the suites of libraries, from their source distributions, plain and guarded; fails unless the outcomes are the same.

``python .ci/real_suites.py NAME[==VERSION][:EXTRA,…] …``, where EXTRA are packages that the suite needs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def main(wanted: list[str]) -> int:
    failed = [name for name in wanted if not same_outcomes(name)]
    print(f"real suites: {len(wanted) - len(failed)} the same, {len(failed)} different {' '.join(failed)}")
    return bool(failed)


def same_outcomes(wanted: str) -> bool:
    requirement, _, extras = wanted.partition(":")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        source = unpack(requirement, place)
        # the suite's own dependencies, beside the environment and not in it
        site = place / "site"
        pip("install", "--quiet", "--target", str(site), str(source), *filter(None, extras.split(",")))
        # some releases of pytest-asyncio warn when this is unset, and some suites make every warning an error
        settings = ["-o", "asyncio_default_fixture_loop_scope=function"] if "pytest-asyncio" in extras else []
        plain = run(source, site, place / "plain.json", *settings)
        guarded = run(source, site, place / "guarded.json", *settings, "--gcguard", "--gcguard-fail-on=none", "-rN")
    different = {
        test: (plain["tests"].get(test), guarded["tests"].get(test))
        for test in plain["tests"].keys() | guarded["tests"].keys()
        if plain["tests"].get(test) != guarded["tests"].get(test)
    }
    for test, (before, after) in sorted(different.items())[:20]:
        print(f"different: {test}\n  plain    {before}\n  guarded  {after}")
    if not plain["tests"] or plain["exit"] != guarded["exit"]:
        print(f"{requirement}: {len(plain['tests'])} tests; exit {plain['exit']} plain, {guarded['exit']} guarded")
        return False
    print(f"{requirement}: {len(plain['tests'])} tests, {len(different)} different")
    return not different


def unpack(requirement: str, place: Path) -> Path:
    pip("download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", str(place), requirement)
    archive = next(place.glob("*.tar.gz"))
    with tarfile.open(archive) as tar:
        tar.extractall(place, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    archive.unlink()
    return next(path for path in place.iterdir() if path.is_dir())


def pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments], check=True)


def run(source: Path, site: Path, result: Path, *options: str) -> dict[str, Any]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE), str(site)]),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "outcomes",
        f"--outcomes={result}",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
    ]
    print(f"--- {source.name}: pytest {' '.join(options)}", flush=True)
    done = subprocess.run([*command, *options], cwd=source, env=environment, capture_output=True, text=True, check=False)
    print("\n".join(done.stdout.splitlines()[-25:]), flush=True)
    if not result.exists():
        print(done.stderr)
        return {"exit": done.returncode, "tests": {}}
    answer: dict[str, Any] = json.loads(result.read_text())
    return answer


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
