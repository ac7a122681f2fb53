import contextvars

from app import contexts


def test_leaky_context_variable():
    contexts.begin(contexts.Request())
    assert contexts.REQUESTS.get()


def test_tidy_context_variable():
    request = contexts.Request()
    with contexts.handling(request):
        assert request in contexts.REQUESTS.get()


def test_lookalike_context_variable():
    """A variable is set to something else each time."""
    contexts.CURRENT.set(contexts.Request())


def test_leaky_token():
    contexts.User().enter()
    assert contexts.USER.get() is not None


def test_tidy_token():
    user = contexts.User()
    user.enter()
    user.leave()


def test_leaky_context_variable_of_each_object():
    contexts.Scope().set(contexts.Request())


def test_tidy_context_variable_of_each_object():
    contexts.TidyScope().set(contexts.Request())
    contexts.TidyScope().set(None)


def test_leaky_copied_context():
    context = contextvars.copy_context()
    context.run(contexts.CURRENT.set, contexts.Request())
    contexts.LATER.append(context)


def test_tidy_copied_context():
    context = contextvars.copy_context()
    context.run(contexts.CURRENT.set, contexts.Request())


def test_lookalike_copied_context():
    """A request that is set in a copied context goes with it."""

    def inside():
        contexts.begin(contexts.Request())
        return len(contexts.REQUESTS.get())

    assert contextvars.Context().run(inside) == 1
