"""Addresses of the journey, by who walks it."""

from .applicant import urlpatterns as applicant
from .field import urlpatterns as field
from .staff import urlpatterns as staff

app_name = "enrollment"
urlpatterns = [*applicant, *staff, *field]
