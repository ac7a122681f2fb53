"""The command ``python -m pytest_gcguard``: merge, render and compare reports, explain findings.

Rules of this file: a file that cannot be read or written is named, with exit status 2, and nothing is overwritten.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from pytest_gcguard.core.documents import merging
from pytest_gcguard.core.documents.document import Document, arranged
from pytest_gcguard.core.documents.written import from_json
from pytest_gcguard.core.shapes import pages
from pytest_gcguard.reports import difference, json_file, terminal
from pytest_gcguard.reports.formats import FORMATS
from pytest_gcguard.session.output import files

_SIGNATURE = re.compile(r"(GCG\d{3})-[0-9a-f]+", re.IGNORECASE)
_REPORT = "gcguard.json"


class _MistakeError(Exception):
    """Something that the user can mend."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit status is 0, 1 for new findings of ``diff``, or 2."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except _MistakeError as wrong:
        print(f"gcguard: {wrong}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m pytest_gcguard", description="Work with JSON reports of pytest-gcguard.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    merge = commands.add_parser("merge", help="make one JSON report of those of shards or of jobs of a matrix")
    merge.add_argument("files", nargs="+", type=Path, metavar="FILE")
    merge.set_defaults(run=_merge)

    render = commands.add_parser("render", help="turn a JSON report into another format")
    render.add_argument("file", type=Path, metavar="FILE")
    render.add_argument("--to", required=True, choices=sorted(_RENDER), help="the format")
    render.set_defaults(run=_render)

    diff = commands.add_parser("diff", help="compare two JSON reports; exit status 1 if the project has new findings")
    diff.add_argument("base", type=Path, metavar="BASE")
    diff.add_argument("head", type=Path, metavar="HEAD")
    diff.add_argument("--to", default="text", choices=("text", "markdown", "json"), help="the format (default: text)")
    diff.set_defaults(run=_diff)

    for command in (merge, render, diff):
        command.add_argument("-o", "--output", type=Path, metavar="PATH", help="write to a file, not to the terminal")

    explain = commands.add_parser("explain", help="show the page on a rule, a shape or a finding")
    explain.add_argument("name", metavar="RULE|SHAPE|SIGNATURE", help=", ".join(pages.names()))
    explain.add_argument("file", nargs="?", type=Path, metavar="FILE", help=f"the report of a signature ({_REPORT})")
    explain.set_defaults(run=_explain, output=None)
    return parser


def _merge(options: argparse.Namespace) -> int:
    _write(json_file.render(merging.merge([_read(file) for file in options.files])), options.output)
    return 0


def _render(options: argparse.Namespace) -> int:
    missing = FORMATS[options.to].missing() if options.to in FORMATS else ""
    if missing:
        raise _MistakeError(f"{options.to} needs an extra: pip install '{missing}'")
    _write(_RENDER[options.to](_read(options.file)), options.output)
    return 0


def _text(document: Document) -> str:
    return "".join(f"{line.text}\n" for line in terminal.render(document, verbosity=2, width=100))


_RENDER = {"text": _text} | {name: made.render for name, made in FORMATS.items()}


def _diff(options: argparse.Namespace) -> int:
    base, head = _read(options.base), _read(options.head)
    found = merging.difference(base, head)
    if options.to == "json":
        written = difference.as_data(found, head)
    else:
        written = difference.text(found) if options.to == "text" else difference.markdown(found)
    _write(written, options.output)
    return bool(found.new_own)


def _explain(options: argparse.Namespace) -> int:
    signature = _SIGNATURE.fullmatch(options.name)
    try:
        if signature is None:
            _write(pages.page(options.name), None)
        else:
            _write(_finding(options.name.lower(), signature[1], options.file), None)
    except ValueError as error:
        raise _MistakeError(str(error)) from None
    return 0


def _finding(signature: str, rule: str, file: Path | None) -> str:
    """What a report says about one finding, and the page on its shape or its rule."""
    if file is None and not Path(_REPORT).exists():
        return f"(give the JSON report to see {signature.replace('gcg', 'GCG')} itself)\n\n{pages.page(rule)}"
    file = file or Path(_REPORT)
    document = _read(file)
    entries = [entry for entry in document.entries if entry.finding.signature.lower() == signature]
    if not entries:
        raise _MistakeError(f"{file}: there is no finding {signature.replace('gcg', 'GCG')} in it")
    finding = entries[0].finding
    lines = [line.text for line in terminal.render(arranged(document, entries), verbosity=2, width=100)[:-1]]
    steps = [
        f"    {step.type}{f'  {step.edge}' if step.edge else ''}{f'  ({step.file}:{step.line})' if step.file else ''}"
        for step in finding.path
    ]
    return "\n".join([*lines, *(["", "the path:", *steps] if steps else []), "", pages.page(finding.shape or rule)])


def _read(file: Path) -> Document:
    try:
        return from_json(json.loads(file.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise _MistakeError(f"{file}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        kind = "it is not JSON: " if isinstance(error, (json.JSONDecodeError, UnicodeError, RecursionError)) else ""
        raise _MistakeError(f"{file}: {kind}{error}") from None


def _write(text: str, output: Path | None) -> None:
    if output is None:
        try:
            sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
            sys.stdout.flush()
        except BrokenPipeError:  # whoever reads has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    try:
        files.write(output, text)
    except OSError as error:
        raise _MistakeError(f"{output}: {error.strerror or error}") from None


if __name__ == "__main__":
    sys.exit(main())
