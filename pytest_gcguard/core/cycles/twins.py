"""Which small components of one graph are described alike, found without naming anything.

A test that makes a thousand nodes which each refer to their parent leaves hundreds of components that differ only by their
ids. To name the references of one costs some hundred times what it takes to see that another is like it.

Rules of this file: a component has a form here only if the type of each object, with exact texts or positions, tells what it
refers to: instances of Python's classes, containers, functions with what they close over, methods and partials. No code of an
object that is looked at runs. A form has ids of types, code and namespaces, so it is good while the objects are held.
"""

from __future__ import annotations

import collections
import functools
import types
import weakref
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from pytest_gcguard.core.objects import attributes, describe, reading
from pytest_gcguard.core.objects.gaps import has_gaps
from pytest_gcguard.core.objects.glossary import Glossary

_LARGE = 64
"""A component with an object of more entries has no form."""
KEY: Any = object()
"""In the place of a key where a dictionary refers to the key itself."""
Form = tuple[tuple[Any, ...], ...]
"""For each object of a component its type, the words for the function that it is or binds, and by name what it refers to."""


class Twins:
    """Knows the types that it has met among some objects, for as long as these are held."""

    def __init__(self, objects: Sequence[object]) -> None:
        self.objects = objects
        self._readers: dict[int, attributes.Attributes | None] = {}

    def form(self, component: Sequence[int], successors: Sequence[Sequence[int]]) -> Form | None:
        """A key that is equal for components that nothing tells apart; None where there is none.

        >>> a, b, odd = {"b": 1}, {"c": 1}, {None: 1}
        >>> for each in (a, b, odd): each[next(iter(each))] = each
        >>> twins = Twins([a, b, odd])
        >>> twins.form([0], [[0]]) == twins.form([1], [[0], [1]]), twins.form([2], [[], [], [2]])
        (False, None)
        """
        nodes = set(component)
        objects = list(map(self.objects.__getitem__, component))
        place = dict(zip(map(id, objects), range(len(objects)), strict=True))
        form: list[tuple[Any, ...]] = []
        for node, obj in zip(component, objects, strict=True):
            entries = self.entries(obj)
            if entries is None:
                return None
            found = [(key, place[id(value)]) for key, value in entries if id(value) in place]
            # there are references that the entries do not show
            if len(found) != sum(map(nodes.__contains__, successors[node])):
                return None
            for key, _ in found:
                if type(key) is not str and type(key) is not int and key is not KEY:
                    return None
            function = obj.__func__ if type(obj) is types.MethodType else obj
            form.append((id(type(obj)), words_of(function) if type(function) is types.FunctionType else None, *found))
        return tuple(form)

    def lasting(self, component: Sequence[int], form: Form, glossary: Glossary, origin: Callable[[int], object]) -> Hashable:
        """The form in words: a key that is good when the objects are gone, and still equal only for what nothing tells apart.

        >>> a = {"b": 1}; a["b"] = a
        >>> twins = Twins([a])
        >>> twins.lasting([0], twins.form([0], [[0]]), Glossary(), lambda _: "own")
        (('dict', 'own', None, ('b', 0)),)
        """
        objects = map(self.objects.__getitem__, component)
        return tuple(
            (glossary.type_name(obj), origin(node), _told(obj, glossary) if each[1] is not None else None, *each[2:])
            for node, obj, each in zip(component, objects, form, strict=True)
        )

    def entries(self, obj: object) -> Iterable[tuple[Any, object]] | None:
        """What an object refers to, by name; None where that is not known, or too much."""
        read = READERS.get(id(type(obj)))
        return read(obj) if read is not None else self._attributes(obj)

    def reader(self, tp: type) -> attributes.Attributes | None:
        """What reads the instances of a class."""
        key = id(tp)
        if key not in self._readers:
            self._readers[key] = attributes.attributes(tp)
        return self._readers[key]

    def _attributes(self, obj: object) -> Iterable[tuple[Any, object]] | None:
        reader = self.reader(type(obj))
        found = list(islice(reader.of(obj), _LARGE + 1)) if reader is not None else None
        return found if found is not None and len(found) <= _LARGE else None


def _few_items(mapping: dict[Any, object]) -> Iterable[tuple[Any, object]] | None:
    return _items(mapping) if dict.__len__(mapping) <= _LARGE else None


def _items(mapping: dict[Any, object]) -> Iterator[tuple[Any, object]]:
    yield from dict.items(mapping)
    for key in dict.keys(mapping):
        if type(key) is not str and type(key) is not int:
            yield KEY, key


def words_of(function: types.FunctionType) -> Hashable:
    """What the description of a function is made of: its code, its names, and the module that it belongs to."""
    module = function.__module__
    return (
        id(function.__code__),
        id(function.__globals__),
        function.__qualname__,
        module if type(module) is str else id(module),
    )


def _told(obj: object, glossary: Glossary) -> Hashable:
    """What a function or a method is called, where its code is, and what it closes over."""
    function = obj.__func__ if type(obj) is types.MethodType else obj
    return glossary.label(obj), describe.spot(obj), function.__code__.co_freevars  # type: ignore[attr-defined] # it is one


def _few_of_sequence(sequence: Any) -> Iterable[tuple[Any, object]] | None:
    return enumerate(sequence) if len(sequence) <= _LARGE and not has_gaps(sequence) else None


def _of_method(method: types.MethodType) -> Iterable[tuple[Any, object]] | None:
    function = method.__func__
    return (("__func__", function), ("__self__", method.__self__)) if type(function) is types.FunctionType else None


READERS: dict[int, Callable[[Any], Iterable[tuple[Any, object]] | None]] = {
    **dict.fromkeys(map(id, (dict, collections.OrderedDict, collections.defaultdict)), _few_items),
    **dict.fromkeys(map(id, (list, tuple, collections.deque)), _few_of_sequence),
    id(types.SimpleNamespace): lambda obj: _few_items(obj.__dict__),
    id(functools.partial): lambda obj: (("func", obj.func), ("args", obj.args), ("keywords", obj.keywords)),
    id(types.FunctionType): lambda obj: (
        ("__closure__", obj.__closure__),
        ("__defaults__", obj.__defaults__),
        ("__kwdefaults__", obj.__kwdefaults__),
    ),
    id(types.MethodType): _of_method,
    id(types.CellType): lambda obj: (("cell_contents", reading.contents(obj)),),
    id(weakref.ReferenceType): lambda obj: (("__callback__", obj.__callback__),),
}
"""What reads objects of exactly these types of C; that they refer to more is seen by the number of references."""
