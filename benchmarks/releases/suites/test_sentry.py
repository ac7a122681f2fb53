"""An event is serialized: the inner functions of sentry-sdk's serializer refer to each other."""

from sentry_sdk.serializer import serialize


def test_an_event_is_serialized():
    assert serialize({"extra": {"answer": 42}})["extra"] == {"answer": 42}
