"""How the guard gets along with other plugins."""
