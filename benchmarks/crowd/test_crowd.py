"""Four hundred tests that share three leaks and five cycles, for the reports (``pytest --gcguard`` fails here)."""

import pytest


class Node:
    def __init__(self):
        self.links = {}


class Session(Node): ...


class Listener(Node): ...


class Ticket(Node): ...


OPEN, HEARD, SOLD = {}, [], set()
FIFTY = pytest.mark.parametrize("number", range(50))


@FIFTY
def test_leaks_a_session(number):
    OPEN.setdefault(number, []).append(Session())


@FIFTY
def test_leaks_a_listener(number):
    HEARD.append(Listener())


@FIFTY
def test_leaks_a_ticket(number):
    SOLD.add(Ticket())


@FIFTY
def test_leaves_an_object_that_knows_itself(number):
    node = Node()
    node.me = node


@FIFTY
def test_leaves_a_parent_and_its_child(number):
    parent, child = Node(), Node()
    parent.child, child.parent = child, parent


@FIFTY
def test_leaves_a_ring_of_links(number):
    one, two = Node(), Node()
    one.links["next"], two.links["next"] = two, one


@FIFTY
def test_leaves_a_method_kept_by_its_object(number):
    node = Node()
    node.again = node.__init__


@FIFTY
def test_leaves_a_function_that_calls_itself(number):
    def down(depth):
        return depth and down(depth - 1)

    down(3)
