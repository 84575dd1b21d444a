"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from .health import healthz, readyz
from .views import demo_login, home

urlpatterns = [
    path("", home, name="home"),
    path("demo/login/", demo_login, name="demo-login"),
    path("", include("enrollment.urls")),
    path("messages/", include("exchange.urls")),
    path("api/", include("derportal.api.urls")),
    path("oauth/", include("derportal.api.oauth_urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]
