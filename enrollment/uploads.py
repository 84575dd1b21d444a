"""Papers are checked by content, not by name: type, size, pages; pictures are re-encoded."""

import hashlib
from datetime import datetime
from io import BytesIO
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from PIL import Image, ImageOps, UnidentifiedImageError
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from .models import Attachment, ServiceRequest

MAX_BYTES = 10 * 1024 * 1024
MAX_PAGES = 20
MAX_PIXELS = 50_000_000
ACTIVE_CONTENT = ("/JavaScript", "/JS", "/OpenAction", "/AA", "/EmbeddedFiles", "/Launch")


def store_attachment(
    *, request: ServiceRequest, upload: Any, kind: str, uploaded_by: Any, uploaded_at: datetime
) -> Attachment:
    """Check and keep an upload; the one it replaces is marked removed.

    Raises ValidationError {"file": rule} and keeps what was there before.
    """
    content, extension, pages = checked_content(upload)
    request.attachments.filter(kind=kind, removed_at__isnull=True).update(removed_at=uploaded_at)
    paper = Attachment(
        service_request=request,
        kind=kind,
        extension=extension,
        original_name=upload.name[:200],
        size_bytes=len(content),
        pages=pages,
        sha256=hashlib.sha256(content).hexdigest(),
        uploaded_by=uploaded_by,
        uploaded_at=uploaded_at,
    )
    paper.file.save("paper", ContentFile(content), save=False)
    paper.save()
    return paper


def checked_content(upload: Any) -> tuple[bytes, str, int]:
    """The safe bytes, the extension and the number of pages of an upload."""
    if upload.size > MAX_BYTES:
        raise _refused("The file is larger than 10 MB.")
    content: bytes = upload.read()
    if content.startswith(b"%PDF-"):
        return content, "pdf", _pdf_pages(content)
    return _picture(content)


def _pdf_pages(content: bytes) -> int:
    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted:
            raise _refused("The PDF is protected with a password. Save it without one.")
        pages = len(reader.pages)
        catalog = str(reader.trailer["/Root"])
    except (PyPdfError, KeyError, ValueError, RecursionError) as error:
        raise _refused("The PDF is damaged and cannot be read.") from error
    if any(word in catalog for word in ACTIVE_CONTENT):
        raise _refused("The PDF contains scripts or attached files. Print it to a new PDF.")
    if not 1 <= pages <= MAX_PAGES:
        raise _refused(f"The PDF has {pages} pages; at most {MAX_PAGES} are possible.")
    return pages


def _picture(content: bytes) -> tuple[bytes, str, int]:
    try:
        with Image.open(BytesIO(content), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise _refused("The picture has more than 50 megapixels.")
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise _refused("Upload a PDF, PNG or JPEG file.") from error
    out = BytesIO()
    upright.save(out, "PNG", optimize=True)
    return out.getvalue(), "png", 1


def _refused(rule: str) -> ValidationError:
    return ValidationError({"file": rule})
