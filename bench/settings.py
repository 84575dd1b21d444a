"""The product's settings, with the denominators' addresses beside the product's."""

from derportal.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
INSTALLED_APPS = [*INSTALLED_APPS, "bench"]  # noqa: F405
API_REQUESTS_PER_MINUTE = 10**9
ALLOWED_HOSTS = ["127.0.0.1"]
LOGGING["root"]["level"] = "WARNING"  # noqa: F405
