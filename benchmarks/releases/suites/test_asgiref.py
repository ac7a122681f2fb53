"""A name that a Local does not have: in asgiref 3.8.1 its traceback, or that of its context, leads back to the AttributeError.

Which of the two does it depends on Python's contextlib: on 3.10 both, on 3.13 and later the second, on 3.11 neither.
"""

from asgiref.local import Local


def test_a_name_that_is_not_there():
    local = Local()
    assert not hasattr(local, "user")


def test_a_name_that_is_not_there_in_this_thread():
    local = Local(thread_critical=True)
    assert not hasattr(local, "user")
