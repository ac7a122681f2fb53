"""What pytest, its plugins, tools and the interpreter hold of a test that has run: nothing that the test leaks."""
