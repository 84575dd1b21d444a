"""Floor 2: customers, places, providers, consent, users and notices."""
