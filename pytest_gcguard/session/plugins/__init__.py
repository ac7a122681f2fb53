"""What other plugins need of the guard, and the guard of them."""
