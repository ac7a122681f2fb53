"""A payment keeps the error that it met: the error holds its traceback, that the frame, and that the payment's own self.
So the payment holds itself by way of the error; `pay_tidily` keeps the error's text instead."""

from __future__ import annotations


class DeclinedError(Exception):
    pass


class Payment:
    def __init__(self, amount: int) -> None:
        self.amount = amount
        self.error: Exception | None = None
        self.reason = ""

    def pay(self) -> None:
        try:
            self._charge()
        except DeclinedError as error:
            self.error = error

    def pay_tidily(self) -> None:
        try:
            self._charge()
        except DeclinedError as error:
            self.reason = str(error)

    def _charge(self) -> None:
        raise DeclinedError(f"cannot pay {self.amount}")
