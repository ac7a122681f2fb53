"""What survives and grows: which of it is the leak, who holds it, and since which line."""
