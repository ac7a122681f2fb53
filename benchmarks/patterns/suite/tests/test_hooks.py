import copy
import logging
import signal
import sys

import pytest
from app import hooks


def test_leaky_log_handler():
    handler = hooks.record()
    hooks.LOGGER.warning("sold out")
    assert handler.lines == ["sold out"]


def test_tidy_log_handler():
    with hooks.recorded() as handler:
        hooks.LOGGER.warning("sold out")
    assert handler.lines == ["sold out"]


def test_lookalike_log_handler():
    """The same handler is added twice: the logger keeps it once."""
    with hooks.recorded() as handler:
        hooks.LOGGER.addHandler(handler)


def test_leaky_log_filter():
    hooks.LOGGER.addFilter(hooks.Mask())


def test_tidy_log_filter():
    mask = hooks.Mask()
    hooks.LOGGER.addFilter(mask)
    hooks.LOGGER.removeFilter(mask)


def test_leaky_logger_for_each_object():
    assert hooks.Peer().logger.name.startswith("app.hooks.peer")


def test_tidy_logger_for_each_object():
    assert hooks.TidyPeer().logger.logger is hooks.LOGGER


def test_lookalike_logger_for_each_object():
    """A logger of a name that is asked for again."""
    assert logging.getLogger("app.hooks.lookalike").name == "app.hooks.lookalike"


def test_leaky_atexit():
    hooks.Journal().rows.append("a line")


def test_tidy_atexit():
    journal = hooks.Journal()
    journal.rows.append("a line")
    journal.close()


def test_leaky_signal_handler():
    reload = hooks.Reload()
    assert signal.getsignal(signal.SIGUSR1) == reload.handle


def test_tidy_signal_handler():
    hooks.Reload().close()


def test_lookalike_signal_handler():
    """A handler replaces the one before it."""
    hooks.LastReload()


def test_leaky_excepthook():
    tracer = hooks.Tracer()
    assert sys.excepthook == tracer.hook


def test_tidy_excepthook():
    hooks.Tracer().close()


def test_leaky_meta_path():
    assert hooks.Finder() in sys.meta_path


def test_tidy_meta_path():
    hooks.Finder().close()


def test_leaky_gc_callback():
    assert hooks.Statistics().collections == 0


def test_tidy_gc_callback():
    hooks.Statistics().close()


def test_leaky_codec():
    hooks.Cipher().close()


def test_tidy_codec():
    hooks.TidyCipher().close()


def test_leaky_patch_by_hand():
    spy = hooks.spy()
    assert hooks.send("hello") == "hello"
    assert spy.sent == ["hello"]


def test_tidy_patch_by_hand():
    with hooks.spied() as spy:
        assert hooks.send("hello") == "hello"
    assert spy.sent == ["hello"]


def test_lookalike_patch_by_hand(monkeypatch: pytest.MonkeyPatch):
    """pytest's monkeypatch puts back what was there."""
    monkeypatch.setattr(hooks, "send", hooks.Spy(hooks.send))
    assert hooks.send("hello") == "hello"


def test_leaky_pickle_table():
    assert copy.copy(hooks.picklable()()) is not None


def test_tidy_pickle_table():
    with hooks.tidily_picklable() as made:
        assert copy.copy(made()) is not None
