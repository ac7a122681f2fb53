"""What `os.register_at_fork` keeps, which nothing takes back: only C code holds it."""

from __future__ import annotations

import os

import pytest
from mini import run

SUITE = """
    import os, threading

    class Box:
        def close(self): ...

    def test_after_in_child():
        os.register_at_fork(after_in_child=Box().close)

    def test_before():
        os.register_at_fork(before=Box().close)

    def test_after_in_parent():
        box = Box()
        os.register_at_fork(after_in_parent=lambda: box)

    RUNNING = threading.Event()

    def test_beside_a_thread():
        if len(threading.enumerate()) == 1:
            threading.Thread(target=RUNNING.wait, daemon=True).start()
        os.register_at_fork(after_in_child=Box().close)
"""


@pytest.mark.skipif(not hasattr(os, "register_at_fork"), reason="there is no fork")
def test_what_is_called_at_a_fork_is_told_by_its_name_and_can_only_be_registered_once(pytester: pytest.Pytester) -> None:
    seen = run(pytester, SUITE)
    assert set(seen.outcomes.values()) == {"failed"}
    held = {
        name: {each["holder"] for each in seen.of(f"test_{name}") if each["types"][0] == "test_mini.Box"}
        for name in ("after_in_child", "before", "after_in_parent", "beside_a_thread")
    }
    method = {"os.register_at_fork callback .__self__"}
    assert held == {
        "after_in_child": method,
        "before": method,
        "after_in_parent": {"os.register_at_fork callback .<closure box>"},
        "beside_a_thread": method,
    }
    assert "fix      register one function, once, that finds its objects by weakref: a callback of os.register" in seen.text
