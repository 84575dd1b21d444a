"""A health check of an idle connection that asks the server only at a sign of trouble."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, but a silent connection counts as usable.

    A server that restarts or ends a connection says so on it: there is something to read. Only
    then is a query sent to find out. That saves a round trip in every request.
    """

    def is_usable(self) -> bool:
        """Whether the connection can still be used. CONN_HEALTH_CHECKS asks once in a request."""
        if self.connection is None or self.connection.closed:
            return False
        return not _has_something_to_read(self.connection.fileno()) or bool(super().is_usable())


def _has_something_to_read(descriptor: int) -> bool:
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return bool(poller.poll(0))
