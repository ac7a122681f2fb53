"""From unreachable objects to cycles, and to what opens them."""
