"""Writes the suites that are measured: so many tests of a kind, over a heap of so many objects."""

from __future__ import annotations

import textwrap
from pathlib import Path

_HEAP = '''\
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

_KINDS = {
    "empty": ("", "pass"),
    # a thousand objects each: half of them pairs that refer to each other, which only the collector frees
    "objects": (
        """
        class Pair:
            def __init__(self):
                self.other = Pair.__new__(Pair)
                self.other.other = self


        def work():
            kept = [Pair() for _ in range(250)]
            kept.append([[number] for number in range(499)])
        """,
        "work()",
    ),
    # every hundredth leaks
    "leaking": (
        """
        class Session:
            pass


        KEPT = []


        def work(number):
            if number % 100 == 0:
                KEPT.append(Session())
        """,
        "work({number})",
    ),
    "all-leaking": (
        """
        import json


        class Session:
            pass


        KEPT = []
        TEXT = json.dumps([{"number": number, "name": f"the name of {number}", "parts": [1.5] * 9} for number in range(500)])


        def work():
            json.dumps(json.loads(TEXT))
        """,
        "work()\n    KEPT.append(Session())",
    ),
    # each of a class that only it knows, after no work at all
    "own-types": ("KEPT = []\n\n\n", "class Own: ...\n\n    KEPT.append(Own())"),
}


def write(folder: Path, tests: int, objects: int, kind: str = "empty") -> Path:
    """Makes a folder a suite of so many tests with a heap of so many objects, all tracked by the collector.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     print((write(Path(place) / "suite", tests=1, objects=0) / "test_many.py").read_text().strip())
    def test_0():
        pass
    """
    helper, body = _KINDS[kind]
    _prepare(folder, objects)
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    functions = (f"def test_{number}():\n    {body.format(number=number)}\n" for number in range(tests))
    (folder / "test_many.py").write_text(textwrap.dedent(helper).lstrip() + "\n\n".join(functions), encoding="utf-8")
    return folder


def write_unittest(folder: Path, tests: int, objects: int) -> Path:
    """The same empty tests as methods of one ``unittest.TestCase``, for runners that know no others."""
    _prepare(folder, objects)
    methods = "\n\n".join(f"    def test_{number}(self):\n        pass\n" for number in range(tests))
    code = f"import unittest\n\nimport conftest\n\n\nclass Test(unittest.TestCase):\n{methods}"
    (folder / "test_many.py").write_text(code, encoding="utf-8")
    return folder


def _prepare(folder: Path, objects: int) -> None:
    folder.mkdir(parents=True)
    (folder / "conftest.py").write_text(_HEAP.format(objects=objects), encoding="utf-8")
