"""Pages of the journey, by who walks it."""
