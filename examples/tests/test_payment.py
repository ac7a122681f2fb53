"""A payment is declined and keeps the exception, whose traceback leads back to the payment.
It is a cycle, which is reported; the tidy way keeps the text of the exception only."""

from shop.payment import Payment


def test_payment() -> None:
    payment = Payment(5)
    payment.pay()
    assert payment.error is not None


def test_tidy_payment() -> None:
    payment = Payment(5)
    payment.pay_tidily()
    assert payment.reason == "cannot pay 5"
