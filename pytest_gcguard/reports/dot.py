"""One finding as a picture in Graphviz' language: the cycle or the chain of its holder, with the references to cut in red.

Rules of this file: drawn from the text of the document, since a picture of live objects would hold them.
"""

from __future__ import annotations

from pytest_gcguard.core.documents.document import Entry
from pytest_gcguard.core.model import Step
from pytest_gcguard.reports import picture
from pytest_gcguard.reports.text import writable

_LONG = 80


def render(entry: Entry) -> str:
    """The text of a ``.dot`` file, empty where a finding has no path.

    >>> from pytest_gcguard.core.kinds import Kind, Origin
    >>> from pytest_gcguard.core.model import Cut, Finding
    >>> path = (Step("app.Node", ".me", "app.py", 3),)
    >>> cut = Cut("app.Node", ".me")
    >>> node = Finding("GCG002-1f3a9c04", Kind.CYCLE, Origin.OWN, "app.Node → .me", ("app.Node",), path, cut)
    >>> print(render(Entry(node, False, ())), end="")
    digraph "GCG002-1f3a9c04" {
      label="GCG002-1f3a9c04 cycle: app.Node → .me";
      labelloc=t;
      node [shape=box];
      n0 [label="app.Node\\napp.py:3"];
      n0 -> n0 [label=".me (cut)", color=red, fontcolor=red, penwidth=2];
    }
    """
    finding = entry.finding
    steps = finding.path
    if not steps:
        return ""
    cuts = picture.cuts_at(finding)
    lines = [f"  n{at} [label={_quoted(_label(step))}];" for at, step in enumerate(steps)]
    for at, step in enumerate(steps if picture.is_circle(finding) else steps[:-1]):
        marked = ", color=red, fontcolor=red, penwidth=2" if at in cuts else ""
        edge = _quoted(step.edge + (" (cut)" if marked else ""))
        lines.append(f"  n{at} -> n{(at + 1) % len(steps)} [label={edge}{marked}];")
    title = _quoted(f"{finding.signature} {finding.kind.value}: {finding.title}")
    head = [f"digraph {_quoted(finding.signature)} {{", f"  label={title};", "  labelloc=t;", "  node [shape=box];"]
    return "\n".join([*head, *lines, "}", ""])


def _label(step: Step) -> str:
    where = f"\n{step.file}:{step.line}" if step.file and step.line else ""
    return f"{step.type[:_LONG]}{where}"


def _quoted(text: str) -> str:
    """A string in Graphviz' language; a character that no file can have is written as its number."""
    return '"' + writable(text).replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", "\\n") + '"'
