"""Addresses of the message bindings, below /cim/."""

from django.urls import path

from exchange.views import schema

from . import soap, views

app_name = "cim"
urlpatterns = [
    path("v1/messages", views.messages, name="messages"),
    path("soap/<str:name>", soap.service, name="soap"),
    path("schemas/<str:name>.xsd", schema, name="schema"),
]
