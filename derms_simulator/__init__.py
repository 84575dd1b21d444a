"""A DERMS in the box: it knows only what the messages say. Plain Python, no Django."""

from derms_simulator.running import Running, run, running

__all__ = ["Running", "run", "running"]
