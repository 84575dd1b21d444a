"""Addresses of the message bindings, below /cim/."""

from django.urls import path

from . import views

app_name = "cim"
urlpatterns = [
    path("v1/messages", views.messages, name="messages"),
]
