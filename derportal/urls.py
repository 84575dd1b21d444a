"""Every address of the portal."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from . import comparisons as views
from .cim_api.soap import service
from .health import healthz, readyz
from .new_endpoint import endpoint_new
from .views import demo_login, home

# Staff sign in to the admin like everywhere else: rate limits and second factor included.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_title = admin.site.site_header = f"{settings.UTILITY_NAME}: administration"

handler500 = "derportal.views.broken"
comparisons = [
    path("", views.comparisons, name="endpoint-comparisons"),
    path("new/", views.compare, name="endpoint-compare"),
    path("<int:pk>/", views.comparison, name="endpoint-comparison"),
    path("<int:pk>/resync/", views.resync, name="endpoint-resync"),
]
urlpatterns = [
    # First, because a DERMS polls it all day.
    path("api/", include("derportal.api.urls")),
    path("", home, name="home"),
    path("demo/login/", demo_login, name="demo-login"),
    path("", include("enrollment.urls")),
    path("messages/", include("exchange.urls")),
    path("messages/endpoints/new/", endpoint_new, name="endpoint-new"),
    path("messages/endpoints/<uuid:mrid>/comparisons/", include(comparisons)),
    path("cim/", include("derportal.cim_api.urls")),
    # The paths by which interoperability tests of IEC 61968-5 reach the services.
    re_path(r"^61968-5/(?:create|change|get)/(?P<name>\w+)$", service, name="soap-61968-5"),
    path("oauth/", include("derportal.api.oauth_urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]
