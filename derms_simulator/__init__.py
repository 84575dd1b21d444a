"""A DERMS in the box: it knows only what the messages say. Plain Python, no Django.

Nothing is imported here: the way to a portal (``sending``) is used where there is no web server.
"""
