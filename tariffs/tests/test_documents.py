"""CA2: the paper of an agreement."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from tariffs import services
from tariffs.documents import agreement_pdf
from tariffs.models import CustomerAgreement
from tariffs.selectors import text_to_accept

from .factories import NOON, make_customer, make_der, make_version, user_of


def agreement(terms: str, name: str = "Maria Alvarez") -> CustomerAgreement:
    customer = make_customer(name)
    version = make_version(terms_text=terms)
    return services.accept_tariff(
        version=version,
        der=make_der(customer),
        customer=customer,
        by=user_of(customer),
        name=name,
        text_sha256=text_to_accept(version).sha256,
        at=NOON,
    )


def words(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_the_paper_says_everything(db: None) -> None:
    signed = agreement("1. You may export up to 10 kW.\n2. We may read your meter.")
    text = words(agreement_pdf(signed, site="12 Elm St, Fairview")).replace("\n", " ")
    for part in (
        "Customer agreement",
        "Tariff T-HOME, version 1",
        "Fairview Power",
        "12 Elm St, Fairview",
        "You may export up to 10 kW.",
        "2.",
        "November 24, 2026, 12:00:00 (PST, UTC-08:00)",
        str(signed.der.mrid),
        "Page 1 of 1",
    ):
        assert part in text
    assert signed.text_sha256 in text.replace(" ", "")


def test_a_long_text_runs_over_numbered_pages(db: None) -> None:
    clauses = "\n".join(f"{n}. {'A clause with many words. ' * 12}" for n in range(1, 31))
    pdf = agreement_pdf(agreement(clauses))
    count = len(PdfReader(BytesIO(pdf)).pages)
    assert count > 2
    assert f"Page {count} of {count}" in words(pdf)


def test_the_same_agreement_gives_the_same_bytes(db: None) -> None:
    signed = agreement("1. The terms.")
    assert agreement_pdf(signed) == agreement_pdf(signed)


def test_the_metadata_name_the_tariff(db: None) -> None:
    meta = PdfReader(BytesIO(agreement_pdf(agreement("1. The terms.")))).metadata
    assert meta is not None
    assert meta.title == "Customer agreement: Tariff T-HOME"
    assert meta.author == "Fairview Power"
    assert meta.subject == "T-HOME, version 1"


@pytest.mark.parametrize(
    "name", ["<b>Bobby</b> & <font size=99>Co</font>", "Zoë Łukasz", "</para>"]
)
def test_a_name_is_printed_and_not_obeyed(db: None, name: str) -> None:
    assert name in words(agreement_pdf(agreement("1. a < b & c", name=name))).replace("\n", " ")
