import abc

from app import classes


def test_leaky_class_in_registry():
    assert classes.command()().run() is None


def test_tidy_class_in_registry():
    assert classes.tidy_command()().run() is None


def test_lookalike_class_in_registry():
    """A class that is defined in the test; its base class knows it by a weak reference only."""

    class Base:
        pass

    class Derived(Base):
        def run(self):
            return super().__repr__()

    assert Base.__subclasses__() == [Derived]


def test_leaky_dispatch():
    assert classes.render(classes.renderer()()) == "rendered"


def test_tidy_dispatch():
    assert classes.render(classes.tidy_renderer()()) == "rendered"


def test_lookalike_dispatch():
    """An abstract class keeps who was registered by weak references."""

    class Shape(abc.ABC):
        pass

    @Shape.register
    class Circle:
        pass

    assert isinstance(Circle(), Shape)


def test_leaky_module():
    assert classes.load("answer = [42]").answer == [42]


def test_tidy_module():
    module = classes.load("answer = [42]")
    classes.unload(module)
    assert module.answer == [42]


def test_lookalike_module():
    """A module that nobody keeps."""
    import types

    module = types.ModuleType("nobodys")
    exec("def answer(): return [42]", module.__dict__)
    assert module.answer() == [42]
