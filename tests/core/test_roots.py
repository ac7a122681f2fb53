"""Roots are those of now, though what is known of the imported modules is kept from one search to the next."""

from __future__ import annotations

import gc
import sys
import types
import weakref
from collections.abc import Iterator

import pytest

from pytest_gcguard.core.leaks.roots import Roots
from pytest_gcguard.core.objects.modules import module_namespace
from pytest_gcguard.core.origins.origin import Origins

NAME = "plugin_of_today"


@pytest.fixture
def origins() -> Origins:
    return Origins(None)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    sys.modules.pop(NAME, None)


def module_of(origins: Origins, obj: object) -> str:
    root = Roots(origins).of(obj)  # a local variable of a test is one, too
    return "" if root is None else root.module


def test_a_module_is_a_root_from_its_import_to_its_removal(origins: Origins) -> None:
    module = types.ModuleType(NAME)
    assert module_of(origins, module) == ""
    sys.modules[NAME] = module
    assert module_of(origins, module) == NAME == module_of(origins, module_namespace(module))
    del sys.modules[NAME]
    assert module_of(origins, module) == module_of(origins, module_namespace(module)) == ""


def test_a_module_that_takes_the_place_of_another_is_the_root_in_its_place(origins: Origins) -> None:
    first = sys.modules[NAME] = types.ModuleType(NAME)
    assert module_of(origins, first) == NAME
    second = sys.modules[NAME] = types.ModuleType(NAME)
    assert module_of(origins, module_namespace(second)) == NAME
    assert module_of(origins, module_namespace(first)) == ""


def test_what_is_known_of_a_module_does_not_keep_it(origins: Origins) -> None:
    module = sys.modules[NAME] = types.ModuleType(NAME)
    gone = weakref.ref(module)
    assert module_of(origins, module) == NAME
    del sys.modules[NAME], module
    gc.collect()  # which takes free-threaded builds to free a module
    assert gone() is None


def test_what_is_no_module_is_no_root_and_hides_none(origins: Origins) -> None:
    sys.modules[NAME] = None  # type: ignore[assignment] # so imports are forbidden
    assert module_of(origins, sys) == "sys"
    assert module_of(origins, None) == ""
