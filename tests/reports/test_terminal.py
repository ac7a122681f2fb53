"""The terminal section, block by block as a user sees it."""

from __future__ import annotations

import dataclasses
from textwrap import dedent

import pytest

from pytest_gcguard.core.documents.document import Document, Entry, Outcome, Summary, TestEntry
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.model import Cut, Finding, Place, Step
from pytest_gcguard.reports import terminal
from pytest_gcguard.reports.terminal import Line

LEAK = Finding(
    "GCG003-00000001",
    Kind.LEAK,
    Origin.OWN,
    "app.session.Session",
    ("app.session.Session",),
    cut=Cut("dict", "['alice']", hint="remove it from app.registry._OPEN when the session closes"),
    holder="app.registry._OPEN['alice'][0]",
    made_at=(Place("app/session.py", 41, "open_session"), Place("tests/test_login.py", 7, "test_login")),
    growth=(1, 1, 1),
    objects=1,
)
CYCLE = Finding(
    "GCG002-00000002",
    Kind.CYCLE,
    Origin.OWN,
    "app.tree.Node → .children[0] → app.tree.Node → .parent",
    ("app.tree.Node",),
    cut=Cut("app.tree.Node", ".parent", "app/tree.py", 18, verified=True),
    objects=2,
    retained=1,
)
SMALL = Finding("GCG002-00000003", Kind.CYCLE, Origin.OWN, "list → [0]", ("list",), objects=1)


def of(origin: Origin, number: int, kind: Kind = Kind.CYCLE) -> Finding:
    return Finding(f"{kind.rule}-{number:08x}", kind, origin, f"{origin.value}{number}", ("t",), objects=1)


def entry(finding: Finding, *tests: str, outcome: Outcome = "reported") -> Entry:
    found = tuple(TestEntry(test, outcome, finding.objects) for test in tests or ("test_a.py::test_a",))
    return Entry(finding, outcome == "baselined", found)


def run(*entries: Entry, checked: int = 214, seconds: float = 0.31) -> Document:
    failed = {test.nodeid for one in entries for test in one.tests if test.outcome == "failed"}
    summary = Summary(checked, checked, len(failed), seconds, {}, {})
    return Document("2030-01-31T12:00:00Z", 3.5, "3.14.0", "1.0", summary, entries)


def text(document: Document, verbosity: int = 0, limit: int = 10, width: int = 80) -> str:
    return "\n".join(line.text for line in terminal.render(document, verbosity, limit, width))


def block(expected: str) -> str:
    return dedent(expected).strip("\n")


def titles(document: Document, verbosity: int, limit: int = 10) -> list[str]:
    """The shown findings and the lines that are no finding's detail, without rules, kinds and numbers of tests."""
    lines = [line for line in terminal.render(document, verbosity, limit)[:-1] if not line.text.startswith("    ")]
    return [line.text.split()[2] if line.text.startswith("GCG") else line.text for line in lines]


def last(document: Document, verbosity: int = 0) -> str:
    return terminal.render(document, verbosity)[-1].text


# What a finding looks like


def test_a_run_as_the_reference_shows_it() -> None:
    tests = [f"tests/test_tree.py::test_{letter}" for letter in "abcde"]
    made = run(
        entry(LEAK, "tests/test_login.py::test_login", "tests/test_login.py::test_logout", outcome="failed"),
        entry(CYCLE, *tests),
        entry(of(Origin.LIBRARY, 7)),
    )
    assert text(made) == block(
        """
        GCG003 leak  app.session.Session  +1 a run (+1 +1 +1)                    2 tests
            held by  app.registry._OPEN['alice'][0]
            made at  app/session.py:41 in open_session
            fix      remove it from app.registry._OPEN when the session closes
            tests    tests/test_login.py::test_login, tests/test_login.py::test_logout
        GCG002 cycle  app.tree.Node → .children[0] → app.tree.Node → .parent     5 tests
            cut      .parent of app.tree.Node (app/tree.py:18): the only cut needed; frees 3 objects a test
            tests    tests/test_tree.py::test_a, tests/test_tree.py::test_b, tests/test_tree.py::test_c (and 2 more)
        gcguard: 214 tests checked · 1 leak (2 tests failed) · 1 own cycle · 1 of libraries · guard cost 0.31 s
        """
    )


def test_each_line_says_what_it_is() -> None:
    lines = terminal.render(run(entry(SMALL), entry(of(Origin.LIBRARY, 7))), verbosity=2, width=40)
    assert lines == [
        Line("GCG002 cycle  list → [0]          1 test", "title"),
        Line("    tests    test_a.py::test_a", "detail"),
        Line("not the project's own:", "title"),
        Line("GCG002 cycle  library7            1 test", "title"),
        Line("    tests    test_a.py::test_a", "detail"),
        Line("gcguard: 214 tests checked · 1 own cycle · 1 of libraries · guard cost 0.31 s", "summary"),
    ]


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (0, "GCG002 cycle  list → [0]   1 test"),
        (33, "GCG002 cycle  list → [0]   1 test"),
        (34, "GCG002 cycle  list → [0]    1 test"),
        (50, "GCG002 cycle  list → [0]                    1 test"),
    ],
)
def test_the_number_of_tests_stands_at_the_right_and_three_spaces_off_at_least(width: int, expected: str) -> None:
    assert terminal.render(run(entry(SMALL)), 0, width=width)[0].text == expected


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        (
            Cut("app.A", ".b", "app/a.py", 3, verified=True),
            ".b of app.A (app/a.py:3): the only cut needed; frees 1 object a test",
        ),
        (Cut("app.A", ".b", "app/a.py", verified=True), ".b of app.A (app/a.py): the only cut needed; frees 1 object a test"),
        (Cut("list", "[0]", verified=True), "[0] of list: the only cut needed; frees 1 object a test"),
        (Cut("list", "[0]"), "[0] of list: a likely cut, not verified"),
        (
            Cut("app.A", ".b", "app/a.py", 3, verified=True, also=(Step("app.C", ".d", "app/c.py", 4),)),
            ".b of app.A (app/a.py:3) and .d of app.C (app/c.py:4): both needed; frees 1 object a test",
        ),
        (
            Cut("app.A", ".b", verified=True, also=(Step("app.C", ".d"), Step("app.E", ".f"))),
            ".b of app.A and .d of app.C and .f of app.E: all needed; frees 1 object a test",
        ),
    ],
)
def test_a_cut_says_what_where_and_whether_it_is_enough(cut: Cut, expected: str) -> None:
    lines = text(run(entry(dataclasses.replace(SMALL, cut=cut)))).splitlines()
    assert lines[1] == f"    cut      {expected}"


@pytest.mark.parametrize(
    ("growth", "expected"),
    [
        ((1, 1, 1), "app.session.Session  +1 a run (+1 +1 +1)"),
        ((2, 1, 3), "app.session.Session  +1 to +3 a run (+2 +1 +3)"),
        ((9, 2, 2), "app.session.Session  +2 a run (+9 at first, then +2 +2)"),
        ((4, 1, 3), "app.session.Session  +1 to +3 a run (+4 at first, then +1 +3)"),
        ((3, 40, 26), "app.session.Session  +26 to +40 a run (+3 at first, then +40 +26)"),
        ((4,), "app.session.Session  +4 in its only run"),
        (None, "app.session.Session"),
    ],
)
def test_growth_is_what_each_repeat_adds(growth: tuple[int, ...] | None, expected: str) -> None:
    line = terminal.render(run(entry(dataclasses.replace(LEAK, growth=growth))), 0, width=0)[0]
    assert line.text == f"GCG003 leak  {expected}   1 test"


def test_bytes_that_read_the_same_are_not_told_apart() -> None:
    grown = Finding("GCG004-00000004", Kind.MEMORY, Origin.OWN, "bytes", ("bytes",), growth=(1_000_001, 1_000_064, 1_000_064))
    assert "  +1.0 MB a run (+1.0 MB +1.0 MB +1.0 MB) " in terminal.render(run(entry(grown)), 0, width=0)[0].text


def test_every_kind_shows_what_is_known_and_leaves_out_what_is_not() -> None:
    stuck = dataclasses.replace(CYCLE, kind=Kind.UNCOLLECTABLE, title="app.Old", notes=("has a finalizer", "in C"))
    grown = Finding("GCG004-00000004", Kind.MEMORY, Origin.OWN, "bytes", ("bytes",), growth=(64, 64))
    hinted = dataclasses.replace(SMALL, cut=Cut("list", "[0]", verified=True, hint="clear the list"))
    assert text(run(entry(stuck), entry(hinted), entry(grown)), width=50) == block(
        """
        GCG001 uncollectable  app.Old               1 test
            cut      .parent of app.tree.Node (app/tree.py:18): the only cut needed; frees 3 objects a test
            note     has a finalizer
            note     in C
            tests    test_a.py::test_a
        GCG002 cycle  list → [0]                    1 test
            cut      [0] of list: the only cut needed; frees 1 object a test
            fix      clear the list
            tests    test_a.py::test_a
        GCG004 memory  bytes  +64 bytes a run (+64 bytes +64 bytes)   1 test
            tests    test_a.py::test_a
        gcguard: 214 tests checked · 1 uncollectable · 1 own cycle · 1 memory leak · guard cost 0.31 s
        """
    )


@pytest.mark.parametrize(("number", "more"), [(1, ""), (3, ""), (4, " (and 1 more)"), (37, " (and 34 more)")])
def test_three_tests_are_named_and_the_others_counted(number: int, more: str) -> None:
    made = run(entry(SMALL, *[f"t{place}" for place in range(number)]))
    names = ", ".join(f"t{place}" for place in range(min(3, number)))
    assert text(made).splitlines()[-2] == f"    tests    {names}{more}"


# What is shown when

OWN = [entry(of(Origin.OWN, number)) for number in range(12)]
OTHERS = [entry(of(Origin.LIBRARY, 20)), entry(of(Origin.STDLIB, 21)), entry(of(Origin.HARNESS, 22))]
OWN_TITLES = [f"own{number}" for number in range(12)]


@pytest.mark.parametrize(
    ("verbosity", "limit", "expected"),
    [
        (-1, 10, []),
        (-2, 10, []),
        (0, 10, [*OWN_TITLES[:10], "… and 2 more own findings (-v shows all, 2 of libraries: -vv)"]),
        (0, 11, [*OWN_TITLES[:11], "… and 1 more own finding (-v shows all, 2 of libraries: -vv)"]),
        (0, 12, OWN_TITLES),
        (1, 10, OWN_TITLES),
        (2, 10, [*OWN_TITLES, "not the project's own:", "library20", "stdlib21", "harness22"]),
        (3, 10, [*OWN_TITLES, "not the project's own:", "library20", "stdlib21", "harness22"]),
    ],
)
def test_each_verbosity_shows_its_share(verbosity: int, limit: int, expected: list[str]) -> None:
    assert titles(run(*OWN, *OTHERS), verbosity, limit) == expected


def test_ten_findings_of_eighty_columns_are_shown_unless_told_otherwise() -> None:
    made = run(*OWN)
    assert terminal.render(made, 0) == terminal.render(made, 0, limit=10, width=80)


def test_libraries_are_not_offered_where_there_are_none() -> None:
    assert titles(run(*OWN), 0)[-1] == "… and 2 more own findings (-v shows all)"


def test_nothing_stands_apart_where_all_is_own() -> None:
    assert titles(run(*OWN), 2) == OWN_TITLES


def test_what_failed_a_test_is_shown_beyond_the_limit_and_whosever_it_is() -> None:
    failing = [entry(of(Origin.OWN, number), outcome="failed") for number in range(3)]
    foreign = entry(of(Origin.LIBRARY, 20), outcome="failed")
    made = run(*failing, foreign, *OWN[3:5])
    assert titles(made, 0, limit=2) == [
        "own0",
        "own1",
        "own2",
        "library20",
        "… and 2 more own findings (-v shows all, 1 of libraries: -vv)",
    ]
    assert titles(made, 1) == titles(made, 2) == ["own0", "own1", "own2", "library20", "own3", "own4"]


def test_known_findings_take_a_line_each_until_asked_for() -> None:
    made = run(entry(SMALL, outcome="baselined"), entry(of(Origin.LIBRARY, 20), outcome="baselined"))
    assert text(made).splitlines() == [
        "in the baseline:",
        "    GCG002 cycle  list → [0], 1 test",
        "    GCG002 cycle  library20, 1 test",
        "gcguard: 214 tests checked · 2 in the baseline · guard cost 0.31 s",
    ]
    assert text(made, 1, width=40) == block(
        """
        GCG002 cycle  list → [0]          1 test
            note     known: it is in the baseline
            tests    test_a.py::test_a
        gcguard: 214 tests checked · 2 in the baseline · guard cost 0.31 s
        """
    )
    assert titles(made, 2) == ["list", "not the project's own:", "library20"]


# The last line


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], "214 tests checked · nothing found"),
        ([entry(LEAK, "a", "b", outcome="failed")], "214 tests checked · 1 leak (2 tests failed)"),
        ([entry(LEAK, "a", outcome="failed"), *OWN[:2]], "214 tests checked · 1 leak (1 test failed) · 2 own cycles"),
        ([entry(LEAK), entry(LEAK)], "214 tests checked · 2 leaks"),
        ([entry(SMALL, "a", outcome="failed")], "214 tests checked · 1 own cycle (1 test failed)"),
        (
            [entry(LEAK, "a", "b", outcome="failed"), entry(SMALL, "b", "c", outcome="failed")],
            "214 tests checked (3 tests failed) · 1 leak · 1 own cycle",
        ),
        ([entry(of(Origin.OWN, n, Kind.UNCOLLECTABLE)) for n in range(2)], "214 tests checked · 2 uncollectable"),
        ([entry(of(Origin.OWN, n, Kind.MEMORY)) for n in range(2)], "214 tests checked · 2 memory leaks"),
        (OTHERS, "214 tests checked · 2 of libraries"),
        ([entry(of(Origin.LIBRARY, 20), outcome="failed")], "214 tests checked · 1 of libraries (1 test failed)"),
        (OTHERS[2:], "214 tests checked · nothing found"),
        ([entry(of(Origin.HARNESS, 22), outcome="failed")], "214 tests checked · 1 of the test tools (1 test failed)"),
        ([entry(LEAK, outcome="baselined"), *OWN[:1]], "214 tests checked · 1 own cycle · 1 in the baseline"),
    ],
)
@pytest.mark.parametrize("verbosity", [-1, 0, 1])
def test_the_last_line_sums_up_without_empty_parts(entries: list[Entry], expected: str, verbosity: int) -> None:
    assert last(run(*entries), verbosity) == f"gcguard: {expected} · guard cost 0.31 s"


def test_only_who_sees_everything_is_told_of_the_test_tools() -> None:
    assert last(run(*OTHERS), 2) == "gcguard: 214 tests checked · 2 of libraries · 1 of the test tools · guard cost 0.31 s"


def test_one_test_is_a_test() -> None:
    assert last(run(checked=1, seconds=12)) == "gcguard: 1 test checked · nothing found · guard cost 12.00 s"


def stored(number: int, name: str, line: int, *, verified: bool = True, outcome: Outcome = "reported") -> Entry:
    cut = Cut(f"app.{name}", ".states['it'][1]", "app/base.py", line, verified)
    finding = Finding(
        f"GCG002-{number:08x}", Kind.CYCLE, Origin.OWN, f"app.{name} → .me", (f"app.{name}",), cut=cut, objects=1
    )
    return entry(finding, outcome=outcome)


def test_what_the_same_line_ends_comes_after_what_needs_another_cut() -> None:
    """A base class stores what makes a cycle of each class that inherits from it."""
    alike = [stored(number, name, 18) for number, name in enumerate(("First", "Second", "Third", "Fourth", "Fifth"))]
    document = run(*alike, stored(7, "Other", 40), stored(8, "Guess", 18, verified=False))
    shown = text(document, limit=3)
    titles = [line.split()[2] for line in shown.splitlines() if line.startswith("GCG002")]
    assert titles == ["app.First", "app.Other", "app.Guess"]
    assert "    also     the same line makes 4 more cycles: of app.Second, app.Third, app.Fourth and 1 other type" in shown
    assert shown.count("    also ") == 1
    assert "… and 4 more own findings" in shown
    everything = text(document, verbosity=1)
    titles = [line.split()[2] for line in everything.splitlines() if line.startswith("GCG002")]
    assert titles == ["app.First", "app.Second", "app.Third", "app.Fourth", "app.Fifth", "app.Other", "app.Guess"]


def test_the_last_line_says_how_many_cuts_end_the_cycles_of_several_classes() -> None:
    alike = [stored(number, name, 18) for number, name in enumerate(("First", "Second", "Third"))]
    ends = {
        "3 own cycles with the same cut": alike,
        "4 own cycles with 2 different cuts": [*alike, stored(7, "Other", 40)],
        "2 own cycles": [alike[0], stored(7, "Other", 40)],
        "2 own cycles with the same cut (1 test failed)": [alike[0], stored(1, "Second", 18, outcome="failed")],
    }
    for expected, entries in ends.items():
        assert last(run(*entries)) == f"gcguard: 214 tests checked · {expected} · guard cost 0.31 s"


def test_what_failed_a_test_stays_in_its_place_whatever_else_its_line_makes() -> None:
    entries = [stored(number, name, 18, outcome="failed") for number, name in enumerate(("First", "Second"))]
    shown = text(run(*entries, stored(7, "Other", 40)), limit=1)
    assert [line.split()[2] for line in shown.splitlines() if line.startswith("GCG002")] == ["app.First", "app.Second"]


def test_what_the_same_two_lines_make_is_told_with_the_first() -> None:
    entries = []
    for number, (name, line, other) in enumerate(
        (("First", 18, 20), ("Second", 18, 20), ("Third", 18, 21), ("Fourth", 18, None))
    ):
        step = Step(f"app.{name}", ".root", "app/base.py" if other else None, other)
        cut = Cut(f"app.{name}", ".parent", "app/base.py", line, verified=True, also=(step,))
        types = (f"app.{name}",)
        entries.append(entry(Finding(f"GCG002-{number:08x}", Kind.CYCLE, Origin.OWN, f"{types[0]} → .me", types, cut=cut)))
    shown = text(run(*entries))
    assert shown.count("    also ") == 1
    assert "    also     the same lines make 1 more cycle: of app.Second" in shown
    assert [line.split()[2] for line in shown.splitlines() if line.startswith("GCG002")] == [
        "app.First",
        "app.Third",
        "app.Fourth",
        "app.Second",
    ]
