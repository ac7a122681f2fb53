"""Tests set the collector's thresholds, switch it off, freeze the heap or collect by themselves, as tests of gc do.
The guard restores all of it after each test and finds nothing, since none of them leaves objects behind."""

import gc

import pytest


@pytest.mark.gcguard
def test_thresholds_are_set() -> None:
    gc.set_threshold(5, 2, 2)
    assert gc.get_threshold()[0] == 5


@pytest.mark.gcguard
def test_thresholds_are_those_of_before() -> None:
    assert gc.get_threshold()[0] != 5


def test_collector_is_switched_off() -> None:
    gc.disable()
    assert not gc.isenabled()


def test_collector_is_switched_on() -> None:
    gc.enable()
    assert gc.isenabled()


def test_collection() -> None:
    assert gc.collect() >= 0


def test_heap_is_frozen() -> None:
    gc.freeze()
    gc.unfreeze()


def test_callback_is_added_and_removed() -> None:
    def callback(phase: str, info: dict[str, int]) -> None:
        pass

    gc.callbacks.append(callback)
    gc.callbacks.remove(callback)
