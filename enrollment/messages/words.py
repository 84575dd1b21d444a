"""Words of people in messages: what XML cannot carry must not stop a decision."""

import re

_UNSENDABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def sendable(text: str) -> str:
    """The text, with a question mark for each character that no message can carry."""
    return _UNSENDABLE.sub("?", text)
