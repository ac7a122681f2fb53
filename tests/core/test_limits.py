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
    "as many as their keys": (
        """
        def put(self, key, value):
            self.keys.append(key)
            if len(self.keys) > self.most:
                oldest = self.keys.popleft()
                del self.values[oldest]
            self.values[key] = value
        """,
        {".keys", ".values"},
    ),
    "by size": (
        """
        def put(self, key, value):
            self.entries[key] = value
            self.used += value.size
            while self.used > self.most:
                _, oldest = self.entries.popitem()
                self.used -= oldest.size
        """,
        {".entries"},
    ),
    "by a heap": (
        """
        def put(self, score, value):
            if len(self.best) < self.most:
                heapq.heappush(self.best, (score, value))
            else:
                heapq.heappushpop(self.best, (score, value))
        """,
        {".best"},
    ),
    "every so many calls": (
        """
        def parse(self, text):
            self.calls += 1
            if self.calls % 1000 == 0:
                self.memo.clear()
            if text not in self.memo:
                self.memo[text] = Tree(text)
            return self.memo[text]
        """,
        {".memo"},
    ),
    "rotated": (
        """
        def __init__(self):
            self.current = {}
            self.count = 0

        def put(self, key, value):
            self.count += 1
            if self.count >= self.every:
                self.previous = self.current
                self.current = {}
                self.count = 0
            self.current[key] = value
        """,
        {".current", ".previous"},
    ),
    "written when long": (
        """
        def write(self, record):
            self.records.append(record)
            if len(self.records) < self.size:
                return
            self.flush()

        def flush(self):
            pending, self.records = self.records, []
            self.send(pending)
        """,
        {".records"},
    ),
    "written after a while": (
        """
        def emit(self, record):
            self.records.append(record)
            if time.monotonic() - self.last >= self.interval:
                self.send()

        def send(self):
            self.records.clear()
            self.last = time.monotonic()
        """,
        {".records"},
    ),
    "by the minute": (
        """
        def hit(self, who):
            minute = time.time() // 60
            if minute != self.minute:
                self.minute = minute
                self.hits.clear()
            self.hits.setdefault(who, []).append(Hit())
        """,
        {".hits"},
    ),
    "evicted by another": (
        """
        class Cache:
            @property
            def full(self):
                return len(self.rows) >= 100

            def put(self, key, row):
                if self.full:
                    self.evict()
                self.rows[key] = row

            def evict(self):
                self.remove(next(iter(self.rows)))

            def remove(self, key):
                self.rows.pop(key).close()
        """,
        {".rows"},
    ),
    "too many": (
        """
        def put(self, key, value):
            self.rows[key] = value
            excess = len(self.rows) - self.most
            if excess > 0:
                for each in sorted(self.rows)[:excess]:
                    del self.rows[each]
        """,
        {".rows"},
    ),
    "half of them": (
        """
        def add(self, item):
            self.items.append(item)
            if len(self.items) > 1000:
                self.items = self.items[500:]
        """,
        {".items"},
    ),
    "samples": (
        """
        def observe(self, row):
            self.seen += 1
            if self.seen <= self.most:
                self.sample.append(row)
            else:
                at = random.randrange(self.seen)
                if at < self.most:
                    self.sample[at] = row
        """,
        {".sample"},
    ),
    "tells when full": (
        """
        def intern(self, key):
            if not self.full:
                self.table[key] = Row(key)
                self.full = len(self.table) >= 1000
        """,
        {".table"},
    ),
    "default": (
        """
        def load(key, cache={}):
            if len(cache) > 200:
                cache.clear()
            cache[key] = Row(key)
        """,
        {"load(cache)"},
    ),
    "a number by default": (
        """
        def remember(user, row, limit=50):
            PAGES.setdefault(user, []).append(row)
            PAGES[user] = PAGES[user][-limit:]
        """,
        {"PAGES[]"},
    ),
    "a mapping of its own": (
        """
        class Cache(MutableMapping):
            def __len__(self):
                return len(self.rows)

            def __delitem__(self, key):
                del self.rows[key]

            def __setitem__(self, key, row):
                self.rows[key] = row
                while len(self) > self.most:
                    self.popitem()

        class Other(MutableMapping):
            def __len__(self):
                return len(self.others)
        """,
        {".rows", "self"},
    ),
    "what the caller names": (
        """
        def replace(self, key, row):
            self.replaced += 1
            if self.replaced > 10:
                self.rows.pop(key)
            self.rows[key] = row

        def drop(self, key):
            del self.rows[key]

        def swap(self, key, row):
            self.swapped += 1
            if self.swapped > 10:
                self.drop(key)
            self.rows[key] = row
        """,
        set(),
    ),
    "what the caller counts": (
        """
        def push(self, row, depth):
            if depth > 10:
                self.rows.clear()
            self.rows.append(row)
        """,
        set(),
    ),
    "when it fails": (
        """
        def submit(self, job):
            self.jobs[job.id] = job
            try:
                job.run()
            except OSError:
                self.failures += 1
            if self.failures > 5:
                self.jobs.clear()
        """,
        set(),
    ),
    "some only": (
        """
        def connect(self, receiver):
            self.count += 1
            if self.count % 40 == 0:
                for each in list(self.receivers):
                    if each.closed:
                        self.receivers.remove(each)
            self.receivers.append(receiver)
        """,
        set(),
    ),
    "counted anew": (
        """
        def begin(self):
            self.tried = 0

        def attempt(self, job):
            self.tried += 1
            if self.tried < 3:
                self.jobs.append(job)
        """,
        set(),
    ),
    "not each time": (
        """
        def write(self, record):
            self.records.append(record)
            if len(self.records) > self.size:
                self.flush()

        def write_as_well(self, record):
            self.records.append(record)

        def flush(self):
            self.records.clear()
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


def test_what_has_no_name_is_not_kept_within_a_limit(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text("def put():\n    if len(CACHE) > 9:\n        CACHE.clear()\n")
    assert [limits.keeps(str(file), name) for name in ("CACHE", "[<?>]", "")] == [True, False, False]


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
