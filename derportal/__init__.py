"""The composition root.

Settings, URLs, Celery, the API router, roles, embedded services and the demo.
"""

from derportal.celery import app as celery_app

__all__ = ["celery_app"]
