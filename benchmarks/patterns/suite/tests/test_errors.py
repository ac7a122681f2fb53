import pytest
from app import errors


def test_leaky_error_in_local():
    assert errors.try_to_take() == "no pears"


def test_tidy_error_in_local():
    assert errors.try_to_take_tidily() == "no pears"


def test_lookalike_error_in_local():
    """An error that is caught, raised again, and caught once more."""
    with pytest.raises(LookupError, match="nothing to sell"):
        try:
            errors.take()
        except errors.OutOfStockError as error:
            raise LookupError("nothing to sell") from error


def test_leaky_list_of_errors():
    assert errors.try_several_times() == 3


def test_tidy_list_of_errors():
    assert errors.try_several_times_tidily() == 3


def test_lookalike_list_of_errors():
    """Errors that were never raised have no traceback."""
    problems = [errors.OutOfStockError(str(number)) for number in range(3)]
    assert len(problems) == 3


def test_leaky_traceback_in_local():
    assert errors.where_it_failed() > 0


def test_tidy_traceback_in_local():
    assert errors.where_it_failed_tidily() > 0


def test_leaky_error_raised_later():
    assert errors.raise_later() == "no pears"


def test_tidy_error_raised_later():
    assert errors.raise_at_once() == "no pears"


def test_leaky_error_on_self():
    shop = errors.Shop()
    assert not shop.sell()


def test_tidy_error_on_self():
    shop = errors.Shop()
    assert not shop.sell_tidily()


def test_lookalike_error_on_self():
    """An error of another object's is kept: its frames do not know who keeps it."""
    shop = errors.Shop()
    with pytest.raises(errors.OutOfStockError) as caught:
        errors.take()
    shop.problem = caught.value.with_traceback(None)


def test_leaky_error_and_request():
    request = errors.refused()
    assert request.error.request is request


def test_tidy_error_and_request():
    assert errors.refused_tidily().error.request is None


def test_leaky_errors_that_name_each_other():
    effect = errors.explained()
    assert effect.__cause__.__context__ is effect


def test_tidy_errors_that_name_each_other():
    assert str(errors.explained_tidily().__cause__) == "no pears"


def test_lookalike_errors_that_name_each_other():
    """A chain of three reasons."""
    with pytest.raises(KeyError) as caught:
        try:
            try:
                errors.take()
            except errors.OutOfStockError as error:
                raise LookupError("nothing to sell") from error
        except LookupError:
            raise KeyError("pears")
    assert isinstance(caught.value.__context__, LookupError)


def test_leaky_future_with_error():
    assert isinstance(errors.run_now().exception(), errors.OutOfStockError)


def test_tidy_future_with_error():
    assert isinstance(errors.run_now_tidily().exception(), errors.OutOfStockError)


def test_leaky_frame_in_local():
    assert errors.caller() == "test_leaky_frame_in_local"


def test_tidy_frame_in_local():
    assert errors.tidy_caller() == "test_tidy_frame_in_local"
