"""What the user asked for, and whose code lies where."""
