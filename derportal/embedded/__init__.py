"""PostgreSQL and Valkey (Redis) without installing them, for the demo and the tests.

Never used in production.

Everything here needs the standard library only and knows nothing of Django: it runs before there
is a database to talk to. `python3 start.py` makes the virtual environment and then calls `python
-m derportal.embedded`.
"""
