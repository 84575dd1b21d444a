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
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from .models import Attachment, ServiceRequest

MAX_BYTES = 10 * 1024 * 1024
MAX_PAGES = 20
MAX_PIXELS = 50_000_000
MAX_PDF_OBJECTS = 50_000
ACTIVE_KEYS = frozenset({"/JavaScript", "/JS", "/EmbeddedFiles", "/EF"})
ACTIVE_ACTIONS = frozenset({"/JavaScript", "/Launch"})


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
        is_active = _is_active(reader)
    except (PyPdfError, KeyError, ValueError, RecursionError) as error:
        raise _refused("The PDF is damaged and cannot be read.") from error
    if is_active:
        raise _refused("The PDF contains scripts or attached files. Print it to a new PDF.")
    if not 1 <= pages <= MAX_PAGES:
        raise _refused(f"The PDF has {pages} pages; at most {MAX_PAGES} are possible.")
    return pages


def _is_active(reader: PdfReader) -> bool:
    """Whether anything in the PDF runs or holds a file: it may hide behind any reference."""
    waiting: list[Any] = [reader.trailer["/Root"]]
    seen: set[int] = set()
    while waiting:
        item = waiting.pop()
        if isinstance(item, IndirectObject):
            if item.idnum in seen:
                continue
            seen.add(item.idnum)
            if len(seen) > MAX_PDF_OBJECTS:
                raise _refused("The PDF has too many parts. Print it to a new PDF.")
            item = item.get_object()
        if isinstance(item, DictionaryObject):
            if not ACTIVE_KEYS.isdisjoint(item) or str(item.get("/S")) in ACTIVE_ACTIONS:
                return True
            waiting.extend(item.values())
        elif isinstance(item, ArrayObject):
            waiting.extend(item)
    return False


def _picture(content: bytes) -> tuple[bytes, str, int]:
    try:
        with Image.open(BytesIO(content), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise _refused("The picture has more than 50 megapixels.")
            is_photo = picture.format in ("JPEG", "MPO")
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise _refused("Upload a PDF, PNG or JPEG file.") from error
    out = BytesIO()
    if is_photo:  # as PNG a photo would be four times as large
        upright.save(out, "JPEG", quality=90)
        return out.getvalue(), "jpg", 1
    upright.save(out, "PNG")
    return out.getvalue(), "png", 1


def _refused(rule: str) -> ValidationError:
    return ValidationError({"file": rule})
