from app import caches


def test_leaky_cache_on_method():
    assert caches.Price(100).gross() == 119


def test_tidy_cache_on_method():
    assert caches.TidyPrice(100).gross == 119


def test_leaky_cache_on_function():
    assert caches.profile(next(caches.NUMBERS)).user >= 0


def test_tidy_cache_on_function():
    assert caches.tidy_profile(next(caches.NUMBERS)).user >= 0


def test_lookalike_cache_on_function():
    """A cache that fills: the same keys, each time."""
    assert [caches.profile(-number).user for number in range(1, 20)] == [-number for number in range(1, 20)]


def test_leaky_cache_by_hand():
    assert caches.page(next(caches.NUMBERS)).number >= 0


def test_tidy_cache_by_hand():
    assert caches.tidy_page(next(caches.NUMBERS)).number >= 0


def test_lookalike_cache_by_hand():
    """A lazy singleton."""
    assert caches.Settings.get() is caches.Settings.get()
