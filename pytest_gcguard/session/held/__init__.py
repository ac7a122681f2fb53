"""What pytest, its plugins, tools and the interpreter hold of a test that has run: none of it is what the test leaks."""
