"""The modules `gc` and `time` as they were when the guard was imported.

A test may put something else in the place of one of their functions, and leave it there: what it puts there is not the guard's
to call, and nothing that the guard does depends on it.

Rules of this file: these are modules of their own, since who patches looks for functions by name in the modules that it knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gc
    import time
else:
    from importlib import import_module
    from types import ModuleType

    def _copy(name, *without):
        copy = ModuleType(name)
        copy.__dict__.update(vars(import_module(name)))
        for each in without:
            del copy.__dict__[each]
        return copy

    # how often the two are held tells whether somebody has them under a name of its own: see ``heap.walks``
    gc = _copy("gc", "get_objects", "get_referrers")
    time = _copy("time")

__all__ = ["gc", "time"]
