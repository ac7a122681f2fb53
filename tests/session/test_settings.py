"""Markers, command line and ini file: what holds, and what is said about wrong values."""

from __future__ import annotations

import os

import pytest
from mini import again, run

NODE = """
    import pytest

    KEEP = []

    class Node:
        pass

    def cycle():
        a = Node()
        a.me = a

    def leak():
        KEEP.append(Node())
"""


def test_markers_work_without_the_option(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        NODE
        + """
    @pytest.mark.no_cycles
    def test_no_cycles():
        cycle()

    @pytest.mark.no_cycles
    def test_no_cycles_leaks():
        leak()

    @pytest.mark.no_leaks
    def test_no_leaks():
        leak()

    @pytest.mark.no_leaks
    def test_no_leaks_cycle():
        cycle()

    @pytest.mark.no_leaks.with_args(Node)  # pytest takes a lone class for what is to be marked
    def test_this_type():
        leak()

    @pytest.mark.no_leaks("Node")
    def test_this_type_by_name():
        leak()

    Alias = Node

    @pytest.mark.no_leaks("test_mini.Alias")
    def test_this_type_by_another_name():
        leak()

    @pytest.mark.no_leaks(int, "test_mini.Other")
    def test_another_type():
        leak()

    @pytest.mark.no_leaks(max=1)
    def test_one_leak_is_allowed():
        leak()

    @pytest.mark.no_leaks(ignore="*.Node")
    def test_ignored_leak():
        leak()

    @pytest.mark.gcguard
    def test_gcguard():
        leak()

    @pytest.mark.gcguard(fail_on="cycle")
    def test_gcguard_fail_on():
        leak()
        cycle()

    @pytest.mark.gcguard(fail_on="none")
    def test_gcguard_fails_on_nothing():
        leak()

    @pytest.mark.gcguard(fail_on=["cycle", "leak"], ignore="test_mini.Node", confirm=1)
    def test_gcguard_ignores():
        leak()
        cycle()

    @pytest.mark.gcguard(freeze=False)
    def test_gcguard_freeze():
        import gc
        assert gc.get_freeze_count() < 2000
        assert any(obj is KEEP for obj in gc.get_objects())
        leak()

    def test_unmarked():
        leak()
        cycle()
    """,
        "--strict-markers",
        guard=False,
    )
    failed = {name for name, outcome in seen.outcomes.items() if outcome == "failed"}
    assert failed == {
        "test_no_cycles",
        "test_no_leaks",
        "test_this_type",
        "test_this_type_by_name",
        "test_this_type_by_another_name",
        "test_gcguard",
        "test_gcguard_fail_on",
        "test_gcguard_freeze",
    }
    assert len(seen.outcomes) == 16
    assert "GCG002" in seen.failures("test_gcguard_fail_on")
    reason = seen.failures("test_gcguard_fail_on").partition("---")[0]  # what follows are sections, with all that was found
    assert "GCG003" not in reason

    off = again(pytester, "--no-gcguard")
    assert off.outcomes == seen.outcomes | dict.fromkeys(failed, "passed") | {"test_gcguard_freeze": "passed"}
    assert "GCG00" not in off.text


def test_the_closest_marker_wins(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        NODE
        + """
    pytestmark = pytest.mark.no_cycles

    def test_module():
        cycle()

    @pytest.mark.no_cycles(max=1)
    def test_function():
        cycle()

    @pytest.mark.no_gcguard(reason="makes cycles on purpose")
    def test_off():
        cycle()

    @pytest.mark.no_cycles(max=1)
    class TestClass:
        def test_class(self):
            cycle()

        @pytest.mark.no_cycles
        def test_method(self):
            cycle()

    @pytest.mark.no_gcguard
    class TestOff:
        def test_off(self):
            cycle()

        @pytest.mark.no_cycles
        def test_on_again(self):
            cycle()
    """,
        "--strict-markers",
    )
    assert seen.outcomes == {
        "test_module": "failed",
        "test_function": "passed",
        "test_off": "passed",
        "TestClass::test_class": "passed",
        "TestClass::test_method": "failed",
        "TestOff::test_off": "passed",
        "TestOff::test_on_again": "failed",
    }
    assert seen.of("test_off") == seen.of("TestOff::test_off") == []


def test_of_markers_at_one_test_or_class_the_closest_wins(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                if "parameter" in item.name:
                    item.add_marker(pytest.mark.no_cycles(max=9))
                if "hooked" in item.name:
                    item.add_marker(pytest.mark.no_gcguard, append=False)
        """
    )
    seen = run(
        pytester,
        NODE
        + """
    @pytest.mark.no_cycles
    @pytest.mark.parametrize(
        "number",
        [
            pytest.param(1, id="strict"),
            pytest.param(1, id="one", marks=pytest.mark.no_cycles(max=1)),
            pytest.param(2, id="two", marks=[pytest.mark.no_cycles(max=1)]),
            pytest.param(1, id="off", marks=pytest.mark.no_gcguard),
            pytest.param(2, id="hooked", marks=pytest.mark.no_cycles(max=1)),
        ],
    )
    def test_parameter(number):
        for _ in range(number):
            cycle()

    @pytest.mark.no_cycles
    class Base:
        def test_inherited(self):
            cycle()

        @pytest.mark.no_cycles
        def test_method(self):
            cycle()

    class TestAsBase(Base): ...

    @pytest.mark.no_cycles(max=1)
    class TestLooser(Base): ...

    class TestAsLooser(TestLooser): ...

    @pytest.mark.no_gcguard
    class TestOff(Base): ...

    @pytest.mark.no_cycles(max=2)
    @pytest.mark.no_cycles(max=0)
    def test_stacked():
        cycle()
    """,
        "--strict-markers",
        guard=False,
    )
    assert seen.outcomes == {
        "test_parameter[strict]": "failed",
        "test_parameter[one]": "passed",
        "test_parameter[two]": "failed",
        "test_parameter[off]": "passed",
        "test_parameter[hooked]": "passed",
        "TestAsBase::test_inherited": "failed",
        "TestAsBase::test_method": "failed",
        "TestLooser::test_inherited": "passed",
        "TestLooser::test_method": "failed",
        "TestAsLooser::test_inherited": "passed",
        "TestAsLooser::test_method": "failed",
        "TestOff::test_inherited": "passed",
        "TestOff::test_method": "failed",
        "test_stacked": "failed",
    }


def test_the_command_line_wins_over_the_ini_file(pytester: pytest.Pytester) -> None:
    pytester.makeini(
        """
        [pytest]
        gcguard = true
        gcguard_fail_on = cycle
        gcguard_confirm = 0
        gcguard_origins = own, stdlib
        gcguard_report =
            json:ini.json
        """
    )
    seen = run(
        pytester,
        NODE
        + """
    def test_cycle():
        cycle()

    def test_leak():
        leak()

    def test_ignored():
        class Mine: ...
        a = Mine()
        a.me = a
    """,
        guard=False,
    )
    assert seen.outcomes == {"test_cycle": "failed", "test_leak": "passed", "test_ignored": "failed"}
    assert (pytester.path / "ini.json").exists()
    (pytester.path / "ini.json").unlink()

    line = again(pytester, "--gcguard-fail-on=leak", "--gcguard-confirm=3", "--gcguard-report=json:out.json", guard=False)
    assert line.outcomes == {"test_cycle": "passed", "test_leak": "failed", "test_ignored": "passed"}
    assert line.one("test_leak")["growth"] == [1, 1, 1, 1]
    assert not (pytester.path / "ini.json").exists()

    nothing = again(pytester, "--gcguard-fail-on=none")
    assert set(nothing.outcomes.values()) == {"passed"}
    assert ("GCG002", "own", "reported") in nothing.told("test_cycle")

    ignored = again(pytester, "--gcguard-ignore=*.Mine", "--gcguard-ignore=GCG003-*", "--gcguard-fail-on=cycle,leak")
    assert ignored.outcomes == {"test_cycle": "failed", "test_leak": "passed", "test_ignored": "passed"}

    off = again(pytester, "--no-gcguard", guard=False)
    assert set(off.outcomes.values()) == {"passed"}


def test_confirm_0_trusts_the_first_run(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        NODE
        + """
    RUNS = []

    def test_leak():
        RUNS.append("run")
        leak()

    def test_ran_once():
        assert len(RUNS) == 1
    """,
        "--gcguard-confirm=0",
    )
    assert seen.outcomes == {"test_leak": "failed", "test_ran_once": "passed"}
    assert [each["growth"] for each in seen.of("test_leak") if each["origin"] == "own"] == [[1]]


def test_own_packages_are_the_projects(pytester: pytest.Pytester) -> None:
    """An installed package is a library's until ``gcguard_own`` names it."""
    package = pytester.mkdir("site-packages")
    (package / "installed.py").write_text("class Node:\n    def __init__(self):\n        self.me = self\n", encoding="utf-8")
    seen = run(
        pytester,
        """
        import installed

        def test_cycle():
            installed.Node()
        """,
        "--gcguard-fail-on=cycle",
        conftest="import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).parent / 'site-packages'))",
    )
    assert seen.told("test_cycle") == [("GCG002", "library", "reported")]
    assert seen.outcomes == {"test_cycle": "passed"}
    named = again(pytester, "--gcguard-fail-on=cycle", "--gcguard-own=installed")
    assert named.told("test_cycle") == [("GCG002", "own", "failed")]
    assert again(pytester, "--gcguard-fail-on=cycle", "--gcguard-origins=library").outcomes == {"test_cycle": "failed"}


def test_what_was_built_of_the_project_and_installed_is_the_projects(pytester: pytest.Pytester) -> None:
    """As tox runs a suite: on an installed copy of what lies in ``src``. Reports point to that."""
    library = "class Node:\n    def __init__(self):\n        self.me = self\n\nKEPT = []\n\ndef keep(): KEPT.append(Node())\n"
    for folder, name in (("src", "shop"), ("site-packages", "shop"), ("site-packages", "library")):
        package = pytester.path / folder / name
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(library, encoding="utf-8")
    pytester.makepyprojecttoml('[build-system]\nrequires = ["hatchling"]\n')
    seen = run(
        pytester,
        """
        import library, shop

        def test_shop(): shop.keep()
        def test_library(): library.keep()
        """,
        conftest="import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).parent / 'site-packages'))",
    )
    assert seen.outcomes == {"test_shop": "failed", "test_library": "passed"}
    assert seen.one("test_library")["origin"] == "library"
    leak = seen.one("test_shop")
    assert leak["origin"] == "own"
    assert (leak["made_at"][0]["file"], leak["made_at"][0]["line"]) == ("src/shop/__init__.py", 7)


def test_so_is_what_was_built_of_a_part_of_the_repository(pytester: pytest.Pytester) -> None:
    for name in ("shop", "bank"):
        for folder in (f"parts/{name}/src/{name}", f"site-packages/{name}"):
            (pytester.path / folder).mkdir(parents=True)
            (pytester.path / folder / "__init__.py").write_text(
                "KEPT = []\nclass Node: ...\ndef keep(): KEPT.append(Node())\n"
            )
        (pytester.path / "parts" / name / "pyproject.toml").touch()
    tests = pytester.path / "parts" / "shop" / "tests" / "unit"
    tests.mkdir(parents=True)
    (tests / "test_both.py").write_text("import bank, shop\ndef test_shop(): shop.keep()\ndef test_bank(): bank.keep()\n")
    pytester.makeini("[pytest]")
    path = "import sys, pathlib; sys.path.insert(0, str(pathlib.Path(__file__).parent / 'site-packages'))"
    seen = run(pytester, "", conftest=path)
    assert seen.outcomes == {"test_shop": "failed", "test_bank": "passed"}  # no test of the bank is run
    assert seen.one("test_shop")["made_at"][0]["file"] == "parts/shop/src/shop/__init__.py"


WRONG_OPTIONS = {
    "own by a distribution's name": ("--gcguard-own=app,my-app", ["--gcguard-own", "'app,my-app'", "my_app, not my-app"]),
    "own by a path": ("--gcguard-own=src/app", ["--gcguard-own", "'src/app'", "a comma list of packages"]),
    "unknown kind": ("--gcguard-fail-on=leaks", ["--gcguard-fail-on", "'leaks'", "cycle, leak, memory or none"]),
    "no kind": ("--gcguard-fail-on=,", ["--gcguard-fail-on", "','"]),
    "unknown origin": ("--gcguard-origins=mine", ["--gcguard-origins", "'mine'", "own, library, stdlib, harness"]),
    "bad confirm": ("--gcguard-confirm=two", ["--gcguard-confirm", "'two'", "a whole number from 0"]),
    "negative confirm": ("--gcguard-confirm=-1", ["--gcguard-confirm", "'-1'", "a whole number from 0"]),
    "unknown report type": ("--gcguard-report=yaml:x", ["--gcguard-report", "'yaml:x'", "json"]),
    "report with an empty path": ("--gcguard-report=json:", ["--gcguard-report", "'json:'", "json:gcguard.json"]),
    "report to a folder": ("--gcguard-report=json:.", ["--gcguard-report", "'json:.'", "folder"]),
    "report below a file": ("--gcguard-report=json:test_mini.py/x", ["-report", "'json:test_mini.py/x'", "is a file"]),
}


@pytest.mark.parametrize("case", WRONG_OPTIONS)
def test_a_wrong_option_is_told_before_the_first_test(pytester: pytest.Pytester, case: str) -> None:
    option, words = WRONG_OPTIONS[case]
    seen = run(pytester, "def test_never(): print('RAN')", "--gcguard", option, guard=False, inside=True)
    assert seen.result.ret == pytest.ExitCode.USAGE_ERROR
    complaint = next(line for line in seen.errors.splitlines() if "gcguard" in line)
    assert [word for word in words if word not in complaint] == []
    assert "Traceback" not in seen.errors
    assert "RAN" not in seen.text


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_report_that_cannot_be_written_is_told_before_the_first_test(pytester: pytest.Pytester) -> None:
    folder = pytester.mkdir("locked")
    folder.chmod(0o500)
    seen = run(pytester, "def test_never(): print('RAN')", "--gcguard", "--gcguard-report=json:locked/x.json", guard=False)
    assert seen.result.ret == pytest.ExitCode.USAGE_ERROR
    assert "not writable" in seen.errors
    assert "RAN" not in seen.text


def test_a_report_goes_to_a_new_folder_too(pytester: pytest.Pytester) -> None:
    seen = run(pytester, "def test_clean(): ...", "--gcguard", "--gcguard-report=json:new/er/x.json", guard=False)
    assert seen.result.ret == 0
    assert (pytester.path / "new" / "er" / "x.json").exists()


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("gcguard_fail_on = leaks", ["gcguard_fail_on in ", "tox.ini", "'leaks'", "uncollectable, cycle, leak, memory"]),
        ("gcguard_confirm = 1.5", ["gcguard_confirm in ", "tox.ini", "'1.5'"]),
        ("gcguard_confirm_seconds = soon", ["gcguard_confirm_seconds in ", "tox.ini", "'soon'", "a number of seconds from 0"]),
        ("gcguard_search_seconds = -1", ["gcguard_search_seconds in ", "tox.ini", "'-1'", "a number of seconds from 0"]),
        ("gcguard_run_seconds = inf", ["gcguard_run_seconds in ", "tox.ini", "'inf'", "a number of seconds from 0"]),
        ("gcguard_search_objects = 0", ["gcguard_search_objects in ", "tox.ini", "'0'", "a whole number from 1"]),
        ("gcguard_origins = everyone", ["gcguard_origins in ", "tox.ini", "'everyone'"]),
        ("gcguard_report = xml:x", ["gcguard_report in ", "tox.ini", "'xml:x'", "json"]),
    ],
)
def test_a_wrong_ini_setting_names_its_file(pytester: pytest.Pytester, setting: str, words: list[str]) -> None:
    pytester.makeini(f"[pytest]\ngcguard = true\n{setting}\n")
    seen = run(pytester, "def test_never(): print('RAN')", guard=False, inside=True)
    assert seen.result.ret == pytest.ExitCode.USAGE_ERROR
    assert [word for word in words if word not in seen.errors] == []
    assert "RAN" not in seen.text


@pytest.mark.parametrize("setting", ["gcguard", "gcguard_memory", "gcguard_update_baseline", "gcguard_strict_baseline"])
def test_a_wrong_truth_value_is_told_with_its_setting(pytester: pytest.Pytester, setting: str) -> None:
    pytester.makeini(f"[pytest]\n{setting} = perhaps\n")
    seen = run(pytester, "def test_never(): print('RAN')", guard=False, inside=True)
    assert seen.result.ret == pytest.ExitCode.USAGE_ERROR
    assert [
        word for word in [f"gcguard: {setting} in ", "tox.ini", "'perhaps'", "true or false"] if word not in seen.errors
    ] == []
    assert "RAN" not in seen.text


@pytest.mark.parametrize("setting", ["gcguard=perhaps", "gcguard_confirm=twice", "gcguard_report=xml"])
def test_a_setting_that_is_overridden_is_not_looked_for_in_the_file(pytester: pytest.Pytester, setting: str) -> None:
    name, _, value = setting.partition("=")
    pytester.makeini("[pytest]\ngcguard_confirm = 1\n")
    seen = run(pytester, "def test_never(): print('RAN')", "-o", setting, guard=False, inside=True)
    assert seen.result.ret == pytest.ExitCode.USAGE_ERROR
    assert [word for word in [f"gcguard: -o {name}: ", repr(value)] if word not in seen.errors] == []


def test_a_comma_list_may_be_a_list_in_the_project_file(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml(
        """
        [tool.pytest.ini_options]
        gcguard = true
        gcguard_fail_on = ["leak", "cycle"]
        gcguard_confirm = 1
        """
    )
    seen = run(pytester, NODE + "    def test_cycle(): cycle()\n    def test_leak(): leak()\n")
    assert seen.outcomes == {"test_cycle": "failed", "test_leak": "failed"}


def test_a_wrong_list_in_the_project_file_is_told(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml('[tool.pytest.ini_options]\ngcguard_fail_on = ["leak", "all"]\n')
    seen = run(pytester, "def test_never(): print('RAN')", guard=False, inside=True)
    assert seen.result.ret == pytest.ExitCode.USAGE_ERROR
    assert "gcguard: gcguard_fail_on in " in seen.errors
    assert "'leak,all'" in seen.errors


@pytest.mark.parametrize("option", ["--gcguard-fail-on=", "--gcguard-confirm=", "--gcguard-origins="])
def test_an_empty_value_is_wrong_without_the_guard_as_well(pytester: pytest.Pytester, option: str) -> None:
    seen = run(pytester, "def test_never(): print('RAN')", option, guard=False, inside=True)
    assert seen.result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"gcguard: {option[:-1]}: ''" in seen.errors


@pytest.mark.parametrize("arguments", ["'slow', 'old'", "because='x'", "reason=3"])
def test_a_wrong_no_gcguard_is_told_where_nothing_else_is_marked(pytester: pytest.Pytester, arguments: str) -> None:
    source = f"""
        import pytest

        @pytest.mark.no_gcguard({arguments})
        def test_never(): print("RAN")

        @pytest.mark.no_gcguard(reason="asks the collector")
        def test_right(): ...
    """
    seen = run(pytester, source, guard=False, inside=True)
    assert seen.result.ret == pytest.ExitCode.USAGE_ERROR
    assert "@pytest.mark.no_gcguard(" in seen.errors + seen.text
    assert "test_mini.py::test_never" in seen.errors + seen.text


def test_the_budgets_of_the_search_bound_the_search_for_what_to_cut_as_well(pytester: pytest.Pytester) -> None:
    source = """
        class Node:
            def __init__(self, parent):
                self.parent, self.kids = parent, []
                if parent is not None:
                    parent.kids.append(self)

        def test_tree():
            root = Node(None)
            for _ in range(30):
                Node(root)
    """
    short = "the search for what to cut was cut short after"
    told = {}
    for option in ("", "--gcguard-search-seconds=0", "--gcguard-search-objects=10", "--gcguard-search-objects=100"):
        found = run(pytester, source, *filter(None, [option])).one("test_tree")
        told[option] = [note for note in found["notes"] if short in note], found["cut"]["verified"], found["signature"]
    signature = told[""][2]
    assert told == {
        "": ([], True, signature),
        "--gcguard-search-seconds=0": ([f"{short} 0 references: there may be a smaller cut"], False, signature),
        "--gcguard-search-objects=10": ([f"{short} 30 objects: there may be a smaller cut"], False, signature),
        "--gcguard-search-objects=100": ([], True, signature),
    }


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        ("no_cycles(maximum=1)", ["no_cycles(maximum=1)", "'maximum'", "no_cycles(max=0, ignore=(), origins=None)"]),
        ("no_cycles(max=-1)", ["no_cycles(max=-1)", "max must be a whole number from 0"]),
        ("no_cycles(max=True)", ["no_cycles(max=True)", "max must be a whole number from 0"]),
        ("no_cycles(1)", ["no_cycles(1)", "positional"]),
        ("no_cycles(origins='mine')", ["no_cycles(origins='mine')", "'mine'", "own, library, stdlib, harness"]),
        ("no_leaks(3)", ["no_leaks(3)", "types must be classes or their names"]),
        ("no_leaks(ignore=7)", ["no_leaks(ignore=7)", "ignore must be a text or several"]),
        ("gcguard(fail_on='cycles')", ["gcguard(fail_on='cycles')", "'cycles'", "uncollectable, cycle, leak, memory"]),
        ("gcguard(fail_on='')", ["gcguard(fail_on='')", "nothing is given"]),
        ("gcguard(confirm='2')", ["gcguard(confirm='2')", "confirm must be a whole number from 0"]),
        ("gcguard(freeze=1)", ["gcguard(freeze=1)", "freeze must be True or False"]),
        ("gcguard(wrong=1)", ["gcguard(wrong=1)", "'wrong'", "fail_on"]),
        ("no_gcguard(because='x')", ["no_gcguard(because='x')", "'because'", "reason"]),
    ],
)
def test_a_wrong_marker_is_told_before_the_first_test(pytester: pytest.Pytester, marker: str, words: list[str]) -> None:
    seen = run(
        pytester,
        f"""
        import pytest

        def test_never(): print("RAN")

        @pytest.mark.no_leaks
        @pytest.mark.{marker}
        def test_marked(): ...
        """
        if not marker.startswith("no_leaks")
        else f"""
        import pytest

        def test_never(): print("RAN")

        @pytest.mark.{marker}
        def test_marked(): ...
        """,
        guard=False,
        inside=True,
    )
    assert seen.result.ret == pytest.ExitCode.USAGE_ERROR
    said = seen.errors + seen.text
    assert [word for word in [*words, "test_mini.py::test_marked"] if word not in said] == []
    assert "Traceback" not in said
    assert "RAN" not in said


def test_so_do_they_bound_what_is_looked_at_of_all_that_one_test_leaves(pytester: pytest.Pytester) -> None:
    source = """
        class Node: ...

        def test_chain():
            nodes = [Node() for _ in range(200)]
            for one, other in zip(nodes, nodes[1:]):
                one.next, other.before = other, one
    """
    found = run(pytester, source, "--gcguard-search-objects=10").one("test_chain")
    assert [note for note in found["notes"] if note.startswith("at most 100 of the objects that became unreachable")]
    assert found["objects"] <= 100
    assert not found["cut"]["verified"]
    whole = run(pytester, source, "--gcguard-search-objects=50").one("test_chain")
    assert not [note for note in whole["notes"] if note.startswith("at most")]
    assert (whole["objects"], whole["signature"]) == (200, found["signature"])
