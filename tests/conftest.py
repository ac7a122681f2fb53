"""Settings of all tests: mini projects are run by pytester."""

pytest_plugins = ["pytester"]
