"""Caches: they are to keep things, but not all of them for ever.

A cache on a method keeps ``self`` with the other arguments; a cache by hand needs a limit. Caches that fill once (a lazy
singleton, the patterns of `re`, a computation for a handful of keys) are no leaks.
"""

from __future__ import annotations

import functools
import itertools

NUMBERS = itertools.count()
"""A number that has not been used yet, as ids of requests and users are."""


class Price:
    def __init__(self, net: int) -> None:
        self.net = net

    @functools.lru_cache(maxsize=1000)
    def gross(self) -> int:
        return self.net * 119 // 100


class TidyPrice:
    def __init__(self, net: int) -> None:
        self.net = net

    @functools.cached_property
    def gross(self) -> int:
        return self.net * 119 // 100


class Profile:
    def __init__(self, user: int) -> None:
        self.user = user


@functools.cache
def profile(user: int) -> Profile:
    return Profile(user)


@functools.lru_cache(maxsize=1)
def tidy_profile(user: int) -> Profile:
    return Profile(user)


class Page:
    def __init__(self, number: int) -> None:
        self.number = number


PAGES: dict[int, Page] = {}
LAST_PAGES: dict[int, Page] = {}
LIMIT = 1


def page(number: int) -> Page:
    if number not in PAGES:
        PAGES[number] = Page(number)
    return PAGES[number]


def tidy_page(number: int) -> Page:
    if number not in LAST_PAGES:
        while len(LAST_PAGES) >= LIMIT:
            del LAST_PAGES[next(iter(LAST_PAGES))]
        LAST_PAGES[number] = Page(number)
    return LAST_PAGES[number]


# --- caches that fill once --------------------------------------------------------------------------------------------------


class Settings:
    """Made when it is needed, and then always the same."""

    instance: Settings | None = None

    @classmethod
    def get(cls) -> Settings:
        if cls.instance is None:
            cls.instance = Settings()
        return cls.instance
