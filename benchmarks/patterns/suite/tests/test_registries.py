import io

from app import registries


def test_leaky_global_list():
    assert registries.login("alice").user == "alice"


def test_tidy_global_list():
    registries.logout(registries.login("alice"))


def test_leaky_global_dict():
    assert registries.login_by_name("bob").user == "bob"


def test_tidy_global_dict():
    registries.logout_by_name(registries.login_by_name("bob"))


def test_lookalike_global_dict():
    """An entry is replaced: there is one before and one after."""
    registries.remember_last(registries.Session("carol"))


def test_leaky_class_attribute():
    assert registries.Plugin() in registries.Plugin.every


def test_tidy_class_attribute():
    plugin = registries.TidyPlugin()
    assert plugin in registries.TidyPlugin.every


def test_leaky_instances_of_a_class():
    assert registries.Currency.of_the_next().amount > 0


def test_tidy_instances_of_a_class():
    assert registries.TidyCurrency.of_the_next() is not None


def test_lookalike_instances_of_a_class():
    """The same few are asked for again."""
    assert registries.Currency.of(-1) is registries.Currency.of(-1)


def test_leaky_descriptor():
    article = registries.Article()
    article.title = "leaks"
    assert article.title == "leaks"


def test_tidy_descriptor():
    article = registries.TidyArticle()
    article.title = "leaks"
    assert article.title == "leaks"


def test_leaky_mutable_default():
    assert registries.seen(registries.Event()) >= 1


def test_tidy_mutable_default():
    assert registries.seen_tidily(registries.Event()) == 1


def test_leaky_attribute_of_function():
    assert registries.count(registries.Event()) >= 1


def test_tidy_attribute_of_function():
    assert registries.count_tidily(registries.Event()) >= 1


def test_leaky_variable_of_closure():
    registries.record(registries.Event())


def test_tidy_variable_of_closure():
    registries.record_tidily(registries.Event())
    registries.clear_recorded()


def test_leaky_running_generator():
    registries.COLLECTOR.send(registries.Event())


def test_tidy_running_generator():
    registries.COLLECTOR.send(registries.Event())
    registries.COLLECTOR.send(None)


def test_leaky_partials_in_deque():
    registries.Drawing().draw("circle")


def test_tidy_partials_in_deque():
    drawing = registries.Drawing()
    drawing.draw("circle")
    drawing.close()


def test_leaky_queue():
    registries.MAILS.put(registries.Mail())


def test_tidy_queue():
    mail = registries.Mail()
    registries.MAILS.put(mail)
    while registries.MAILS.get() is not mail:
        pass


def test_leaky_listener():
    dashboard = registries.Dashboard()
    registries.BUS.tell("news", "rain")
    assert dashboard.news == ["rain"]


def test_tidy_listener():
    dashboard = registries.Dashboard()
    registries.BUS.tell("news", "rain")
    assert dashboard.news == ["rain"]
    dashboard.close()


def test_leaky_file_in_registry():
    assert registries.Printer(io.StringIO()).file in registries.LOCKS


def test_tidy_file_in_registry():
    registries.Printer(io.StringIO()).close()
