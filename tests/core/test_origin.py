"""Whose code made a thing."""

from __future__ import annotations

import argparse
import os
import sys
import types
import unittest.mock
import weakref
from pathlib import Path

import hypothesis
import pytest

from pytest_gcguard.core.holders import Search
from pytest_gcguard.core.model import Origin
from pytest_gcguard.core.origin import Origins, file_of_module


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
        (hypothesis.settings(), Origin.LIBRARY),
        (unittest.mock.MagicMock(), Origin.HARNESS),
        (pytest.MonkeyPatch(), Origin.HARNESS),
        ([], None),
        (1, None),
        (ValueError(), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_object_belongs_to_whoever_wrote_its_class_or_code(obj: object, origin: Origin | None) -> None:
    assert Origins(Path(__file__).parent).of_object(obj) is origin


def test_a_frame_and_a_traceback_belong_to_their_code() -> None:
    origins = Origins(Path(__file__).parent)
    assert origins.of_object(sys._getframe()) is Origin.OWN
    empty: dict[str, int] = {}
    with pytest.raises(KeyError) as raised:
        empty["missing"]
    assert origins.of_object(raised.value.__traceback__) is Origin.OWN


@pytest.mark.parametrize(
    ("file", "origin"),
    [
        ("{root}/app/module.py", Origin.OWN),
        ("{root}/.venv/lib/python3.12/site-packages/lib/module.py", Origin.LIBRARY),
        ("/usr/lib/python3/dist-packages/lib.py", Origin.LIBRARY),
        ("/somewhere/else.py", Origin.LIBRARY),
        (os.__file__, Origin.STDLIB),
        ("<frozen importlib._bootstrap>", Origin.STDLIB),
        ("<string>", None),
        (pytest.__file__, Origin.HARNESS),
    ],
)
def test_a_file_belongs_to_the_place_it_lies_in(tmp_path: Path, file: str, origin: Origin | None) -> None:
    assert Origins(tmp_path).of_file(file.format(root=tmp_path)) is origin


def test_packages_named_as_own_are_own_although_they_are_installed() -> None:
    origins = Origins(None, own=("hypothesis",))
    assert origins.of_object(hypothesis.settings()) is Origin.OWN
    assert origins.of_file(hypothesis.__file__) is Origin.OWN
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
