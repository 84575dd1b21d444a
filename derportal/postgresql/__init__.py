"""Django's PostgreSQL backend with a cheaper health check; loaded by the name of this folder."""
