"""Floor 1: endpoints, the outbox, delivery, and the documents a DERMS may read."""
