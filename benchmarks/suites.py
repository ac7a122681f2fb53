"""Writes the suites that are measured: so many empty tests, over a heap of so many objects."""

from __future__ import annotations

from pathlib import Path

_CONFTEST = '''\
"""Puts {objects} objects on the heap, in equal parts lists, tuples that the collector tracks, and instances."""


class Instance:
    def __init__(self, number):
        self.number = number
        self.items = None


def _make(number):
    kind = number % 3
    if kind == 0:
        return [number]
    return (HEAP, number) if kind == 1 else Instance(number)


HEAP = []
HEAP.extend(map(_make, range({objects})))
'''


def write(folder: Path, tests: int, objects: int) -> Path:
    """Makes a folder a suite of empty tests with a heap of so many objects, all tracked by the collector.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     print((write(Path(place) / "suite", tests=1, objects=0) / "test_empty.py").read_text().strip())
    def test_0():
        pass
    """
    folder.mkdir(parents=True)
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    if objects:
        (folder / "conftest.py").write_text(_CONFTEST.format(objects=objects), encoding="utf-8")
    functions = (f"def test_{number}():\n    pass\n" for number in range(tests))
    (folder / "test_empty.py").write_text("\n\n".join(functions), encoding="utf-8")
    return folder
