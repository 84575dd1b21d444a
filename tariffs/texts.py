"""The exact text that a customer accepts, and its fingerprint."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class AgreementText:
    """A text and the SHA-256 of its UTF-8 bytes; a page shows both and sends the hash back."""

    text: str
    sha256: str


def agreement_text(terms: str, conditions: str = "") -> AgreementText:
    """CA2: the terms, and under them the conditions of the approval where there are some."""
    text = f"{terms}\n\n{conditions}" if conditions else terms
    return AgreementText(text, sha256_of(text))


def sha256_of(text: str) -> str:
    """The fingerprint of a text, over its UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()
