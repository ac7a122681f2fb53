"""One format a file: a document in, text out; no input or output, no decisions."""
