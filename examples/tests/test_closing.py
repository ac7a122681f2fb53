"""A till is in a cycle with its drawer, and a phoenix with itself; both have a __del__, and the phoenix's brings it back.
So the one is a cycle and the other a leak, one more each run; the tidy tests cut the cycles, so that __del__ runs at once."""

from shop.closing import RISEN, Phoenix, Till


def test_till() -> None:
    assert Till().is_open


def test_tidy_till() -> None:
    till = Till()
    till.close()
    assert not till.is_open


def test_phoenix() -> None:
    assert Phoenix().me is not None


def test_tidy_phoenix() -> None:
    risen = list(RISEN)
    Phoenix().close()
    assert risen == RISEN
