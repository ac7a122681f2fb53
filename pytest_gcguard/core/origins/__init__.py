"""Whose code made an object, and the lines that made it and that store it."""
