"""Floor 3: DER, nameplates, the equipment catalogue, network connectivity."""
