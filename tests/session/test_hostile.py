"""Objects that raise, hang or lie when they are asked for anything: found as any others, and none of their code runs."""

from __future__ import annotations

import pytest
from mini import run

CONFTEST = '''
import collections, sys, types, unittest.mock, weakref
import werkzeug.local, wrapt

RAN = []
ARMED = []

def trap(name):
    def method(*args, **kwargs):
        if ARMED:
            caller = sys._getframe(1)
            RAN.append((name, caller.f_code.co_filename, caller.f_lineno))
            raise RuntimeError(name)
        return NotImplemented
    return method

NAMES = """add await bool call contains dir eq format ge get getattr getattribute getitem gt hash index instancecheck int iter
    le len length_hint lt ne next reduce reduce_ex repr reversed sizeof str subclasscheck""".split()
TRAPS = {f"__{name}__": trap(name) for name in NAMES}
METHODS = {name: trap(name) for name in ("copy", "get", "items", "keys", "pop", "values", "append")}
LIES = {f"__{name}__": property(trap(name)) for name in ("class", "dict", "name", "doc")}
META = {f"__{name}__": property(trap(name)) for name in ("name", "doc", "dict", "bases", "mro")}
Meta = type("Meta", (type,), {**TRAPS, **META})

def hostile(*bases, **names):
    return type.__new__(Meta, "Hostile", bases, {"__module__": "app", **TRAPS, **METHODS, **names})

Instance = hostile()
Dict, List, Error = (hostile(base, **LIES) for base in (dict, list, ValueError))

class Box:
    pass

def namespace(obj):
    """The __dict__ of an instance, whatever it says."""
    for base in type.__dict__["__mro__"].__get__(type(obj)):
        found = type.__dict__["__dict__"].__get__(base).get("__dict__")
        if type(found) is types.GetSetDescriptorType:
            return found.__get__(obj, type(obj))

def in_attribute(obj, other):
    dict.__setitem__(namespace(obj), "to", other)

def in_state(obj, other):
    ValueError.__setstate__(obj, {"to": other})

def in_class(obj, other):
    type.__setattr__(obj, "to", other)

# how to make one, how to have it hold another object
KINDS = {
    "instance": (lambda: object.__new__(Instance), in_attribute),
    "dict": (lambda: dict.__new__(Dict), lambda obj, other: dict.__setitem__(obj, "to", other)),
    "list": (lambda: list.__new__(List), list.append),
    "exception": (lambda: ValueError.__new__(Error), in_state),
    "metaclass": (lambda: type.__new__(Meta, "Made", (), {"__module__": "app"}), in_class),
    "mock": (unittest.mock.MagicMock, lambda obj, other: obj.__dict__.__setitem__("to", other)),
}

def by_function(target):
    ask = trap("proxied")
    def current():
        ask()
        return target
    return werkzeug.local.LocalProxy(current)

class OwnProxy(wrapt.ObjectProxy):
    pass

# what stands for another object, and asks it for all that it is asked for: in C (the last three) even for its __dict__
PROXIES = {
    "LocalProxy": by_function,
    "ObjectProxy": wrapt.ObjectProxy,
    "OwnProxy": OwnProxy,
    "FunctionWrapper": lambda target: wrapt.FunctionWrapper(target, print),
}

class SameHash:
    """A key that is looked at by every lookup of a name in its dictionary."""

    def __init__(self, name):
        self.name = name

    def __hash__(self):
        return hash(self.name)

    __eq__ = trap("eq")

class Slots:
    __slots__ = ("to", "__weakref__")
    __dict__ = property(trap("dict"))
    other = property(trap("other"))

class Dying:
    def __del__(self):
        raise RuntimeError("the program's own")
'''

SUITE = """
import collections, sys, types, weakref
import pytest
from conftest import ARMED, KINDS, PROXIES, RAN, Box, Dying, SameHash, Slots

KEPT = []
MANY = dict.fromkeys(range(1_000_000))

@pytest.fixture(autouse=True)
def armed():
    ARMED.clear()
    yield
    ARMED.append(1)  # until the next test the guard looks

@pytest.mark.parametrize("kind", KINDS)
def test_cycle(kind):
    make, hold = KINDS[kind]
    box = Box()
    box.back = make()
    hold(box.back, box)

@pytest.mark.parametrize("kind", KINDS)
def test_leak(kind):
    KEPT.append(KINDS[kind][0]())

@pytest.mark.parametrize("kind", KINDS)
def test_holder(kind):
    make, hold = KINDS[kind]
    KEPT.append(make())
    hold(KEPT[-1], Box())

@pytest.mark.parametrize("kind", PROXIES)
def test_proxy(kind):
    make, hold = KINDS["instance"]
    box, target = Box(), make()
    hold(target, box)
    box.proxy = PROXIES[kind](target)
    KEPT.append(PROXIES[kind](make()))

def test_key():
    KEPT.append({KeyOf(): Box()})

class KeyOf:
    __hash__ = object.__hash__
    def __eq__(self, other): raise RuntimeError

def test_dead_proxy():
    box = Box()
    box.dead = weakref.proxy(Box())
    KEPT.append(box)

def test_deep():
    nested = [Box()]
    for _ in range(5_000):
        nested = [nested]
    KEPT.append(nested)

def test_large():
    box = Box()
    box.text = "x" * 100_000_000
    MANY["x" * 100_000 + str(len(MANY))] = box

@pytest.mark.parametrize("name", ["__name__", "__module__", "__file__", "__path__"])
def test_names(name):
    namespace = {SameHash(name): Box()}
    namespace["me"] = namespace
    code = {SameHash(name): None, "__builtins__": {}}
    exec("def made(): pass", code)
    odd = types.ModuleType("odd_names")
    odd.__dict__.pop(name, None)
    odd.__dict__[SameHash(name)] = odd
    odd.made = code["made"]
    box = Box()
    box.made, box.me, box.odd = code["made"], box, odd

def test_slots():
    slots = Slots()
    slots.to = slots
    KEPT.append(Slots())

@pytest.mark.filterwarnings("ignore")
def test_dying():
    dying = Dying()
    dying.me = dying

def test_odd_module():
    odd = KINDS["instance"][0]()
    sys.modules[f"odd{len(KEPT)}"] = odd
    KEPT.append(Box())

def test_nothing_ran():
    assert not RAN, sorted(set(RAN))
    for name in [name for name in sys.modules if name.startswith("odd")]:
        del sys.modules[name]
"""


def test_hostile_objects_are_found_and_none_of_their_code_runs(pytester: pytest.Pytester) -> None:
    mini = run(pytester, SUITE, conftest=CONFTEST)
    assert "the guard itself failed" not in mini.text
    assert mini.outcomes["test_nothing_ran"] == "passed"
    for kind in ("instance", "dict", "list", "exception"):
        assert mini.one(f"test_cycle[{kind}]")["types"] == ["conftest.Box", "app.Hostile"], kind
        assert mini.one(f"test_leak[{kind}]")["types"][0] == "app.Hostile", kind
        assert [each["rule"] for each in mini.of(f"test_holder[{kind}]")] == ["GCG003"], kind
    for kind in ("LocalProxy", "ObjectProxy", "OwnProxy", "FunctionWrapper"):
        found = {each["rule"]: "".join(each["types"]) for each in mini.of(f"test_proxy[{kind}]")}
        assert found.keys() == {"GCG002", "GCG003"}, kind
        assert all(name in found["GCG002"] for name in ("conftest.Box", kind, "app.Hostile")), kind
    for name in ("test_holder[mock]", "test_holder[metaclass]", "test_key", "test_dead_proxy", "test_large"):
        leaks = [each for each in mini.of(name) if each["types"][0] == "conftest.Box"]
        assert [str(each["holder"]).startswith(("test_mini.KEPT[", "test_mini.MANY")) for each in leaks] == [True], name
    for name in ("__name__", "__module__", "__file__", "__path__"):
        assert {each["rule"] for each in mini.of(f"test_names[{name}]")} == {"GCG002"}, name
    assert sorted(each["rule"] for each in mini.of("test_slots")) == ["GCG002", "GCG003"]
    deep = mini.one("test_deep")
    assert (deep["types"][0], deep["holder"]) == ("conftest.Box", None)
    assert "the search for its holder was cut short after 100 references" in mini.text
    assert len(str(mini.findings)) < 200_000
