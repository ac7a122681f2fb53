"""A thread remembers its jobs in thread-locals, and another thread is started and never stopped.
Each run of the tests adds a job, or a thread, so they leak; the tidy ones forget the job and stop the thread."""

from shop.worker import PACKER, Delivery, Job


def test_job() -> None:
    PACKER.pack(Job("parcel"))


def test_tidy_job() -> None:
    PACKER.pack_tidily(Job("parcel"))


def test_delivery() -> None:
    Delivery()


def test_tidy_delivery() -> None:
    Delivery().stop()
