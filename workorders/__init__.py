"""Floor 4: work orders and their field results."""
