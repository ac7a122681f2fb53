"""Who looks through the whole heap sees what there is without the guard, whoever asks, when, and by which name."""

from __future__ import annotations

import pytest
from mini import run

from pytest_gcguard.core.heap import freezing

pytestmark = pytest.mark.skipif(not freezing.can_freeze(), reason="freezing is no good here")

BY_ITS_NAME = """
    import gc

    def everything():
        return gc.get_objects()

    def referrers(obj):
        return gc.get_referrers(obj)
"""
BY_ANOTHER = """
    from gc import get_objects, get_referrers

    def everything():
        return get_objects()

    def referrers(obj):
        return get_referrers(obj)
"""
MORE = """
    from gc import collect

    class Node:
        def __init__(self):
            self.me = self

    class Kept: ...

    def of(kind):
        return [obj for obj in everything() if type(obj) is kind]

    KEPT = Kept()
    HEAP = [[number] for number in range(50_000)]  # so much that what is above is frozen meanwhile
    THINGS = []
"""
TESTS = """
    import pytest
    import finder

    class Thing: ...

    @pytest.fixture(scope="module")
    def looks():
        return len(finder.of(finder.Kept))

    def test_referrers():
        assert any(each is vars(finder) for each in finder.referrers(finder.KEPT))

    def test_objects():
        assert finder.of(finder.Kept) == [finder.KEPT]

    def test_after_them():
        finder.Kept.of_a_test = None

    def test_fixture(looks):
        assert looks == 1

    def test_collected():
        finder.Node()
        finder.collect()
        before = finder.of(finder.Node)
        for _ in range(3):
            finder.Node()
            finder.collect()
            assert finder.of(finder.Node) == before == []

    def test_garbage():
        finder.collect()
        finder.Node()
        assert len(finder.of(finder.Node)) == 1

    def test_leak():
        finder.THINGS.append(Thing())
        finder.of(Thing)

    def test_leak_after_a_collection():
        finder.THINGS.append(Thing())
        finder.collect()
        finder.of(Thing)
        finder.collect()

    def test_cycle():
        finder.of(Thing)
        Thing().me = finder.Node()

    def test_leak_with_fixture(looks):
        finder.THINGS.append(Thing())

    def test_clean():
        thing = Thing()
        assert finder.of(Thing)[-1] is not None
"""


@pytest.mark.parametrize("finder", [BY_ITS_NAME, BY_ANOTHER], ids=["gc's name", "a name of its own"])
def test_a_walk_in_a_test_sees_all_and_what_the_test_leaves_is_told(pytester: pytest.Pytester, finder: str) -> None:
    pytester.makepyfile(finder=finder.rstrip() + MORE)
    plain = run(pytester, TESTS, "-p", "no:randomly", guard=False)
    assert set(plain.outcomes.values()) == {"passed"}
    seen = run(pytester, TESTS, "-p", "no:randomly")
    leaks = ("test_leak", "test_leak_after_a_collection", "test_leak_with_fixture")
    assert seen.outcomes == plain.outcomes | dict.fromkeys(leaks, "failed")
    assert {name: seen.told(name) for name in leaks} == {key: [("GCG003", "own", "failed")] for key in leaks}
    assert [rule for rule, *_ in seen.told("test_cycle")] == ["GCG002"]
    for name in ("test_referrers", "test_objects", "test_fixture", "test_after_them", "test_clean"):
        assert seen.of(name) == []


@pytest.mark.parametrize("finder", [BY_ITS_NAME, BY_ANOTHER], ids=["gc's name", "a name of its own"])
def test_a_walk_while_modules_are_imported_sees_all(pytester: pytest.Pytester, finder: str) -> None:
    pytester.makepyfile(finder=finder.rstrip() + MORE)
    seen = run(
        pytester,
        """
        import finder

        FOUND = [len(finder.of(finder.Kept)), any(each is vars(finder) for each in finder.referrers(finder.KEPT))]
        MORE = [[number] for number in range(50_000)]
        LATER = finder.of(finder.Kept)
        BEFORE = finder.Node() and None
        finder.collect()
        COLLECTED = finder.of(finder.Node)

        def test_found():
            assert FOUND == [1, True]
            assert LATER == [finder.KEPT]
            assert COLLECTED == []
        """,
    )
    assert seen.outcomes == {"test_found": "passed"}


def test_who_counts_all_objects_twice_counts_the_same(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        constants="""
        import marshal

        def nested(number):
            return "innermost", number, str(number) if number % 5 == 0 else nested(number - 1)

        # read as a module's constants are from its compiled file: the outer tuple is made before those in it
        ALL = marshal.loads(marshal.dumps([nested(number) for number in range(1, 100)]))
        """
    )
    tests = """
        import gc
        import constants

        def number():
            for _ in range(8):
                gc.collect()
            return len(gc.get_objects())

        def test_numbers():
            before = number()
            assert number() == before
    """
    assert run(pytester, tests, guard=False).outcomes == run(pytester, tests).outcomes == {"test_numbers": "passed"}


def test_what_the_program_freezes_itself_stays_frozen(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import gc

        def test_frozen():
            gc.freeze()
            assert len(gc.get_objects()) < 100
            gc.unfreeze()
            assert len(gc.get_objects()) > 1000
        """,
    )
    assert seen.outcomes == {"test_frozen": "passed"}


@pytest.mark.parametrize("names", ["import gc", "from gc import get_objects"])
def test_module_gc_has_its_names_back_and_is_audited_only_if_need_be(pytester: pytest.Pytester, names: str) -> None:
    seen = run(
        pytester,
        "def test_nothing(): ...",
        conftest=f"""
        import atexit
        import gc
        import sys

        {names}
        PLACE = id(gc.get_objects)

        @atexit.register
        def told():
            kinds = {{type(key).__name__ for key in vars(gc)}}
            print("KEYS", *kinds, id(gc.get_objects) == PLACE, file=sys.stderr)

        def pytest_sessionfinish():
            from pytest_gcguard.core.heap import walks

            print("\\nAUDITED", walks.audit.cache_info().currsize)
        """,
    )
    assert "KEYS str True" in seen.errors
    assert f"AUDITED {int(names != 'import gc')}" in seen.text


def test_a_walk_within_a_block_that_is_watched_sees_all(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(finder=BY_ITS_NAME.rstrip() + MORE)
    program = pytester.makepyfile(
        program="""
        import finder
        import gc
        from pytest_gcguard import no_leaks, watch

        class Thing: ...

        with watch() as seen:
            assert finder.of(finder.Kept) == [finder.KEPT]
            thing = Thing()
            thing.me = thing
            del thing
            assert len(finder.of(Thing)) == 1
        print([cycle.types for cycle in seen.cycles], gc.isenabled(), gc.get_freeze_count() < 2000)
        print({type(key) for key in vars(gc)})
        """
    )
    result = pytester.runpython(program)
    assert result.stdout.lines == ["[('__main__.Thing',)] True True", "{<class 'str'>}"]
