"""Addresses of the message log."""

from django.urls import path

from . import views

app_name = "messages"
urlpatterns = [
    path("", views.log, name="log"),
    path("schemas/<str:name>.xsd", views.schema, name="schema"),
    path("endpoints/<uuid:mrid>/", views.endpoint, name="endpoint"),
    path("<uuid:message_id>/", views.message, name="message"),
    path("<uuid:message_id>/message.xml", views.download, name="download"),
    path("<uuid:message_id>/resend/", views.resend, name="resend"),
]
