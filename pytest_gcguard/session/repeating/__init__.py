"""Running a suspect again, unseen, and what that says."""
