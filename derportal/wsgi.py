"""The WSGI application that gunicorn (production) and waitress (demo) serve."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "derportal.settings")

application = get_wsgi_application()
