"""The four rules in words: what each finds, why it matters, what to do.

Rules of this file: text only, for whoever has never heard of a garbage collector.
"""

from __future__ import annotations

import dataclasses

from pytest_gcguard.core.kinds import Kind


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """A rule as people read it: a name for machines, one line, what it means, and what to do."""

    kind: Kind
    name: str
    short: str
    meaning: str
    remedy: str

    @property
    def id(self) -> str:
        """Its number.

        >>> RULES[Kind.LEAK].id
        'GCG003'
        """
        return self.kind.rule


RULES = {
    rule.kind: rule
    for rule in (
        Rule(
            Kind.UNCOLLECTABLE,
            "UncollectableObjects",
            "The garbage collector cannot free these objects",
            "Nothing refers to these objects any more, and a full garbage collection did not free them. They stay in memory "
            "until the process ends.",
            "Cut the cycle that the objects are in before they are dropped, or close the object of C code that keeps them.",
        ),
        Rule(
            Kind.CYCLE,
            "ReferenceCycle",
            "A test leaves a reference cycle",
            "These objects refer to each other in a circle, so they are not freed when the last reference from outside goes: "
            "they wait for the garbage collector, hold memory and resources until then, and make its pauses longer.",
            "Remove the one reference that is named as the cut when the work is done, or hold it by weakref.",
        ),
        Rule(
            Kind.LEAK,
            "Leak",
            "Objects are left alive each time a test runs",
            "The test was run again and again, and each time more of these objects were alive after its end. Something that "
            "lives longer, such as a global, a cache, a registry or a thread, still holds them.",
            "Remove the object from its holder when its work is done, bound the holder, or let it hold the object by weakref.",
        ),
        Rule(
            Kind.MEMORY,
            "MemoryGrowth",
            "Memory that the garbage collector does not track grows each time a test runs",
            "The test was run again and again, and each time more memory was in use after its end, by objects such as bytes, "
            "texts or arrays, which the garbage collector does not track.",
            "Look at the line that allocates it: what keeps the result must let it go, or be bounded.",
        ),
    )
}
