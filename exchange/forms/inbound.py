"""How the endpoint proves that what it sends is its own."""

import ssl
from datetime import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.html import format_html

from .. import services
from ..selectors import Endpoint
from .acts import ReasonForm
from .settings import PEM

_MAX_FILE = 50_000


class InboundForm(ReasonForm):
    """The ways, and the client certificate to pin. What would lock the endpoint out is asked twice.

    A certificate comes as a file (PEM or DER) or as text; from then on it stands in the text.
    """

    ways = forms.MultipleChoiceField(
        label="What it sends us is proven by",
        choices=Endpoint.Inbound.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="Each message needs one of them. A bearer token comes from the API credentials, "
        "a signature from the signing secret.",
        error_messages={
            "required": "Choose at least one way.",
            "invalid_choice": "Choose from the ways of the list.",
        },
    )
    file = forms.FileField(
        label="Client certificate as a file",
        required=False,
        help_text="For: client certificate. PEM or DER, of the sender alone, without its key.",
        widget=forms.FileInput(attrs={"accept": ".pem,.crt,.cer,.der"}),
        error_messages={"empty": "The file is empty.", "invalid": "Choose a file."},
    )
    certificate = forms.CharField(
        label="Or the certificate as text",
        required=False,
        help_text="PEM. It is compared with the one that the sender shows in the TLS handshake.",
        widget=PEM,
    )
    is_confirmed = forms.BooleanField(label="I know. Change it.", required=False)
    field_order = ("ways", "file", "certificate", "reason", "is_confirmed")

    def __init__(self, data: Any, files: Any, *, endpoint: Endpoint) -> None:
        initial = {
            "ways": endpoint.inbound_authentications,
            "certificate": endpoint.inbound_certificate,
        }
        super().__init__(data, files, initial=initial)
        self.endpoint = endpoint
        self.read: services.Certificate | None = None
        if not self.is_bound:
            del self.fields["is_confirmed"]

    def clean_file(self) -> str:
        """The file as PEM; it takes the place of the text, also on the page that comes back."""
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if file is None:
            return ""
        if (file.size or 0) > _MAX_FILE:
            raise forms.ValidationError("The file is too large to be a certificate.")
        content = file.read()
        is_pem = b"-----BEGIN" in content
        text = content.decode("ascii", "replace") if is_pem else ssl.DER_cert_to_PEM_cert(content)
        self.data = {**self.data, "ways": self.cleaned_data.get("ways"), "certificate": text}
        return text

    def clean_certificate(self) -> str:
        """Readable, valid now, and shown in words."""
        text: str = self.cleaned_data.get("file") or self.cleaned_data["certificate"]
        try:
            self.read = read = services.inbound_certificate(text, timezone.now())
        except services.EndpointRefused as refused:
            raise forms.ValidationError(refused.messages) from refused
        if read:
            self["certificate"].help_text = format_html(  # the names are the sender's own
                "Subject {}, issuer {}, valid until {}, SHA-256 {}.",
                *(read.subject, read.issuer, f"{read.ends_at:%Y-%m-%d}", read.fingerprint),
            )
        return text

    def clean(self) -> dict[str, Any]:
        """Mutual TLS needs a certificate; what locks out needs a second yes."""
        data = super().clean() or self.cleaned_data
        if not self.errors and "mutual_tls" in data["ways"] and self.read is None:
            self.add_error("certificate", "Give the sender's client certificate for mutual TLS.")
        warnings = [] if self.errors else self._warnings()
        if not warnings:
            del self.fields["is_confirmed"]
        elif not data["is_confirmed"]:
            self.add_error("is_confirmed", warnings)
        return data

    def _warnings(self) -> list[str]:
        return services.lockouts(
            endpoint=self.endpoint, ways=self.cleaned_data["ways"], certificate=self.read
        )

    def apply(self, *, by: Any, at: datetime) -> None:
        """Raises EndpointRefused and DecisionRefused."""
        data = self.cleaned_data
        services.accept_from(
            endpoint=self.endpoint,
            ways=data["ways"],
            certificate=data["certificate"],
            reason=data["reason"],
            by=by,
            at=at,
        )
