"""Floor 7: the service-request journey from draft to permission to operate."""
