"""Secrets at rest: sealed with MultiFernet, bound to the mRID of their endpoint (SR9)."""

import base64
import json
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class SecretUnreadable(Exception):
    """The sealed secret was sealed with another key, or for another endpoint."""


def seal(*, secrets: Sequence[str], endpoint_mrid: UUID) -> bytes:
    """Seal the endpoint's secrets, newest first. The mRID inside keeps rows from being swapped."""
    plain = json.dumps({"mrid": str(endpoint_mrid), "secrets": list(secrets)})
    return _box().encrypt(plain.encode())


def unseal(*, sealed: bytes, endpoint_mrid: UUID) -> list[str]:
    """The endpoint's secrets, newest first. Raises SecretUnreadable."""
    try:
        plain = json.loads(_box().decrypt(sealed))
    except InvalidToken as error:
        raise SecretUnreadable("sealed with a key that DERPORTAL_SEALING_KEYS lacks") from error
    if plain["mrid"] != str(endpoint_mrid):
        raise SecretUnreadable("sealed for another endpoint")
    return list(plain["secrets"])


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in _keys()])


def _keys() -> list[bytes]:
    keys = [key.encode() for key in settings.DERPORTAL_SEALING_KEYS]
    if keys:
        return keys
    if not settings.DEMO:
        raise ImproperlyConfigured(
            "DERPORTAL_SEALING_KEYS is not set. Set it to a key made by "
            "python3 -c 'from cryptography.fernet import Fernet; "
            "print(Fernet.generate_key().decode())'."
        )
    digest = sha256(b"derportal sealing" + settings.SECRET_KEY.encode()).digest()
    return [base64.urlsafe_b64encode(digest)]
