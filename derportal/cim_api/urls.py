"""Addresses of the message bindings, below /cim/."""

from django.urls import path, re_path

from exchange.views import schema

from . import index, soap, views

app_name = "cim"
urlpatterns = [
    path("v1/messages", views.messages, name="messages"),
    path("soap/<str:name>", soap.service, name="soap"),
    path("schemas/<str:name>.xsd", schema, name="schema"),
    path("", index.index, name="index"),
    re_path(r"^.+$", index.nothing_here, name="nothing-here"),
]
