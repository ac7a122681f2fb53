"""Installed copies of the project's own code: as tox and nox leave them, and others of the same name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_gcguard.core.files.installed import Installed
from pytest_gcguard.core.files.layout import Layout
from pytest_gcguard.core.kinds import Origin

SITE = "env/lib/python3.12/site-packages"


def _make(folder: Path, *files: str) -> None:
    for file in files:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _real(path: Path) -> str:
    return os.path.normcase(str(path.resolve()))


@pytest.mark.parametrize("build", ["pyproject.toml", "setup.py", "setup.cfg"])
@pytest.mark.parametrize("place", ["src", "", "lib", "python"])
def test_an_installed_package_is_the_projects_if_its_source_is(tmp_path: Path, build: str, place: str) -> None:
    _make(tmp_path / "project", build)
    _make(tmp_path / "project" / place, "shop/__init__.py", "shop/carts/tree.py")
    _make(tmp_path / SITE, "shop/__init__.py", "shop/carts/tree.py", "shop/carts/speed.so", "other/__init__.py")
    project, site = _real(tmp_path / "project"), _real(tmp_path / SITE)
    copies = Installed([project])
    for file in ("shop/__init__.py", "shop/carts/tree.py", "shop/carts/speed.so"):
        assert copies.source(os.path.join(site, file)) == os.path.join(project, place, file)
        assert Layout([project]).whose(os.path.join(site, file)) is Origin.OWN
    assert copies.source(os.path.join(site, "other/__init__.py")) is None
    assert Layout([project]).whose(os.path.join(site, "other/__init__.py")) is Origin.LIBRARY


@pytest.mark.parametrize("environment", [".tox/py312/lib/python3.12/site-packages", ".nox/tests/lib/site-packages"])
def test_an_environment_in_the_project_has_copies_of_it_and_libraries(tmp_path: Path, environment: str) -> None:
    _make(tmp_path, "pyproject.toml", "src/shop/__init__.py")
    _make(tmp_path / environment, "shop/__init__.py", "library/__init__.py")
    layout, site = Layout([tmp_path]), _real(tmp_path / environment)
    assert layout.whose(os.path.join(site, "shop", "__init__.py")) is Origin.OWN
    assert layout.whose(os.path.join(site, "library", "__init__.py")) is Origin.LIBRARY


def test_a_part_of_a_namespace_package_is_the_projects_alone(tmp_path: Path) -> None:
    _make(tmp_path, "project/pyproject.toml", "project/src/cloud/shop/__init__.py")
    _make(tmp_path / SITE, "cloud/shop/__init__.py", "cloud/bank/__init__.py", "cloud/post.py")
    copies, site = Installed([_real(tmp_path / "project")]), _real(tmp_path / SITE)
    assert copies.source(os.path.join(site, "cloud", "shop", "__init__.py"))
    assert not copies.source(os.path.join(site, "cloud", "bank", "__init__.py"))
    assert not copies.source(os.path.join(site, "cloud", "post.py"))


def test_a_module_alone_is_found_too(tmp_path: Path) -> None:
    _make(tmp_path, "project/setup.py", "project/shop.py")
    _make(tmp_path / SITE, "shop.py", "bank.py")
    copies, site = Installed([_real(tmp_path / "project")]), _real(tmp_path / SITE)
    assert copies.source(os.path.join(site, "shop.py")) == os.path.join(_real(tmp_path / "project"), "shop.py")
    assert copies.source(os.path.join(site, "bank.py")) is None


@pytest.mark.parametrize(
    "files",
    [
        ["shop/__init__.py", "shop/tree.py"],  # nothing could have been built here
        ["pyproject.toml", "shop/tree.py", "shop/leaf.py"],  # no package
        ["pyproject.toml", "shop/__init__.py", "shop/conftest.py", "shop/test_shop.py"],  # tests of the package
        ["pyproject.toml", "vendor/shop/__init__.py", "vendor/shop/tree.py", "vendor/shop/leaf.py"],
        # installed as well, to be shipped with the program
        ["pyproject.toml", "lib/shop/__init__.py", "lib/shop/tree.py", "lib/shop/leaf.py", "lib/shop-1.0.dist-info/RECORD"],
    ],
)
def test_a_folder_of_the_same_name_is_not_enough(tmp_path: Path, files: list[str]) -> None:
    _make(tmp_path / "project", *files)
    _make(tmp_path / SITE, "shop/__init__.py", "shop/tree.py", "shop/leaf.py")
    assert Installed([_real(tmp_path / "project")]).source(os.path.join(_real(tmp_path / SITE), "shop", "tree.py")) is None


def test_what_the_build_adds_is_the_projects_too(tmp_path: Path) -> None:
    _make(tmp_path, "project/pyproject.toml", "project/src/shop/__init__.py", "project/src/shop/tree.py")
    _make(tmp_path / SITE, "shop/__init__.py", "shop/tree.py", "shop/_version.py")
    assert Installed([_real(tmp_path / "project")]).source(os.path.join(_real(tmp_path / SITE), "shop", "_version.py"))
