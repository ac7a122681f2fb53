"""What differs from one build of the interpreter to the next, as far as it cannot be measured.

Rules of this file: constants only, known from the start; whether freezing costs nothing is tried, in ``heap.freezing``.
"""

from __future__ import annotations

import sys

INCREMENTAL = (3, 14, 0) <= sys.version_info[:3] <= (3, 14, 4)
"""In these releases objects that have survived a collection are in one of two lists, which change places now and then."""
FREE_THREADED = "free-threading" in sys.version
"""Where no order is kept among objects, nor generations."""
FIRST_THREAD_BLINDS = FREE_THREADED and sys.version_info < (3, 14)
"""Where the first thread that is started makes the classes, the functions and the modules immortal, with their namespaces: the
collector has lost sight of them."""
