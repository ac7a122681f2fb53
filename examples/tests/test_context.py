"""An order is put into a context variable, which is never reset.
Each run of the test adds one to the main thread's context, so it is a leak; the tidy test resets the variable."""

from shop import context


def test_order() -> None:
    context.begin(context.Order())
    assert context.ORDERS.get()


def test_tidy_order() -> None:
    order = context.Order()
    with context.handling(order):
        assert order in context.ORDERS.get()
    assert order not in context.ORDERS.get()
