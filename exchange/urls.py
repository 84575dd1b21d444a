"""Addresses of the message log."""

app_name = "messages"
urlpatterns: list[object] = []
