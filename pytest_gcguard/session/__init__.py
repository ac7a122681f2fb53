"""The pytest side: settings, the protocol of a guarded test, repeats, fixtures, the terminal."""
