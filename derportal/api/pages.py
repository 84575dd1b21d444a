"""The offline documentation pages. Their scripts come with the sidecar package."""

from functools import cache
from pathlib import Path

from csp.decorators import csp_update
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views import View
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from .problems import problem

# Both tools write their styles into the page; Redoc searches in a worker made from a blob.
_DOCS_POLICY = {
    "style-src": ["'unsafe-inline'"],
    "worker-src": ["'self'", "blob:"],
    "child-src": ["blob:"],
}
_docs_policy = method_decorator(csp_update(_DOCS_POLICY), name="dispatch")
_REDOC = "drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js"
_REDOC_LOGO = "https://cdn.redoc.ly/redoc/logo-mini.svg"
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>derportal API</title>
<link rel="icon" href="{}" type="image/svg+xml">
<link rel="stylesheet" href="{}">
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


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """A problem for a machine that asks at an address which is none, where people get a page."""
    docs = request.build_absolute_uri(reverse("api:docs"))
    return problem(404, f"There is no address {request.path[:200]}. All of them: {docs}")


@_docs_policy
class DocsView(View):
    """The reference, by Redoc."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page; its content is the OpenAPI description."""
        page = format_html(
            _PAGE,
            static("favicon.svg"),
            static("api.css"),
            reverse("api:schema"),
            reverse("api:docs-script"),
        )
        return HttpResponse(page)


@method_decorator(cache_control(public=True, max_age=86_400), name="dispatch")
class DocsScriptView(View):
    """Redoc's script, with our picture in place of the one it would fetch from elsewhere."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The script."""
        return HttpResponse(_redoc_script(), content_type="text/javascript; charset=utf-8")


@cache
def _redoc_script() -> str:
    found = finders.find(_REDOC)
    if not isinstance(found, str):
        raise FileNotFoundError(_REDOC)
    script = Path(found).read_text(encoding="utf-8")
    return script.replace(_REDOC_LOGO, static("favicon.svg"))


@_docs_policy
class TryView(SpectacularSwaggerSplitView):
    """The place to try requests, by Swagger UI."""

    authentication_classes = []
    permission_classes = []
    url_name = "api:schema"
    template_name = "api/try.html"
