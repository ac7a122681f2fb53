"""The releases: which one leaks, which one is mended, and what the finding must say.

Rules of this file: a table; the words are those of the release's own source, so that they do not depend on how a finding is
worded.
"""

from __future__ import annotations

import dataclasses
import sys


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """A leak of a real release.

    ``what`` is the leak in words, ``says`` must be in one finding of the leaky release, in the names of its types and edges or
    in its holder; the first of it is the leaked type, where it is a leak. Of the mended release no own finding may be left.
    ``pythons`` are those on which the release leaks; without any, all.
    """

    name: str
    leaky: str
    mended: str
    suite: str
    what: str
    kind: str
    says: tuple[str, ...]
    own: str = ""
    pythons: tuple[tuple[int, int], ...] = ()

    @property
    def here(self) -> bool:
        """Whether the release leaks on the Python that runs."""
        return not self.pythons or sys.version_info[:2] in self.pythons


ALL = (
    Case(
        "redis",
        "5.0.0",
        "5.0.1",
        "test_redis.py",
        "an error reply is kept in a local of the frame that raises it",
        "cycle",
        ("ResponseError", "read_response", "<local response>"),
    ),
    Case(
        "structlog",
        "25.5.0",
        "26.1.0",
        "test_structlog.py",
        "the registry of locks keeps the file of each logger",
        "leak",
        ("_io.TextIOWrapper", "structlog._output.WRITE_LOCKS"),
    ),
    Case(
        "tornado",
        "6.3.3",
        "6.4",
        "test_tornado.py",
        "the future's callback closes over the future",
        "cycle",
        ("<closure ", "Future", "._done_callbacks"),
    ),
    Case(
        "asgiref",
        "3.8.1",
        "3.9.0",
        "test_asgiref.py",
        "the AttributeError of a missing name is kept by a frame that the traceback of its context leads to",
        "cycle",
        ("asgiref.local.Local", "AttributeError", ".__traceback__"),
        pythons=((3, 12), (3, 13)),  # on others contextlib takes the traceback back, or the generator's frame is not in it
    ),
    Case(
        "sentry-sdk",
        "2.62.0",
        "2.63.0",
        "test_sentry.py",
        "the inner functions of the serializer refer to each other",
        "cycle",
        ("serialize.<locals>._serialize_node", "<closure _serialize_node"),
        own="sentry_sdk",
    ),
    Case(
        "botocore",
        "1.29.130",
        "1.29.131",
        "test_botocore.py",
        "`lru_cache` on a method keeps every provider",
        "leak",
        ("botocore.endpoint_provider.EndpointProvider", "EndpointProvider.resolve_endpoint", "<cache>"),
    ),
)
