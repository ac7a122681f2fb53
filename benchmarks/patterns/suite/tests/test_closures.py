from app import closures


def test_leaky_recursive_inner_function():
    assert closures.depth({"books": {"novels": {}}}) == 3


def test_tidy_recursive_inner_function():
    assert closures.depth_tidily({"books": {"novels": {}}}) == 3


def test_lookalike_recursive_inner_function():
    """A nested function that calls another one only."""
    assert list(closures.countdown(3)) == [3, 2, 1]


def test_leaky_mutual_recursion():
    assert closures.is_even(4)


def test_tidy_mutual_recursion():
    assert closures.is_even_tidily(4)


def test_leaky_lambda_on_owner():
    button = closures.Button()
    button.on_click()
    assert button.clicks == 1


def test_tidy_lambda_on_owner():
    button = closures.TidyButton()
    button.on_click()
    assert button.clicks == 1


def test_lookalike_lambda_on_owner():
    """A lambda that is kept by another object than the one that it uses."""
    button = closures.TidyButton()
    holder = closures.Lamp()
    holder.switch = lambda: button.on_click()
    holder.switch()
    assert button.clicks == 1


def test_leaky_bound_method_on_owner():
    assert closures.Parser("number").parse("3") == 3


def test_tidy_bound_method_on_owner():
    assert closures.TidyParser("number").parse("3") == 3


def test_leaky_table_of_methods():
    assert closures.Shell().commands["help"]() == "help, quit"


def test_tidy_table_of_methods():
    assert closures.TidyShell().run("help") == "help, quit"


def test_lookalike_table_of_methods():
    """Bound methods in a local variable."""
    shell = closures.TidyShell()
    commands = [shell.help, shell.help]
    assert {command() for command in commands} == {"help, quit"}


def test_leaky_observer():
    chart = closures.Chart(closures.Subject())
    assert len(chart.subject.observers) == 1


def test_tidy_observer():
    chart = closures.TidyChart(closures.Subject())
    assert len(chart.subject.observers) == 1


def test_leaky_function_attribute():
    call = closures.counted(dict)
    assert call() == {}
    assert call.times == 1


def test_tidy_function_attribute():
    assert closures.tidily_counted(dict)() == {}


def test_lookalike_function_attribute():
    """functools.wraps: the wrapper knows what it wraps, and that knows nothing of it."""
    import functools

    def wrapped():
        return 1

    @functools.wraps(wrapped)
    def wrapper():
        return wrapped()

    assert wrapper.__wrapped__ is wrapped


def test_leaky_default_argument():
    assert closures.visitor()({"books": {}}) == 2


def test_tidy_default_argument():
    assert closures.tidy_visitor()({"books": {}}) == 2


def test_leaky_closure_as_attribute():
    lamp = closures.lamp()
    lamp.switch()
    assert lamp.is_on


def test_tidy_closure_as_attribute():
    lamp, switch = closures.tidy_lamp()
    switch()
    assert lamp.is_on


def test_benign_exec():
    """Code is run by `exec`: what it defines and its globals hold each other, as those of an imported module do."""
    assert closures.rule()["price"](100) == 119
