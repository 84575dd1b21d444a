"""Addresses of the API, below /api/."""

from django.urls import path

from .pages import DocsScriptView, DocsView, SchemaView, TryView
from .reconciliation import CompareView, DigestView, ResyncView
from .views import DerChangesView, DerDetailView, DerExportView, DerListView

app_name = "api"
urlpatterns = [
    path("v1/der/", DerListView.as_view(), name="der-list"),
    path("v1/der/export/", DerExportView.as_view(), name="der-export"),
    path("v1/der/changes/", DerChangesView.as_view(), name="der-changes"),
    path("v1/der/digest/", DigestView.as_view(), name="der-digest"),
    path("v1/der/compare/", CompareView.as_view(), name="der-compare"),
    path("v1/der/resync/", ResyncView.as_view(), name="der-resync"),
    path("v1/der/<str:mrid>/", DerDetailView.as_view(), name="der-detail"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    path("docs/redoc.js", DocsScriptView.as_view(), name="docs-script"),
    path("try/", TryView.as_view(), name="try"),
]
