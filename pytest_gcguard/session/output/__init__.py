"""What users see and keep: reports of tests, the terminal, files."""
