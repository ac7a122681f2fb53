"""Which origin says most to a reader, where several take part in a leak.

Rules of this file: numbers only.
"""

from __future__ import annotations

from pytest_gcguard.core.kinds import Origin

RANK = {Origin.OWN: 0, Origin.LIBRARY: 1, Origin.STDLIB: 2, None: 3, Origin.HARNESS: 4}
"""Lower says more. None is nobody, as for a plain list."""
