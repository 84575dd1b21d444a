"""Floor 0: one way to move a state machine, and the record of every move."""
