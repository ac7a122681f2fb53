"""Growth on first use: what is made once and kept, and is made no second time."""

import abc
import collections.abc
import importlib
import itertools
import json
import linecache
import logging
import re
import sys
import traceback
import typing
import warnings

import pytest
from app import firsts

FRESH = itertools.count()


def test_benign_lazy_singleton():
    """A singleton is made when it is first needed."""
    assert firsts.Connection.get() is firsts.Connection.get()


def test_benign_lazy_attribute_of_module():
    """A module makes an attribute when it is first asked for."""
    assert firsts.lazy is firsts.lazy


def test_benign_replaced_entry():
    """The new one takes the place of the old one, of the same type."""
    firsts.Report.last = firsts.Page()


def test_benign_re_cache():
    """`re` keeps the patterns that it has compiled, up to a number; here a new one each time."""
    assert re.search(f"a{next(FRESH)}?b", "ab")


def test_benign_lru_cache_fills():
    """A bounded cache fills with the same few keys."""
    assert [len(firsts.words("a " * number)) for number in range(1, 30)] == [*range(1, 30)]


def test_benign_linecache():
    """Printing a traceback reads source lines, which `linecache` keeps."""
    linecache.clearcache()
    try:
        raise KeyError("pears")
    except KeyError:
        assert "KeyError" in traceback.format_exc()


def test_benign_abc_cache():
    """An abstract class remembers by weak references which classes were asked for."""

    class Stack:
        def __len__(self):
            return 0

    assert isinstance(Stack(), collections.abc.Sized)
    assert not issubclass(Stack, collections.abc.Sequence)


def test_benign_import():
    """A module is imported in the test."""
    from app import late

    assert late.EVERY[0].names == ["first"]


def test_benign_import_again():
    """A module is imported anew each time, in place of the one before."""
    sys.modules.pop("app.late", None)
    assert importlib.import_module("app.late").EVERY[0].names == ["first"]


def test_benign_reload():
    """A module is executed again."""
    from app import late

    assert importlib.reload(late) is late


def test_benign_import_of_library():
    """A module of the standard library is imported in the test."""
    import sched

    assert sched.scheduler().empty()


def test_benign_typing_cache():
    """`typing` keeps the generic types that were made, up to a number; here of a new class each time."""

    class Item:
        pass

    assert typing.get_args(typing.List[Item]) == (Item,)
    assert typing.get_args(typing.Optional[Item])[0] is Item


def test_benign_flag():
    """Combined members of a flag are made when they are first needed."""
    assert firsts.Permission.READ | firsts.Permission.WRITE in firsts.Permission.READ | firsts.Permission.WRITE


def test_benign_dispatch_cache():
    """`functools.singledispatch` remembers by weak references which classes it was asked for."""

    class Special(int):
        pass

    assert firsts.shown(Special(3)) == "3"


def test_benign_logger():
    """A logger is made when it is first asked for, and those above it."""
    logging.getLogger("app.firsts.a.b").debug("nobody reads this")


def test_benign_warning_registry():
    """Python notes in a module which warnings it has shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("once")
        warnings.warn("old", DeprecationWarning)


def test_benign_weak_registry():
    """A registry of weak references, from which things go by themselves."""
    connection = firsts.CONNECTIONS["host"] = firsts.Connection()
    assert firsts.CONNECTIONS["host"] is connection


def test_benign_json():
    """`json` makes nested functions that call themselves, on old versions of Python; those are not the test's."""
    assert json.loads(json.dumps({"names": ["a"]}, indent=2)) == {"names": ["a"]}


def test_benign_abstract_class():
    """An abstract class is defined in the test, and a class that implements it."""

    class Shape(abc.ABC):
        @abc.abstractmethod
        def area(self): ...

    class Square(Shape):
        def area(self):
            return 1

    assert Square().area() == 1
    with pytest.raises(TypeError):
        Shape()


def test_benign_ctypes_pointer():
    """`ctypes` makes a class of pointers for each class that is pointed to, and keeps both; here of a new class each time."""
    import ctypes

    class Point(ctypes.Structure):
        _fields_ = [("x", ctypes.c_int)]

    assert ctypes.pointer(Point(3)).contents.x == 3
