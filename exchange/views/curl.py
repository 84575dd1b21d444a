"""A message as a shell script: signed on the integrator's machine, so that no secret is shown."""

from shlex import quote
from uuid import UUID

_SCRIPT = """\
# Download {file} first; your signing secret stays in your shell.
WEBHOOK_SECRET='whsec_...'
ID={message_id}; NOW=$(date +%s)
KEY=$(printf %s "${{WEBHOOK_SECRET#whsec_}}" | openssl base64 -d -A | od -An -tx1 | tr -d ' \\n')
SIGNATURE=$( (printf '%s.%s.' "$ID" "$NOW"; cat {file}) \\
  | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | openssl base64 -A)
curl -X POST {url} \\
  -H 'Content-Type: application/xml; charset=utf-8' \\
  -H 'Accept: application/xml' \\
  -H "webhook-id: $ID" \\
  -H "webhook-timestamp: $NOW" \\
  -H "webhook-signature: v1,$SIGNATURE" \\
  --data-binary @{file}
"""


def curl_for(*, url: str, message_id: UUID) -> str:
    """The commands that send this message to this URL as the portal does."""
    return _SCRIPT.format(url=quote(url), message_id=message_id, file=file_name(message_id))


def file_name(message_id: UUID) -> str:
    """What the downloaded message is called."""
    return f"{message_id}.xml"
