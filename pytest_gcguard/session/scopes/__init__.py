"""What wider-scoped fixtures make and leave, and the end of their scopes."""
