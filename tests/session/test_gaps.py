"""Lists and tuples with places that C code has not filled: who reads one there crashes the interpreter."""

from __future__ import annotations

import re

import pytest
from mini import run

_UNFILLED = """
    import threading
    from xml.etree import ElementTree

    KEPT = []

    def test_keeps_a_parser():
        KEPT.append(ElementTree.XMLParser())

    def test_a_cycle_by_way_of_the_list():
        builder = ElementTree.TreeBuilder()
        builder.start("tag", {"builder": builder})

    def test_a_cycle_beside_it():
        class Builder(ElementTree.TreeBuilder): ...

        builder = Builder()
        builder.itself = builder

    def test_keeps_what_is_open():
        builder = ElementTree.TreeBuilder()
        KEPT.append((builder, builder.start("tag", {"kept": []})))

    def test_a_tuple_that_is_being_made():
        reached, go_on = threading.Event(), threading.Event()
        KEPT.append(go_on)

        def items():
            yield []
            reached.set()
            go_on.wait()

        thread = threading.Thread(target=lambda: tuple(items()), daemon=True)
        thread.start()
        reached.wait()
"""


@pytest.mark.parametrize("options", [[], ["--gcguard-confirm=0"], ["--gcguard-trace"]], ids=" ".join)
def test_they_crash_nothing(pytester: pytest.Pytester, options: list[str]) -> None:
    seen = run(pytester, _UNFILLED, "--gcguard-fail-on=none", *options)
    assert set(seen.outcomes.values()) == {"passed"}
    assert "the guard itself failed" not in seen.text
    assert re.fullmatch(r"test_mini\.KEPT\[-?\d]", seen.one("test_keeps_a_parser")["holder"])
    assert re.fullmatch(r"test_mini\.KEPT\[-?\d]\[1]", seen.one("test_keeps_what_is_open")["holder"])
    assert seen.one("test_a_cycle_beside_it")["title"] == "test_mini.test_a_cycle_beside_it.<locals>.Builder → .itself"
    by_list = "xml.etree.ElementTree.TreeBuilder → .<?> → xml.etree.ElementTree.Element → .<?>['builder']"
    assert seen.one("test_a_cycle_by_way_of_the_list")["title"] == by_list
    assert any(found["holder"].startswith("thread 'Thread-") for found in seen.of("test_a_tuple_that_is_being_made"))
