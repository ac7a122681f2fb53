"""Reading live objects without running their code, and names for them and their references, as bounded, inert text."""
