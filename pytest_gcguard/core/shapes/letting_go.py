"""How to do without one reference of a cycle, in words: a weak reference, None, or the code that lets go of it.

Rules of this file: the advice names the variable, attribute or holder, and can be followed: nobody edits a library, and a weak
reference can replace neither a local variable nor what the interpreter sets.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from pytest_gcguard.core.model import Step

GENERATORS = ("generator ", "coroutine ", "async generator ")
LOCAL = re.compile(r"\.<local ([^>]+)>")
_FRAMES = ("frame of ", *GENERATORS)
_EXPRESSION = r"<(?:lambda|genexpr|listcomp|setcomp|dictcomp)>$"
"""How functions end that are one expression: no statement can delete a variable of theirs."""


def let_go(cut: Step, foreign: Collection[str], otherwise: str = "set it to None") -> str:
    """General advice on how to do without a reference; ``otherwise`` is what to do if no weak reference is possible."""
    if variable_of(cut):
        return by_its_authors(f"{deleted(cut)} when its work is done", cut, foreign)
    words, where = means(cut), f"{cut.edge} of {cut.type}"
    if words := words or ("" if cut.type in foreign else in_its_place(cut)):
        return words
    if cut.type in foreign and cut.weak:  # the project can change what it holds, but not how
        return f"let go of {where} when its work is done, since only {home(cut.type)} can hold it by {weakly(cut)}"
    if not cut.weak:
        return f"{otherwise.replace(' it', f' {where}')} when its work is done"
    return f"hold {where} by {weakly(cut)}, or {otherwise} when its work is done"


def in_its_place(cut: Step) -> str:
    """What to do where no weakref.ref can stand: for a ``__dict__``, a member of a set, a key; empty for others."""
    if cut.edge == ".__dict__":
        return f"let a __getattr__ of {cut.type} read what its __dict__ was set to"
    found = re.fullmatch(r"(\.\w+)<(member|key [^>]*)>", cut.edge)
    if found is None or not cut.weak:
        return ""
    kind = "WeakSet" if found[2] == "member" else "WeakKeyDictionary"
    return f"let {found[1]} of {cut.type} be a weakref.{kind}, or take it out there when its work is done"


def released(cut: Step) -> str:
    """How to do without a reference, in so few words that more can follow."""
    if variable_of(cut):
        return deleted(cut)
    where = f"{cut.edge} of {cut.type}"
    otherwise = f"hold {where} by {weakly(cut)} or clear it" if cut.weak else f"clear {where}"
    return means(cut).rpartition(", or ")[2] or in_its_place(cut).partition(", or ")[0] or otherwise


_MEANS = (
    # where no weak reference can stand; an exception that is raised again has frames again
    (re.compile(r"\.__traceback__"), "call error.with_traceback(None) where the {type} is handled last"),
    (  # `from None` only hides it
        re.compile(r"\.__context__ "),
        "raise the {type} after the except clause has ended, or set error.__context__ to None where the {type} is handled",
    ),
    (re.compile(r"\.__cause__ "), "raise the {type} from None, or set error.__cause__ to None where the {type} is handled"),
    (re.compile(r"\._exception of (.*\.)?(Future|Task)$"), "call error.with_traceback(None) on the exception of the {type}"),
    (re.compile(r"\.exceptions\["), "call error.with_traceback(None) on what the {type} is made of"),
    (re.compile(r"\.args\["), "leave it out of .args of the {type}"),
    (re.compile(r"\.__(?:self|func)__ "), "hold the {type} by weakref.WeakMethod or remove it when done"),
    (
        re.compile(r"\.f_locals\b"),
        "read no f_locals of {called} while it handles an error: up to Python 3.12 what was read stays with the frame",
    ),
    (
        re.compile(rf"\.f_[a-z]+ |\.<stack>|\.<local ([^\w>]|.*{_EXPRESSION})"),
        "let go of the traceback or the frame that leads to {called}",
    ),
    (re.compile(r"\.<closure ([^>]+)>"), "let {called} use {weakly}({0}) instead of {0}"),
    (re.compile(r"\.<\?>"), "let nothing that the {type} keeps inside of it lead back to it"),
)


def means(cut: Step) -> str:
    """What can be done about a reference that cannot be a weak one; empty for all others."""
    for pattern, advice in _MEANS:
        found = pattern.match(f"{cut.edge} of {cut.type}")
        if found is not None:
            return advice.format(*found.groups(), type=cut.type, called=called(cut.type), weakly=weakly(cut))
    return ""


def weakly(cut: Step) -> str:
    """What refers weakly to what a reference leads to: a bound method is gone at once if nothing else holds it."""
    return "weakref.WeakMethod" if cut.target == "method" else "weakref.ref"


def by_its_authors(advice: str, cut: Step, foreign: Collection[str]) -> str:
    """Advice that is addressed to a library's authors, if the code to change is not the project's."""
    return f"for {home(cut.type)} to mend: {advice}" if cut.type in foreign else advice


def variable_of(step: Step) -> str:
    """The name of the variable, if a reference is one that can be deleted; empty for others."""
    has_statements = step.type.startswith(_FRAMES) and re.search(_EXPRESSION, step.type) is None
    found = LOCAL.match(step.edge) if has_statements else None
    return found[1] if found is not None and found[1].isidentifier() else ""


def deleted(step: Step) -> str:
    """The statement that ends a variable, and where it belongs."""
    return f"del {variable_of(step)} in {called(step.type)}"


def called(label: str) -> str:
    """The short name of a function, as in a call."""
    return f"{label.rpartition(' ')[2].rpartition('.')[2]}()"


def home(label: str) -> str:
    """The package or module of an object with this label."""
    return label.rpartition(" ")[2].partition(".")[0]
