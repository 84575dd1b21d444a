"""The offline documentation pages. Their scripts come with the sidecar package."""

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views import View
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

# Both tools write their styles into the page; Redoc searches in a worker made from a blob.
_DOCS_POLICY = {
    "style-src": ["'unsafe-inline'"],
    "worker-src": ["'self'", "blob:"],
    "child-src": ["blob:"],
}
_docs_policy = method_decorator(csp_update(_DOCS_POLICY), name="dispatch")
_REDOC = "drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js"
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>derportal API</title>
<link rel="icon" href="{}" type="image/svg+xml">
<style>body {{ margin: 0; }}</style>
</head>
<body>
<redoc spec-url="{}" disable-search="false" hide-download-button="false"></redoc>
<script src="{}"></script>
</body>
</html>
"""


class SchemaView(SpectacularAPIView):
    """The OpenAPI description, for everybody."""

    authentication_classes = []
    permission_classes = []
    api_version = "1"


@_docs_policy
class DocsView(View):
    """The reference, by Redoc."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page; its content is the OpenAPI description."""
        page = format_html(_PAGE, static("favicon.svg"), reverse("api:schema"), static(_REDOC))
        return HttpResponse(page)


@_docs_policy
class TryView(SpectacularSwaggerSplitView):
    """The place to try requests, by Swagger UI."""

    authentication_classes = []
    permission_classes = []
    url_name = "api:schema"
