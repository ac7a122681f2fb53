"""What defining classes and importing modules leaves is nobody's; a mistake right beside it is told all the same."""

from __future__ import annotations

import textwrap

import pytest
from mini import run

BEGINNING = '''
import abc, asyncio, attr, attrs, collections, dataclasses, enum, functools, importlib, runpy, sys, types, typing
from typing import Generic, NamedTuple, NewType, Protocol, TypedDict, TypeVar
from unittest import mock
import pytest

T = TypeVar("T")
KEPT = []

class Node:
    pass

def tie(a, b):
    a.peer, b.peer = b, a

def write(folder, patch, **modules):
    patch.syspath_prepend(str(folder))
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)

BODY = """
class A:
    def method(self): return A
    x: int = 1
def function(): return function, A
x = A()
KEPT = [function]
"""
'''
BODIES = {
    "class": """
        class A:
            x: int = 1
            def method(self): return super().__init__, __class__, A
            @property
            def value(self): return 1
            @classmethod
            def make(cls): return cls()
        A.make().value
    """,
    "nested": """
        class A:
            class B:
                def method(self): return A
            b = B()
    """,
    "type": "types.new_class('X'); type('Y', (), {}); dataclasses.make_dataclass('D', ['x'])",
    "derived": """
        def make(base):
            class A(base):
                def method(self): return super().method()
            return A
        make(dict)
    """,
    "enum": """
        class E(enum.Enum):
            A = 1
            B = 2
            def method(self): return self
        E(1), E["B"]
    """,
    "flag": """
        class F(enum.Flag):
            A = enum.auto()
            B = enum.auto()
        F.A | F.B
    """,
    "enum_by_call": "enum.IntEnum('E', 'A B')",
    "namedtuple": "collections.namedtuple('P', 'x y')(1, 2)",
    "typed_namedtuple": """
        class P(NamedTuple):
            x: int
            y: int = 1
        P(1)
    """,
    "dataclass": """
        @dataclasses.dataclass
        class D:
            x: int = 1
            child: "D | None" = None
            y: list = dataclasses.field(default_factory=list)
        typing.get_type_hints(D, localns={"D": D})
        D(child=D())
    """,
    "dataclass_slots": """
        @dataclasses.dataclass(slots=True, frozen=True, order=True)
        class D:
            x: int
            def method(self): return super().__init__
        D(1)
    """,
    "attrs": """
        @attrs.define
        class D:
            x: int = attrs.field(default=1, converter=int)
            def method(self): return __class__
        @attr.s
        class E:
            y = attr.ib(factory=list)
        D(), E()
    """,
    "protocol": """
        @typing.runtime_checkable
        class P(Protocol):
            def method(self) -> int: ...
        isinstance(1, P)
    """,
    "typing": """
        class D(TypedDict, total=False):
            x: int
        NewType("N", int)(1)
        class G(Generic[T]):
            x: "T"
        class H(G[int]): ...
        typing.get_type_hints(G)
    """,
    "abc": """
        class A(abc.ABC):
            @abc.abstractmethod
            def method(self): ...
        class B: ...
        A.register(B)
        isinstance(B(), A), issubclass(int, A)
        class C(collections.abc.Mapping):
            def __getitem__(self, key): ...
            def __iter__(self): ...
            def __len__(self): ...
    """,
    "metaclass": """
        class M(type):
            def __new__(meta, name, bases, body):
                made = super().__new__(meta, name, bases, body)
                made.body = [body]
                return made
        class A(metaclass=M): ...
        class B(A): ...
    """,
    "no_class": """
        def interface(name, bases, body):
            for special in ("__module__", "__qualname__", "__firstlineno__", "__static_attributes__", "__annotate_func__"):
                body.pop(special, None)
        class A(metaclass=interface):
            x: int
            def method(self): ...
    """,
    "descriptor": """
        class D:
            def __set_name__(self, owner, name): self.owner = owner
        class A:
            d = D()
    """,
    "decorated": """
        class A:
            @functools.cached_property
            def p(self): return 1
            @functools.lru_cache
            def cached(self): ...
            @functools.singledispatchmethod
            def single(self, x): ...
            @single.register
            def _(self, x: int): ...
        A().p
    """,
    "exception": """
        class Wrong(Exception): ...
        with pytest.raises(Wrong):
            raise Wrong
    """,
    "coroutines": """
        class A:
            async def method(self): return self
        asyncio.run(A().method())
    """,
    "generics_of_3_12": """
        if sys.version_info >= (3, 12):
            exec("class A[T]:\\n  x: T\\n  def m[U](self, u: U) -> T: ...\\ntype X = list[X]\\nX.__value__\\nA[int]", {})
    """,
    "reload": """
        write(tmp_path, monkeypatch, once_more=BODY)
        importlib.reload(importlib.import_module("once_more"))
        del sys.modules["once_more"]
        importlib.import_module("once_more")
        del sys.modules["once_more"]
    """,
    "import": """
        write(tmp_path, monkeypatch, upper="import lower\\n" + BODY, lower="import upper, enum\\nclass E(enum.Enum): A = 1\\n")
        importlib.import_module("upper")
        del sys.modules["upper"], sys.modules["lower"]
    """,
    "failing_import": """
        write(tmp_path, monkeypatch, failing=BODY + "raise ValueError")
        with pytest.raises(ValueError):
            importlib.import_module("failing")
    """,
    "exec": """
        exec(BODY, {})
        exec(BODY, {"__name__": "anything"})
        exec(BODY, {}, {})
        exec(BODY, types.ModuleType("module").__dict__)
    """,
    "runpy": """
        write(tmp_path, monkeypatch, script=BODY)
        runpy.run_path(str(tmp_path / "script.py"))
    """,
    "autospec": """
        class A:
            def method(self): ...
        mock.create_autospec(A)().method()
        mock.create_autospec(write)(1, 2)
        with mock.patch("os.getcwd", autospec=True) as getcwd:
            getcwd()
    """,
}
BESIDE = """
        tie(Node(), Node())
"""
MISTAKES = {
    "through_the_class_and_without": """
        class A:
            every = []
        a, b = A(), A()
        A.every.append(a)
        tie(a, b)
    """,
    "wrapped": """
        class Wrapper:
            def __init__(self, call): functools.update_wrapper(self, call)
        @Wrapper
        def function(): return function
    """,
    "wrapped_partial": """
        part = functools.partial(functools.update_wrapper(functools.partial(tie), tie))
        part.me = part
    """,
    "member": """
        class E(enum.Enum):
            A = 1
        E.A.list = []
        E.A.list.append(E.A.list)
    """,
    "in_exec": 'exec(BODY + "x.me = x", {})',
    "inner_function": "def function(): return function",
    "like_a_namespace": """
        table = {"__name__": "x", "__module__": "y"}
        table["me"] = table
    """,
}
LEAKS = {
    "class_made_again": """
        class A: ...
        KEPT.append(A)
    """,
    "enum_made_again": "KEPT.append(enum.Enum('E', 'A'))",
    "body_kept": """
        body = {}
        exec(BODY, body)
        KEPT.append(body)
    """,
}


def functions(prefix: str, bodies: dict[str, str], beside: str = "") -> str:
    return "\n".join(
        f"def test_{prefix}_{name}(tmp_path, monkeypatch):\n"
        + textwrap.indent(textwrap.dedent(body).strip() + "\n" + textwrap.dedent(beside).strip(), "    ")
        for name, body in bodies.items()
    )


def test_classes_and_imports_are_nobodys_and_what_is_left_beside_them_is_told(pytester: pytest.Pytester) -> None:
    ran = run(
        pytester,
        "\n".join(
            [
                BEGINNING,
                functions("nobodys", BODIES),
                functions("beside", BODIES, BESIDE),
                functions("mistake", MISTAKES),
                functions("leak", LEAKS),
            ]
        ),
    )
    own = {name: [told for told in ran.told(name) if told[1] == "own"] for name in ran.outcomes}
    cycle, leak = ("GCG002", "own", "reported"), ("GCG003", "own", "failed")
    expected = {
        **{f"test_nobodys_{name}": [] for name in BODIES},
        **{f"test_beside_{name}": [cycle] for name in BODIES},
        **{f"test_mistake_{name}": [cycle] for name in MISTAKES},
        **{f"test_leak_{name}": [leak] for name in LEAKS},
    }
    assert own == expected
    failed = {name for name, outcome in ran.outcomes.items() if outcome != "passed"}
    assert failed == {f"test_leak_{name}" for name in LEAKS}
    assert all("Node" in ran.of(f"test_beside_{name}")[0]["title"] for name in ("class", "exec", "import"))
