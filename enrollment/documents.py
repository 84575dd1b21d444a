"""The application as a PDF: the record that an applicant can keep."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from .models import ServiceRequest
from .states import FACTS

INK, QUIET = colors.HexColor("#16222d"), colors.HexColor("#4c5865")
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=10, leading=14, textColor=INK)
LABEL = ParagraphStyle("label", parent=BODY, textColor=QUIET)
TITLE = ParagraphStyle("title", parent=BODY, fontName="Helvetica-Bold", fontSize=18, leading=22)
HEADING = ParagraphStyle(
    "heading", parent=BODY, fontName="Helvetica-Bold", fontSize=12, leading=16, spaceBefore=12
)


def application_record(
    request: ServiceRequest, sections: Iterable[Mapping[str, Any]], *, at: datetime
) -> bytes:
    """Reference, dates and every answer, with page numbers."""
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=20 * mm,
        rightMargin=20 * mm,
        topMargin=25 * mm,
        bottomMargin=20 * mm,
        title=f"Application {request.reference}",
        author=settings.UTILITY_NAME,
    )
    footer = _footer(f"Application {request.reference}, printed {_moment(at)}")
    document.build(list(_story(request, sections)), onFirstPage=footer, onLaterPages=footer)
    return out.getvalue()


def _story(request: ServiceRequest, sections: Iterable[Mapping[str, Any]]) -> Iterable[Flowable]:
    yield Paragraph(f"Application {escape(request.reference)}", TITLE)
    yield Spacer(1, 4 * mm)
    yield _rows([("State", FACTS[request.state].customer_label), *_dates(request)])
    for section in sections:
        rows = [(row["label"], row["value"] or "Not provided") for row in section["rows"]]
        yield KeepTogether([Paragraph(escape(str(section["label"])), HEADING), _rows(rows)])


def _dates(request: ServiceRequest) -> list[tuple[str, str]]:
    if request.submitted_at is None:
        return [("Sent", "Not sent yet")]
    return [("Sent", f"{_moment(request.submitted_at)} by {request.submitted_by}")]


def _moment(at: datetime) -> str:
    local = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    return f"{date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"


def _rows(rows: Iterable[tuple[Any, Any]]) -> Table:
    cells = [
        [Paragraph(escape(str(label)), LABEL), Paragraph(escape(str(value)), BODY)]
        for label, value in rows
    ]
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.HexColor("#d9e0e6")),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ]
    return Table(cells, colWidths=[50 * mm, 120 * mm], style=style, hAlign="LEFT")


def _footer(text: str) -> Any:
    def draw(canvas: Canvas, document: Any) -> None:
        canvas.saveState()
        canvas.setFont("Helvetica-Bold", 9)
        canvas.setFillColor(INK)
        canvas.drawString(20 * mm, A4[1] - 15 * mm, str(settings.UTILITY_NAME))
        canvas.setFont("Helvetica", 8)
        canvas.setFillColor(QUIET)
        canvas.drawString(20 * mm, 12 * mm, text)
        canvas.drawRightString(A4[0] - 20 * mm, 12 * mm, f"Page {document.page}")
        canvas.restoreState()

    return draw
