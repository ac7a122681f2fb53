"""What the core needs to know of a pytest run: whose code lies where, and what pytest itself holds of a test."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_gcguard.core.model import Origin
from pytest_gcguard.core.origin import Origins, file_of_module


def origins(config: pytest.Config, own: tuple[str, ...]) -> Origins:
    """Whose is what in this run: the project under the rootdir, the harness with every installed plugin."""
    plain = Origins(config.rootpath, own)
    plugins = {
        name
        for plugin in config.pluginmanager.get_plugins()
        if (name := _module_name(plugin)) is not None and plain.of_module(name) is Origin.LIBRARY
    }
    return Origins(config.rootpath, own, {_package(name) for name in plugins})


def _module_name(plugin: object) -> str | None:
    name = getattr(plugin, "__name__", None) if hasattr(plugin, "__spec__") else type(plugin).__module__
    return name if isinstance(name, str) else None


def _package(name: str) -> str:
    """The package of a plugin's module; of a library that brings a plugin along (``anyio.pytest_plugin``) only the module."""
    top = name.partition(".")[0]
    return top if "pytest" in top or "xdist" in top or file_of_module(top) is None else name


def harness_roots(item: pytest.Item, reports: list[pytest.TestReport]) -> list[object]:
    """What pytest holds of a test after it has run: nothing that is reached from here is the test's doing."""
    nodes: list[Any] = item.listchain()
    session: Any = item.session
    roots: list[object] = [reports, *reports, session._setupstate.stack, session._setupstate.__dict__]
    for node in nodes:
        roots += (node, node.__dict__, node.stash, node.stash._storage)
    logging: Any = item.config.pluginmanager.get_plugin("logging-plugin")
    if logging is not None:
        roots += (logging.caplog_handler.__dict__, logging.report_handler.__dict__)
    return roots


def settle(config: pytest.Config) -> None:
    """Has pytest's log handlers let go of what only their streams hold, in C, where no look could explain it."""
    logging: Any = config.pluginmanager.get_plugin("logging-plugin")
    if logging is not None:
        # until it is read, a StringIO of Python 3.10 and 3.11 keeps its text in lists that only the collector sees
        logging.caplog_handler.stream.readline(0)
        logging.report_handler.stream.readline(0)


def relative_to(root: Path) -> Callable[[str], str]:
    """Shortens paths for people: relative to the project, or from the folder of an installation on."""
    prefix = os.path.join(os.path.realpath(root), "")
    library = os.path.join(os.path.dirname(os.path.realpath(os.__file__)), "")

    def relative(file: str) -> str:
        path = os.path.realpath(file) if os.path.isabs(file) else file
        for part in ("site-packages", "dist-packages"):
            _, found, rest = path.rpartition(os.sep + part + os.sep)
            if found:
                return rest.replace(os.sep, "/")
        for folder in (prefix, library):
            if path.startswith(folder):
                return path[len(folder) :].replace(os.sep, "/")
        return path.replace(os.sep, "/")

    return relative
