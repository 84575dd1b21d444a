"""The token address of OAuth 2.0, below /oauth/. Only client credentials are issued."""

from django.urls import path
from oauth2_provider.views import RevokeTokenView

from .tokens import EndpointTokenView

urlpatterns = [
    path("token", EndpointTokenView.as_view(), name="oauth-token"),
    path("revoke", RevokeTokenView.as_view(), name="oauth-revoke"),
]
