"""Which containers a source keeps within a limit."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_gcguard.core.files import limits


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (
            """
            def remember(key, value):
                CACHE[key] = value
                if len(CACHE) > 64:
                    CACHE.popitem(last=False)
            """,
            {"CACHE"},
        ),
        (
            """
            class Cache:
                async def put(self, value):
                    while self.limit <= len(self._entries):
                        del self._entries[next(iter(self._entries))]
            """,
            {"._entries"},
        ),
        (
            """
            class Cache(dict):
                def __setitem__(self, key, value):
                    if len(self) == MOST:
                        self.clear()
            """,
            {"self"},
        ),
        (
            """
            def remember(value):
                global RECENT
                if len(RECENT) >= MOST:
                    RECENT = []
                RECENT.append(value)
            """,
            {"RECENT"},
        ),
        (
            """
            def unregister(key):
                if len(REGISTRY) > 0:
                    del REGISTRY[key]
            """,
            set(),
        ),
        (
            """
            def register(key, value):
                if len(REGISTRY) > MOST:
                    raise ValueError(key)
                REGISTRY[key] = value

            def unregister(key):
                del REGISTRY[key]
            """,
            set(),
        ),
        (
            """
            class Session:
                def __init__(self, parts):
                    self.parts = []
                    if len(self.parts) > MOST:
                        raise ValueError
            """,
            set(),
        ),
        (
            """
            def last(given):
                kept = list(given)
                while len(kept) > 3:
                    kept.pop()
                while len(given) > 3:
                    given.pop()
                return kept
            """,
            set(),
        ),
        ("def broken(:", set()),
    ],
    ids=["module", "attribute", "itself", "replaced", "asks for any", "not in one", "constructor", "locals", "no source"],
)
def test_a_container_is_kept_within_a_limit_where_one_function_compares_and_takes(
    tmp_path: Path, source: str, names: set[str]
) -> None:
    file = tmp_path / "module.py"
    file.write_text(textwrap.dedent(source))
    assert limits.kept_within(str(file)) == names
    asked = {"CACHE", "._entries", "self", "RECENT", "REGISTRY", "kept", "given", ".parts", "_entries", ".CACHE"}
    assert {name for name in asked if limits.keeps(str(file), name)} == names


_OTHER_WAYS = {
    "cut to the latest": (
        """
        def note(entry):
            LOG.append(entry)
            del LOG[:-50]
        """,
        {"LOG"},
    ),
    "cut in place": (
        """
        def note(self, entry):
            self.entries.append(entry)
            self.entries[:] = self.entries[-self.max_entries:]
        """,
        {".entries"},
    ),
    "cut where it is added to": (
        """
        def note(self, entry):
            global LAST
            LAST = LAST[-KEPT:] + [entry]
            self.log = [*self.log, entry][-9:]
        """,
        {"LAST", ".log"},
    ),
    "not cut elsewhere": (
        """
        def note(self, entry):
            self.log = [*self.log[-3:], entry]

        def note_as_well(self, entry):
            self.log.append(entry)
        """,
        set(),
    ),
    "cut by another": (
        """
        def note(self, entry):
            self.log.append(entry)
            self.trim()

        def trim(self):
            self.log = self.log[-LIMIT:]
        """,
        {".log"},
    ),
    "a part of another": (
        """
        def note(entries):
            global LOG
            LOG = LOG + entries[-50:]
        """,
        set(),
    ),
    "cut to a mark": (
        """
        def undo(self, mark):
            del self.stack[mark:]
            self.path = self.path[:-1]
        """,
        set(),
    ),
    "while there is room": (
        """
        def release(self, connection):
            if self._open and len(self._idle) < self._size:
                self._idle.append(connection)
            else:
                connection.close()
        """,
        {"._idle"},
    ),
    "not when full": (
        """
        def release(buffer):
            if LIMIT <= len(FREE):
                return
            FREE.append(buffer)
        """,
        {"FREE"},
    ),
    "added to elsewhere": (
        """
        def release(buffer):
            if len(FREE) < LIMIT:
                FREE.append(buffer)

        def give(buffer):
            FREE.append(buffer)
        """,
        set(),
    ),
    "error when full": (
        """
        def release(buffer):
            if len(FREE) < LIMIT:
                FREE.append(buffer)
            else:
                raise OverflowError
        """,
        set(),
    ),
    "each item": (
        """
        def note(user, entry):
            entries = LOGS.setdefault(user, [])
            entries.append(entry)
            if len(entries) > 20:
                entries.pop(0)
        """,
        {"LOGS[]"},
    ),
    "items by their keys": (
        """
        def note(self, user, entry):
            self.logs[user].append(entry)
            while len(self.logs[user]) > self.most:
                del self.logs[user][0]
        """,
        {".logs[]"},
    ),
    "generations": (
        """
        def put(self, key, value):
            self.young[key] = value
            if len(self.young) >= 50:
                self.old, self.young = self.young, {}
        """,
        {".young", ".old"},
    ),
    "swept when long": (
        """
        def connect(self, receiver):
            if len(self._refs) > self._sweep_at:
                self._refs = [ref for ref in self._refs if ref() is not None]
            self._refs.append(receiver)
        """,
        {"._refs"},
    ),
    "places": (
        """
        class Ring:
            def __init__(self, size):
                self.slots: list = [None] * size

            def add(self, value):
                self.slots[self.at % len(self.slots)] = value
        """,
        {".slots"},
    ),
    "more places": (
        """
        class Ring:
            def __init__(self, size):
                self.slots = [None] * size

            def add(self, at, value):
                self.slots[at] = value
                self.slots.append(None)
        """,
        set(),
    ),
    "expires": (
        """
        def _purge(now):
            for key in [key for key, (until, _) in CACHE.items() if until < now]:
                del CACHE[key]

        def remember(key, value):
            _purge(time.monotonic())
            CACHE[key] = time.monotonic() + 5, value
        """,
        {"CACHE"},
    ),
    "expires in a thread": (
        """
        def put(self, key, value):
            self.entries[key] = value

        def _run(self):
            while not self.stop.wait(60):
                self.entries = {key: each for key, each in self.entries.items() if each.expires > time.time()}
        """,
        {".entries"},
    ),
    "sliding window": (
        """
        def hit(self, request):
            self.hits.append(request)
            while self.hits and self.hits[0].time < request.time - WINDOW:
                self.hits.popleft()
        """,
        {".hits"},
    ),
    "one key expires": (
        """
        def get(key):
            if key in CACHE and CACHE[key].until < time.monotonic():
                del CACHE[key]
            return CACHE.setdefault(key, Page())
        """,
        set(),
    ),
    "somebody has to call it": (
        """
        def purge(now):
            for key in list(CACHE):
                if CACHE[key].until < now:
                    del CACHE[key]

        def remember(key, value):
            CACHE[key] = value
        """,
        set(),
    ),
    "not always when it adds": (
        """
        def remember(key, value):
            for each in list(CACHE):
                if CACHE[each].until < time.time():
                    del CACHE[each]
            CACHE[key] = value

        def keep(key, value):
            CACHE[key] = value
        """,
        set(),
    ),
    "unregisters": (
        """
        def replace(self, one):
            self.listeners = [each for each in self.listeners if each is not one]
            self.listeners.append(one)
        """,
        set(),
    ),
}


@pytest.mark.parametrize(("source", "names"), _OTHER_WAYS.values(), ids=_OTHER_WAYS)
def test_a_container_is_kept_within_a_limit_in_other_ways(tmp_path: Path, source: str, names: set[str]) -> None:
    file = tmp_path / "module.py"
    file.write_text(textwrap.dedent(source))
    assert limits.kept_within(str(file)) == names
    assert all(limits.keeps(str(file), name) for name in names)


def test_a_source_takes_dead_references_out_where_it_adds_to_them(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text(
        textwrap.dedent(
            """
            def connect(self, receiver):
                self.count += 1
                self.refs[self.count] = weakref.ref(receiver)
                if self.count % 40 == 0:
                    for key, ref in list(self.refs.items()):
                        if ref() is None:
                            del self.refs[key]

            def clean(self):
                self.others = [ref for ref in self.others if ref() is not None]
            """
        )
    )
    assert limits.cleaned(str(file)) == {".refs"}
    assert not limits.kept_within(str(file))


def test_a_source_takes_things_out_of_a_container(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text(
        textwrap.dedent(
            """
            class Batch:
                def __init__(self):
                    self.events, self.sent = [], []

                def send(self):
                    batch, self.events = self.events, []
                    self.sent += batch

            def drain():
                while True:
                    QUEUE.get(timeout=5)
                    BUFFER.clear()
            """
        )
    )
    assert limits.emptied(str(file), frozenset({"drain", "send"})) == {".events", "QUEUE", "BUFFER"}
    assert limits.emptied(str(file), frozenset({"send"})) == {".events"}
