"""Papers of an application, for those who may act on it; nothing is shown inside the site."""

from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse
from django.utils.http import content_disposition_header

from tariffs.documents import agreement_pdf
from tariffs.selectors import current_agreement

from ...selectors import ServiceRequest
from .common import SignedInRequest, for_application

TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg"}


def as_download(content: bytes, name: str, content_type: str) -> HttpResponse:
    """A file that the browser saves and never interprets."""
    response = HttpResponse(content, content_type=content_type)
    return _guarded(response, name)


def _guarded(response: HttpResponse, name: str) -> HttpResponse:
    header = content_disposition_header(as_attachment=True, filename=name)
    response.headers["Content-Disposition"] = header or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@for_application
def paper(request: SignedInRequest, application: ServiceRequest, mrid: UUID) -> HttpResponse:
    """One uploaded paper, under the name it was uploaded with."""
    found = application.attachments.filter(mrid=mrid, removed_at__isnull=True).first()
    if found is None:
        raise Http404
    content_type = TYPES.get(found.extension, "application/octet-stream")
    response = FileResponse(found.file.open("rb"), content_type=content_type)
    stem = found.original_name.rsplit(".", 1)[0] or "paper"
    return _guarded(response, f"{stem}.{found.extension}")  # type: ignore[arg-type]


@for_application
def agreement_document(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    """The current agreement as a PDF."""
    agreement = current_agreement(application.der) if application.der else None
    if agreement is None:
        raise Http404
    name = f"agreement-{application.reference}.pdf"
    return as_download(agreement_pdf(agreement), name, "application/pdf")
