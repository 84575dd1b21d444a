"""Our schema files, for everybody who writes a receiver."""

from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from cim.validation import schema_path


@require_safe
def schema(request: HttpRequest, name: str) -> FileResponse:
    """One schema file by its name; public, because an integrator needs it before an account."""
    try:
        path = schema_path(f"{name}.xsd")
    except KeyError:
        raise Http404 from None
    return FileResponse(path.open("rb"), filename=path.name, content_type="application/xml")
