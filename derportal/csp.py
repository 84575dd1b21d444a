"""The Content-Security-Policy of what is no page."""

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponseBase

NOTHING = "default-src 'none'; frame-ancestors 'none'"


class PagePolicyMiddleware(CSPMiddleware):
    """django-csp's, but no policy is built for an answer that brings its own."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Add the policy of pages."""
        return response if HEADER in response else super().process_response(request, response)
