"""The REST API for DERMS, version 1: reads of what was published for the endpoint (M1)."""
