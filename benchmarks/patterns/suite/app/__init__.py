"""Small pieces of programs, each written twice: as it leaks, and tidily."""
