"""What can be read of a live object, and how it and its references are called: as bounded, inert text."""
