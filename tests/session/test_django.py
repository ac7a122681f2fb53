"""What Django keeps of a test that uses its database or its client is neither the test's leak nor a reason to repeat it."""

from __future__ import annotations

import json
import re

import django  # type: ignore[import-untyped] # it has no types
import pytest
from mini import run

CONFTEST = """
import collections, json
import django, pytest
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
    ROOT_URLCONF="test_mini",
    USE_TZ=True,
)
django.setup()
RUNS = collections.Counter()

@pytest.fixture(scope="session", autouse=True)
def databases():
    from django.test.utils import get_runner, setup_test_environment, teardown_test_environment

    setup_test_environment()
    runner = get_runner(settings)(verbosity=0)
    names = runner.setup_databases()
    yield
    runner.teardown_databases(names)
    teardown_test_environment()

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    RUNS[item.nodeid.partition("::")[2]] += 1

def pytest_sessionfinish():
    with open("runs.json", "w") as file:
        json.dump({name: runs for name, runs in RUNS.items() if runs > 1}, file)
"""
SUITE = """
from django.contrib.auth.models import Group
from django.core.mail import send_mail
from django.core.signals import request_finished, request_started
from django.db import connection
from django.dispatch import Signal
from django.http import HttpResponse
from django.test import TestCase
from django.urls import path

class Wrapper:
    def __call__(self, execute, *arguments):
        return execute(*arguments)

class Saved(Signal): ...

saved = Saved()

def index(request):
    return HttpResponse(str(Group.objects.count()))

urlpatterns = [path("", index)]

def on_saved(**kwargs): ...

class TestApp(TestCase):
    def test_0_warm_up(self):
        self.test_client(), self.test_query(), self.test_mail()

    def test_client(self):
        assert self.client.get("/").content == b"0"

    def test_many_requests(self):
        for _ in range(5):
            self.client.get("/")

    def test_query(self):
        Group.objects.create(name="one")
        assert Group.objects.filter(name="one").exists()

    def test_many_queries(self):
        for _ in range(150):
            assert not Group.objects.filter(name="one").exists()

    def test_many_queries_more(self):
        self.test_many_queries()

    def test_mail(self):
        send_mail("subject", "text", "from@example.com", ["to@example.com"])

class TestLeak(TestCase):
    def test_receiver(self):
        wrapper = Wrapper()
        request_started.connect(lambda **kwargs: wrapper, weak=False)

    def test_receiver_of_a_signal_of_its_own(self):
        wrapper = Wrapper()
        saved.connect(lambda **kwargs: wrapper, weak=False)

    def test_response(self):
        RESPONSES.append(self.client.get("/"))

    def test_wrapper_at_the_connection(self):
        connection.execute_wrappers = [*connection.execute_wrappers, Wrapper()]

    def test_empty_lists_at_the_connection(self):
        connection.savepoints = [*getattr(connection, "savepoints", ()), []]

class TestReceiver(TestCase):
    def test_connected_anew(self):
        saved.connect(on_saved)

RESPONSES = []
"""
CONNECTION = "django.db.connections._connections._storage.default"


def test_what_django_keeps_is_not_repeated_and_what_a_project_leaks_by_it_is_told(pytester: pytest.Pytester) -> None:
    ran = run(pytester, SUITE, conftest=CONFTEST)
    assert len(ran.outcomes) == 13, ran.text
    leaking = {name for name, outcome in ran.outcomes.items() if outcome != "passed"}
    own = {name: [each["holder"] for each in ran.of(name) if each["origin"] == "own"] for name in leaking}
    assert {name: [re.sub(r"-\d+", "n", holder) for holder in holders] for name, holders in own.items()} == {
        "TestLeak::test_receiver": ["django.core.signals.request_started.receivers[n][1].<closure wrapper>"],
        "TestLeak::test_receiver_of_a_signal_of_its_own": ["test_mini.saved.receivers[n][1].<closure wrapper>"],
        "TestLeak::test_response": ["test_mini.RESPONSES[n]"],
        "TestLeak::test_wrapper_at_the_connection": [f"{CONNECTION}.execute_wrappers[n]"],
        "TestLeak::test_empty_lists_at_the_connection": [f"{CONNECTION}.savepoints[n]"],
    }
    # up to 5.2 Django adds a finalizer for a function of the project, too: that is told, as the project may spare it
    added = ["stdlib"] if django.VERSION < (6, 0) else []
    assert [each["origin"] for each in ran.of("TestReceiver::test_connected_anew")] == added
    repeated = json.loads((pytester.path / "runs.json").read_text()).keys() - leaking
    assert repeated <= {"TestApp::test_0_warm_up", "TestReceiver::test_connected_anew"}


def test_a_stand_in_for_django_is_not_asked_for_connections(pytester: pytest.Pytester) -> None:
    pytester.mkpydir("django").joinpath("db.py").write_text("connections = {}")
    source = """
        import django.db

        class State: ...

        STATE = State()

        def test_empty_list():
            STATE.latest = []
    """
    ran = run(pytester, source)
    assert ran.outcomes == {"test_empty_list": "passed"}
    assert "the guard itself failed" not in ran.text
