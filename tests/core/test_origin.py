"""Whose code made a thing."""

from __future__ import annotations

import argparse
import collections
import functools
import os
import sys
import types
import unittest
import unittest.mock
import weakref
from pathlib import Path

import hypothesis
import jsonschema
import pytest

from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.leaks.holders import Search
from pytest_gcguard.core.objects.modules import file_of_module
from pytest_gcguard.core.origins.origin import Origins


class Mine:
    pass


def generated(module: str) -> type:
    """A class whose code has no file, as attrs and dataclasses make them."""
    return type("Generated", (), {"__module__": module})


@pytest.mark.parametrize(
    ("obj", "origin"),
    [
        (Mine(), Origin.OWN),
        (Mine, Origin.OWN),
        (generated, Origin.OWN),
        (generated(__name__)(), Origin.OWN),
        (generated("argparse")(), Origin.STDLIB),
        (argparse.ArgumentParser(), Origin.STDLIB),
        (argparse, Origin.STDLIB),
        (os.path.join, Origin.STDLIB),
        (jsonschema.Draft7Validator({}), Origin.LIBRARY),
        (hypothesis.settings(), Origin.HARNESS),
        (unittest.TestCase(), Origin.HARNESS),
        (unittest.mock.MagicMock(), Origin.HARNESS),
        (pytest.MonkeyPatch(), Origin.HARNESS),
        ([], None),
        (functools.partial(print), None),
        (collections.deque(), None),
        (types.SimpleNamespace(), None),
        (1, None),
        (ValueError(), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_object_belongs_to_whoever_wrote_its_class_or_code(obj: object, origin: Origin | None) -> None:
    assert Origins(Path(__file__).parent).of_object(obj) is origin


def test_a_frame_belongs_to_its_code_and_a_traceback_to_nobody() -> None:
    origins = Origins(Path(__file__).parent)
    assert origins.of_object(sys._getframe()) is Origin.OWN
    empty: dict[str, int] = {}
    with pytest.raises(KeyError) as raised:
        empty["missing"]
    assert origins.of_object(raised.value.__traceback__) is None


@pytest.mark.parametrize(
    ("file", "origin"),
    [
        ("{root}/app/module.py", Origin.OWN),
        ("{root}/.venv/lib/python3.12/site-packages/lib/module.py", Origin.LIBRARY),
        ("/usr/lib/python3/dist-packages/lib.py", Origin.LIBRARY),
        ("{root}/../elsewhere.py", Origin.LIBRARY),
        ("/not/there/at/all.py", None),
        (os.__file__, Origin.STDLIB),
        ("<frozen importlib._bootstrap>", Origin.STDLIB),
        ("<string>", None),
        (pytest.__file__, Origin.HARNESS),
    ],
)
def test_a_file_belongs_to_the_place_it_lies_in(tmp_path: Path, file: str, origin: Origin | None) -> None:
    (tmp_path.parent / "elsewhere.py").touch()
    assert Origins(tmp_path).of_file(file.format(root=tmp_path)) is origin


def test_packages_named_as_own_are_own_although_they_are_installed() -> None:
    origins = Origins(None, own=("hypothesis", "jsonschema"))
    assert origins.of_object(hypothesis.settings()) is Origin.OWN
    assert origins.of_file(hypothesis.__file__) is Origin.OWN
    assert origins.of_object(jsonschema.Draft7Validator({})) is Origin.OWN
    assert origins.of_module("hypothesis_like") is not Origin.OWN


def test_a_class_that_lies_about_its_module_or_refuses_is_nobodys() -> None:
    class Meta(type):
        def __getattribute__(cls, name: str) -> object:
            raise RuntimeError(name)

    odd = types.new_class("Odd", (), {"metaclass": Meta}, lambda body: body.update(__module__=7))
    assert Origins(None).of_type(odd) is None


def test_a_proxy_that_stands_for_a_module_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("stands_for")
    monkeypatch.setitem(sys.modules, "stands_for", weakref.proxy(module))
    assert file_of_module("stands_for") is None
    part: list[object] = [Mine()]
    found = Search(Origins(None), part).holder(part[0])
    assert found is None or found.expression == "C code"


def function_from(file: str, module: str | None, said: str | None) -> types.FunctionType:
    """A function as code generators make it: from text, under a file name and in a namespace of their choice."""
    namespace: dict[str, object] = {"__name__": module} if module else {}
    exec(compile("def function(): yield", file, "exec"), namespace)
    function = namespace["function"]
    assert isinstance(function, types.FunctionType)
    function.__module__ = said  # type: ignore[assignment] # None is what a namespace without a name makes of it
    return function


HERE = __name__


@pytest.mark.parametrize(
    ("file", "module", "said", "origin"),
    [
        ("<string>", HERE, HERE, Origin.OWN),
        ("<string>", HERE, None, Origin.OWN),
        ("<string>", None, HERE, Origin.OWN),
        ("<string>", "argparse", "argparse", Origin.STDLIB),
        ("<string>", None, None, None),
        (f"<attrs generated init {HERE}.Mine>", None, None, Origin.OWN),
        ("<attrs generated methods jsonschema.validators.Any-3>", None, None, Origin.LIBRARY),
        (f"<doctest {HERE}.generated[0]>", "__nowhere__", None, Origin.OWN),
        ("<template>", None, "namedtuple_Point", None),
        ("/built/on/another/machine/test_origin.py", HERE, HERE, Origin.OWN),
        ("/built/on/another/machine/validators.py", "jsonschema.validators", None, Origin.LIBRARY),
        (pytest.__file__, HERE, HERE, Origin.HARNESS),
    ],
)
def test_generated_code_belongs_to_the_module_that_it_says(
    file: str, module: str | None, said: str | None, origin: Origin | None
) -> None:
    origins = Origins(Path(__file__).parent)
    function = function_from(file, module, said)
    assert origins.of_object(function) is origin
    if module is not None or said is None:  # a generator does not know of __module__
        assert origins.of_object(function()) is origin


def test_a_class_of_a_module_that_is_gone_belongs_to_whoever_wrote_its_methods() -> None:
    class Local:
        def method(self) -> None: ...

    Local.__module__ = "gone"
    assert Origins(Path(__file__).parent).of_object(Local()) is Origin.OWN
    del Local.method
    assert Origins(Path(__file__).parent).of_object(Local()) is None


def test_a_library_that_runs_tests_is_the_harness_unless_it_is_the_project() -> None:
    folder = Path(hypothesis.__file__).parents[1]
    assert Origins(None).of_file(hypothesis.__file__) is Origin.HARNESS
    copied = sys.modules["hypothesis"]
    inside = types.ModuleType("hypothesis.copied")
    inside.__file__ = str(Path(__file__).parent / "hypothesis" / "copied.py")
    sys.modules["hypothesis.copied"] = inside
    try:
        assert Origins(Path(__file__).parent).of_module("hypothesis.copied") is Origin.OWN
        assert Origins(Path(__file__).parent).of_module("hypothesis") is Origin.HARNESS
    finally:
        del sys.modules["hypothesis.copied"]
    assert sys.modules["hypothesis"] is copied
    assert folder.name == "site-packages"


def test_a_namespace_package_is_the_projects_when_one_of_its_folders_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("project/src", "site-packages", "elsewhere"):
        (tmp_path / place / "shared_ns" / place.rpartition("/")[2].replace("-", "_")).mkdir(parents=True)
        monkeypatch.syspath_prepend(tmp_path / place)
    import shared_ns  # type: ignore[import-not-found] # it is made here

    origins = Origins(tmp_path / "project")
    assert origins.of_object(shared_ns) is Origin.OWN
    assert Origins(tmp_path / "nothing").of_module("shared_ns") is Origin.LIBRARY
    del sys.modules["shared_ns"]


def test_a_function_that_a_mock_made_to_look_like_the_projects_is_the_harnesss() -> None:
    made = unittest.mock.create_autospec(function_from(__file__, HERE, HERE))
    assert Origins(Path(__file__).parent).of_object(made) is Origin.HARNESS
