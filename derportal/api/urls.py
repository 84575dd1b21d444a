"""Addresses of the API, below /api/."""

from django.urls import path, re_path
from django.views.generic import RedirectView

from .pages import DocsScriptView, DocsView, SchemaView, TryView, nothing_here
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
    path("", RedirectView.as_view(pattern_name="api:docs"), name="start"),
    # Last, and with a slash at the end, so that an address without one is still sent to its own.
    re_path(r"^v\d+/(?:.*/)?$", nothing_here, name="nothing-here"),
]
