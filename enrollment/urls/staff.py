"""Addresses of the staff: queue, review, upgrades, feeders."""

from django.urls import path

from ..views import staff

urlpatterns = [
    path("queue/", staff.queue, name="queue"),
    path("queue/export.csv", staff.export, name="queue-export"),
    path("queue/<slug:reference>/", staff.review, name="review"),
    path("queue/<slug:reference>/claim/", staff.claim, name="claim"),
    path("queue/<slug:reference>/release/", staff.release, name="release"),
    path("queue/<slug:reference>/screens/", staff.rerun_screens, name="rerun-screens"),
    path("queue/<slug:reference>/papers/<uuid:mrid>/", staff.paper, name="staff-paper"),
    path("queue/<slug:reference>/act/<slug:name>/", staff.act, name="review-act"),
    path("upgrades/", staff.upgrades, name="upgrades"),
    path("upgrades/new/", staff.plan_upgrade, name="upgrade-new"),
    path("upgrades/<uuid:mrid>/", staff.upgrade, name="upgrade"),
    path("upgrades/<uuid:mrid>/date/", staff.change_upgrade_date, name="upgrade-date"),
    path("upgrades/<uuid:mrid>/complete/", staff.complete_upgrade, name="upgrade-complete"),
    path("feeders/<str:name>/", staff.feeder, name="feeder"),
]
