"""Where files lie: projects, environments and installations of every layout."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

import pytest

from pytest_gcguard.core.files.layout import Layout, project_folder
from pytest_gcguard.core.kinds import Origin

OWN, LIBRARY, STDLIB = Origin.OWN, Origin.LIBRARY, Origin.STDLIB


@pytest.mark.parametrize(
    ("file", "origin"),
    [
        ("project/app.py", OWN),
        ("project/src/app/tree.py", OWN),
        ("project/tests/test_tree.py", OWN),
        ("project/conftest.py", OWN),
        ("project/build/lib.linux-x86_64-cpython-311/app/speed.so", OWN),
        ("project/env9/lib/python3.11/site-packages/lib.py", LIBRARY),
        ("project/env9/bin/pytest", LIBRARY),  # a folder with a pyvenv.cfg is a virtual environment, whatever its name
        ("project/env9/src/vcs_requirement/lib.py", LIBRARY),
        ("project/.tox/py311/lib/python3.11/site-packages/app/tree.py", LIBRARY),
        ("project/.nox/tests/bin/pytest", LIBRARY),
        ("project/.venv/bin/pytest", LIBRARY),
        ("project/.eggs/setuptools_scm-8.egg/setuptools_scm/x.py", LIBRARY),
        ("project/__pypackages__/3.11/lib/lib.py", LIBRARY),
        ("project/app/site-packages.py", OWN),
        ("other/src/other/module.py", LIBRARY),  # another project, installed editable
        ("projects/app.py", LIBRARY),
        ("lib/python3.11/site-packages/app/tree.py", LIBRARY),
        ("usr/lib/python3/dist-packages/lib.py", LIBRARY),
    ],
)
def test_a_file_belongs_to_the_folder_it_lies_in(tmp_path: Path, file: str, origin: Origin) -> None:
    (tmp_path / "project" / "env9").mkdir(parents=True)
    (tmp_path / "project" / "env9" / "pyvenv.cfg").touch()
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    layout = Layout([tmp_path / "project"])
    assert layout.whose(layout.absolute(str(path))) is origin


def test_the_interpreters_own_folders_are_known_wherever_the_project_is(tmp_path: Path) -> None:
    for folders in ([tmp_path], ["/"], []):
        layout = Layout(folders)
        assert layout.whose(layout.absolute(os.__file__)) is STDLIB
        assert layout.whose(layout.absolute(os.path.join(sysconfig.get_path("purelib"), "lib.py"))) is LIBRARY


def test_a_project_that_is_built_below_a_site_packages_is_still_one(tmp_path: Path) -> None:
    root = tmp_path / "dist-packages" / "project"
    layout = Layout([root])
    assert layout.whose(layout.absolute(str(root / "app.py"))) is OWN
    assert layout.whose(layout.absolute(str(root / "site-packages" / "lib.py"))) is LIBRARY


def test_links_lead_to_the_project(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "app.py").touch()
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "app.py").symlink_to(tmp_path / "project" / "app.py")
    (tmp_path / "link").symlink_to(tmp_path / "project")
    for folder in ("project", "link"):
        layout = Layout([tmp_path / folder])
        assert layout.whose(layout.absolute(str(tmp_path / "site-packages" / "app.py"))) is OWN


def test_a_relative_name_is_from_where_the_run_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    layout = Layout([tmp_path])
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert layout.absolute("app.py") == os.path.normcase(str(tmp_path.resolve() / "app.py"))


def test_a_folder_that_is_gone_is_survived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert Layout([tmp_path]).whose(str(tmp_path.resolve() / "app.py")) is OWN
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("rootdir", "files", "project"),
    [
        ("app", ["app/pyproject.toml"], "app"),
        ("app/tests", ["app/pyproject.toml", "app/tests/pytest.ini"], "app"),
        ("app/tests", ["app/setup.py"], "app"),
        ("app/tests", ["app/pyproject.toml", "app/tests/pyproject.toml"], "app/tests"),
        ("app/tests", [], "app/tests"),
        ("app/checks", ["app/pyproject.toml"], "app/checks"),
        ("app/one", ["app/pyproject.toml", "app/one/pytest.ini"], "app/one"),
    ],
)
def test_the_project_of_a_folder_of_tests_is_the_folder_above(
    tmp_path: Path, rootdir: str, files: list[str], project: str
) -> None:
    (tmp_path / rootdir).mkdir(parents=True)
    for file in files:
        (tmp_path / file).touch()
    assert project_folder(tmp_path / rootdir) == os.path.normcase(str(tmp_path.resolve() / project))
