"""Addresses of the endpoint console."""

from django.urls import path

from . import views

app_name = "messages"
urlpatterns = [
    path("", views.log, name="log"),
    path("received/", views.inbox, name="inbox"),
    path("received/<int:pk>/", views.received, name="received"),
    path("schemas/<str:name>.xsd", views.schema, name="schema"),
    path("endpoints/", views.endpoints, name="endpoints"),
    path("endpoints/<uuid:mrid>/", views.endpoint, name="endpoint"),
    path("endpoints/<uuid:mrid>/received/", views.endpoint_inbox, name="endpoint-inbox"),
    path("endpoints/<uuid:mrid>/setup/", views.endpoint_setup, name="endpoint-setup"),
    path("endpoints/<uuid:mrid>/test/", views.endpoint_test, name="endpoint-test"),
    path("endpoints/<uuid:mrid>/start/", views.endpoint_start, name="endpoint-start"),
    path("endpoints/<uuid:mrid>/guide/", views.endpoint_guide, name="endpoint-guide"),
    path("endpoints/<uuid:mrid>/settings/", views.endpoint_settings, name="endpoint-settings"),
    path("endpoints/<uuid:mrid>/edit/", views.endpoint_edit, name="endpoint-edit"),
    path(
        "endpoints/<uuid:mrid>/authentication/",
        views.endpoint_authentication,
        name="endpoint-authentication",
    ),
    path("endpoints/<uuid:mrid>/server/", views.endpoint_server, name="endpoint-server"),
    path("endpoints/<uuid:mrid>/proofs/", views.endpoint_proofs, name="endpoint-proofs"),
    path("endpoints/<uuid:mrid>/secret/", views.endpoint_secret, name="endpoint-secret"),
    path(
        "endpoints/<uuid:mrid>/secret/end/", views.endpoint_secret_end, name="endpoint-secret-end"
    ),
    path(
        "endpoints/<uuid:mrid>/credentials/",
        views.endpoint_credentials,
        name="endpoint-credentials",
    ),
    path("endpoints/<uuid:mrid>/suspend/", views.endpoint_suspend, name="endpoint-suspend"),
    path("endpoints/<uuid:mrid>/resume/", views.endpoint_resume, name="endpoint-resume"),
    path("endpoints/<uuid:mrid>/stop/", views.endpoint_stop, name="endpoint-stop"),
    path("endpoints/<uuid:mrid>/recover/", views.endpoint_recover, name="endpoint-recover"),
    path("<uuid:message_id>/", views.message, name="message"),
    path("<uuid:message_id>/body/", views.download, name="download"),
    path("<uuid:message_id>/resend/", views.resend, name="resend"),
    path("<uuid:message_id>/skip/", views.skip, name="skip"),
]
