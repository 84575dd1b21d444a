"""Messages of the simulator's own: templates, and the way to a portal."""
