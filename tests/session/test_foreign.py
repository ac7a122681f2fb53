"""Tests of kinds that plugins bring along, as the examples of a document: they go on from each other, so none is repeated."""

from __future__ import annotations

import pytest
from mini import run

_DOCUMENTS = """
    import pytest

    class Document(pytest.File):
        def collect(self):
            self.names = {}
            for number, line in enumerate(self.path.read_text(encoding="utf-8").splitlines(), 1):
                yield Example.from_parent(self, name=f"line {number}", line=line)

    class Namespace:
        def __init__(self, names):
            self.names = names

    class Example(pytest.Item):
        def __init__(self, *, line, **arguments):
            super().__init__(**arguments)
            self.line = line
            self.namespace = Namespace(self.parent.names)
            self._request = object()

        def runtest(self):
            exec(self.line, self.namespace.names)

    def pytest_collect_file(file_path, parent):
        if file_path.suffix == ".txt":
            return Document.from_parent(parent, path=file_path)
"""
_APP = """
    class Entry: ...

    LOG = []

    def log():
        LOG.append(Entry())
"""


def test_what_examples_share_is_no_leak_and_none_is_run_twice(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(app=_APP)
    pytester.maketxtfile(
        document="""
        from app import Entry
        entries, numbers = [Entry()], iter(range(10))
        entries.append(Entry()); number = next(numbers)
        assert len(entries) == 2 and number == 0 and next(numbers) == 1
        """
    )
    seen = run(pytester, "", "--gcguard-fail-on=leak,cycle", "document.txt", conftest=_DOCUMENTS)
    assert seen.outcomes == {f"line {number}": "passed" for number in range(1, 5)}
    assert seen.findings == []
    assert seen.summary()["checked"] == 4
    assert "the guard itself failed" not in seen.text


def test_what_an_example_leaves_elsewhere_is_told_and_fails_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(app=_APP)
    pytester.maketxtfile(document="import app\napp.log()\nassert len(app.LOG) == 1")
    seen = run(pytester, "", "document.txt", conftest=_DOCUMENTS)
    assert set(seen.outcomes.values()) == {"passed"}
    assert seen.one("line 2")["title"] == "app.Entry"
    (note,) = seen.one("line 2")["notes"]
    assert note == (
        "unconfirmed: it is not run twice, since other tests may go on from what it has made"
        "; to settle it: mark it gcguard(confirm=0) to trust its only run"
    )


def test_its_only_run_is_trusted_where_that_is_asked_for(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(app=_APP)
    pytester.maketxtfile(document="import app\napp.log()")
    marked = "\n    def pytest_itemcollected(item):\n        item.add_marker(pytest.mark.gcguard(confirm=0))\n"
    seen = run(pytester, "", "document.txt", conftest=_DOCUMENTS + marked)
    assert seen.outcomes == {"line 1": "passed", "line 2": "failed"}
    assert seen.one("line 2")["holder"] == "app.LOG[0]"


def test_steps_of_one_function_are_run_once(pytester: pytest.Pytester) -> None:
    suite = """
        import pytest

        class Entry: ...

        LOG = []
        STEPS = iter(["first", "second"])

        @pytest.fixture(params=["first", "second"])
        def ________step_name_(request):
            return request.param

        def test_both(________step_name_):
            LOG.append(Entry())
            assert next(STEPS) == ________step_name_
    """
    seen = run(pytester, suite, "-p", "no:randomly")
    assert seen.outcomes == {"test_both[first]": "passed", "test_both[second]": "passed"}
    (found,) = seen.findings
    assert len(found["tests"]) == 2
