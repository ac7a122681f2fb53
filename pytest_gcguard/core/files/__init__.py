"""Where a file lies, and what a source file says."""
