"""The run as a whole: its document, made, read, merged, and compared with what is known."""
