"""What an endpoint calls the objects that it was asked for: the Reply/ID of its answers."""

from collections.abc import Sequence

from django.db import connection

from exchange.models import OutboundMessage

from .replies import Answer
from .sending import Parcel

# Answers to events may hold IDs too; those of the message, or our own mRID, are no names.
_KEEP = """
INSERT INTO exchange_objectname (endpoint_id, object_mrid, name, message_id, told_at)
SELECT message.endpoint_id, message.object_mrid, told.name, message.id, clock_timestamp()
FROM unnest(%(ids)s::bigint[], %(names)s::text[]) WITH ORDINALITY AS told (id, name, place)
JOIN exchange_outboundmessage AS message ON message.id = told.id
WHERE message.verb = ANY (%(requests)s)
  AND lower(told.name) NOT IN (message.object_mrid::text, message.message_id::text)
ORDER BY told.place
ON CONFLICT DO NOTHING
"""


def keep_names(endings: Sequence[tuple[Parcel, Answer]]) -> None:
    """WR1, SO1: keep the names of these answers, in the caller's transaction."""
    told = [(parcel.message_pk, name) for parcel, answer in endings for name in answer.names]
    if not told:
        return
    ids, names = zip(*told, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP,
            {"ids": list(ids), "names": list(names), "requests": list(OutboundMessage.REQUESTS)},
        )
