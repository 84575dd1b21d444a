"""CA2: the agreement as a PDF, the same bytes each time."""

import re
from collections.abc import Callable
from datetime import datetime
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

import reportlab
from django.utils import timezone
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from .models import CustomerAgreement

INK, GRAY, LINE = HexColor("#1b1f24"), HexColor("#57606a"), HexColor("#d0d7de")
FONTS = Path(reportlab.__file__).parent / "fonts"
CLAUSE = re.compile(r"^(\d+\.)\s+(.*)$")

for font_name, file_name in (("Body", "Vera.ttf"), ("Strong", "VeraBd.ttf")):
    pdfmetrics.registerFont(TTFont(font_name, FONTS / file_name))

TITLE = ParagraphStyle("title", fontName="Strong", fontSize=18, leading=23, textColor=INK)
SUBTITLE = ParagraphStyle("subtitle", fontName="Body", fontSize=10.5, leading=15, textColor=GRAY)
HEADING = ParagraphStyle(
    "heading",
    fontName="Strong",
    fontSize=12,
    leading=16,
    textColor=INK,
    spaceBefore=14,
    spaceAfter=6,
    keepWithNext=1,
)
BODY = ParagraphStyle(
    "body", fontName="Body", fontSize=9.5, leading=14, textColor=INK, spaceAfter=5
)
NUMBERED = ParagraphStyle("numbered", parent=BODY, leftIndent=22, bulletFontName="Body")
LABEL = ParagraphStyle("label", parent=BODY, textColor=GRAY, spaceAfter=0)
CELL = ParagraphStyle("cell", parent=BODY, spaceAfter=0, splitLongWords=1)
HASH = ParagraphStyle("hash", parent=CELL, fontName="Courier", fontSize=8)
MARGIN, FRAME_PADDING = 24 * mm, 6
HEX = re.compile(r"^[0-9a-f]{64}$")


def agreement_pdf(agreement: CustomerAgreement, *, site: str = "") -> bytes:
    """CA2: title, parties, DER, the exact text, and who accepted it when; 1 page or more.

    ``site`` is the address of the DER where the caller wants it on the paper.
    """
    buffer = BytesIO()
    version = agreement.tariff_version
    document = SimpleDocTemplate(
        buffer,
        pagesize=LETTER,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=22 * mm,
        bottomMargin=24 * mm,
        title=f"Customer agreement: {version.tariff.title}",
        author=version.tariff.utility,
        subject=f"{version.tariff.code}, version {version.version}",
        creator="derportal",
        keywords=f"SHA-256 {agreement.text_sha256}",
        lang="en-US",
        invariant=1,
    )
    document.build(_story(agreement, site), canvasmaker=_canvas_of(agreement))
    return buffer.getvalue()


def _story(agreement: CustomerAgreement, site: str) -> list[Flowable]:
    version = agreement.tariff_version
    return [
        Paragraph("Customer agreement", TITLE),
        Paragraph(escape(f"{version.tariff.title}, version {version.version}"), SUBTITLE),
        Spacer(0, 8 * mm),
        _table(_parties(agreement, site)),
        Paragraph("Terms", HEADING),
        *(_clause(line) for line in agreement.text.splitlines()),
        KeepTogether([Paragraph("Acceptance", HEADING), _table(_acceptance(agreement))]),
    ]


def _parties(agreement: CustomerAgreement, site: str) -> list[tuple[str, str]]:
    version = agreement.tariff_version
    rows = [
        ("Utility", version.tariff.utility),
        ("Customer", agreement.customer.name),
        ("DER", str(agreement.der.mrid)),
        ("Site", site),
        ("Tariff", f"{version.tariff.code}, version {version.version}"),
        ("Agreement", str(agreement.mrid)),
    ]
    return [(label, value) for label, value in rows if value]


def _acceptance(agreement: CustomerAgreement) -> list[tuple[str, str]]:
    return [
        ("Accepted by", agreement.accepted_name),
        ("Accepted on", _moment(agreement.accepted_at)),
        ("Version", agreement.tariff_version.version),
        ("SHA-256 of the text", agreement.text_sha256),
    ]


def _moment(at: datetime) -> str:
    """In the utility's zone, whoever asks for the paper."""
    local = timezone.localtime(at, timezone.get_default_timezone())
    offset = f"{local:%z}"
    zone = f"{local:%Z}, UTC{offset[:3]}:{offset[3:]}"
    return f"{local:%B} {local.day}, {local.year}, {local:%H:%M:%S} ({zone})"


def _clause(line: str) -> Flowable:
    """A numbered line hangs on its number; its words stay exactly as they were accepted."""
    if not line.strip():
        return Spacer(0, 3 * mm)
    if match := CLAUSE.match(line):
        return Paragraph(escape(match[2]), NUMBERED, bulletText=match[1])
    return Paragraph(escape(line), BODY)


def _table(rows: list[tuple[str, str]]) -> Table:
    cells = [
        [
            Paragraph(escape(label), LABEL),
            Paragraph(escape(value), HASH if HEX.match(value) else CELL),
        ]
        for label, value in rows
    ]
    style = TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
        ]
    )
    return Table(cells, colWidths=[42 * mm, None], style=style)


def _canvas_of(agreement: CustomerAgreement) -> Callable[..., Canvas]:
    version = agreement.tariff_version
    reference = f"{version.tariff.code}, version {version.version} · {str(agreement.mrid)[:8]}"

    def make(*args: Any, **kwargs: Any) -> Canvas:
        return _PagedCanvas(*args, reference=reference, **kwargs)

    return make


class _PagedCanvas(Canvas):  # type: ignore[misc]
    """Holds the pages back until their number is known, then writes “Page 1 of n”."""

    def __init__(self, *args: Any, reference: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reference = reference
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab calls it
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self._footer(number, len(self._pages))
            super().showPage()
        super().save()

    def _footer(self, number: int, count: int) -> None:
        width, edge = LETTER[0], MARGIN + FRAME_PADDING
        self.setFont("Body", 8)
        self.setFillColor(GRAY)
        self.drawString(edge, 14 * mm, self._reference)
        self.drawRightString(width - edge, 14 * mm, f"Page {number} of {count}")
