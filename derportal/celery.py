"""The Celery application.

Tasks carry no data: they wake code that looks in the database for what is due.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "derportal.settings")

app = Celery("derportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
