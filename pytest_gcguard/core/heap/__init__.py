"""What the collector sees and does: paused, frozen, counted and looked through."""
