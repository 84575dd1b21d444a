"""A message as a shell script: signed on the integrator's machine, so that no secret is shown."""

from shlex import quote
from uuid import UUID

from exchange.selectors import Endpoint
from exchange.services import Posted

_SIGNING = """\
# Download {file} first; your secrets stay in your shell.
WEBHOOK_SECRET='whsec_...'
ID={message_id}; NOW=$(date +%s)
KEY=$(printf %s "${{WEBHOOK_SECRET#whsec_}}" | openssl base64 -d -A | od -An -tx1 | tr -d ' \\n')
SIGNATURE=$( (printf '%s.%s.' "$ID" "$NOW"; cat {file}) \\
  | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | openssl base64 -A)
"""
_OAUTH = """\
TOKEN=$(curl -s {url} -u "CLIENT_ID:CLIENT_SECRET" -d grant_type=client_credentials \\
  | sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')
"""
_SIGNATURES = (
    '-H "webhook-id: $ID"',
    '-H "webhook-timestamp: $NOW"',
    '-H "webhook-signature: v1,$SIGNATURE"',
)
_BEARER = '-H "Authorization: Bearer $TOKEN"'
Kind = Endpoint.Authentication


def curl_for(*, endpoint: Endpoint, message_id: UUID, posted: Posted) -> str:
    """The commands that post this message as the portal does, with the endpoint's settings."""
    file = file_name(message_id, posted)
    before = _SIGNING.format(message_id=message_id, file=file)
    said = [f"-H {quote(f'{name}: {value}')}" for name, value in posted.headers.items()]
    said += _SIGNATURES
    if endpoint.authentication == Kind.BEARER:
        before += "TOKEN='the token that you gave to the portal'\n"
        said.append(_BEARER)
    elif endpoint.authentication == Kind.OAUTH2:
        before += _OAUTH.format(url=quote(endpoint.token_url))
        said.append(_BEARER)
    elif endpoint.authentication == Kind.MUTUAL_TLS:
        said.append("--cert client.pem --key client.key")
    if endpoint.server_certificate:
        said.append("--cacert server.pem")
    said.append(f"--data-binary @{file}")
    return before + f"curl -X POST {quote(endpoint.url)} \\\n  " + " \\\n  ".join(said) + "\n"


def file_name(message_id: UUID, posted: Posted) -> str:
    """What the downloaded message is called."""
    is_json = "json" in posted.headers["Content-Type"]
    return f"{message_id}.{'json' if is_json else 'xml'}"
