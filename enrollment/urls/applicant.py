"""Addresses of the applicant's pages."""

from django.urls import path

from ..views.applicant import (
    acting,
    consents,
    downloads,
    equipment,
    sending,
    starting,
    tariff,
    tasks,
)

ONE = "applications/<slug:reference>/"

urlpatterns = [
    path("applications/", starting.applications, name="applications"),
    path("applications/start/", starting.start, name="start-application"),
    path("your-details/", starting.register, name="register"),
    path("your-account/", starting.link, name="link-account"),
    path("consents/", consents.consents, name="consents"),
    path("consents/<uuid:mrid>/end/", consents.consent_end, name="consent-end"),
    path("equipment-search/", equipment.equipment_search, name="equipment-search"),
    path(ONE, tasks.application, name="application"),
    path(f"{ONE}site/", tasks.site, name="site"),
    path(f"{ONE}equipment/", equipment.equipment, name="equipment"),
    path(f"{ONE}equipment/add/", equipment.equipment_add, name="equipment-add"),
    path(f"{ONE}equipment/<uuid:mrid>/", equipment.equipment_change, name="equipment-change"),
    path(
        f"{ONE}equipment/<uuid:mrid>/remove/",
        equipment.equipment_remove,
        name="equipment-remove",
    ),
    path(f"{ONE}operation/", tasks.operation, name="operation"),
    path(f"{ONE}tariff/", tariff.tariff, name="tariff"),
    path(f"{ONE}tariff/<uuid:mrid>/", tariff.tariff_terms, name="tariff-terms"),
    path(f"{ONE}diagram/", tasks.diagram, name="diagram"),
    path(f"{ONE}diagram/remove/", tasks.diagram_remove, name="diagram-remove"),
    path(f"{ONE}check/", sending.check_answers, name="check-answers"),
    path(f"{ONE}submit/", sending.submit, name="submit"),
    path(f"{ONE}submitted/", sending.submitted, name="submitted"),
    path(f"{ONE}record.pdf", sending.record, name="record"),
    path(f"{ONE}papers/<uuid:mrid>/", downloads.paper, name="paper"),
    path(f"{ONE}agreement/", acting.agreement, name="agreement"),
    path(f"{ONE}agreement.pdf", downloads.agreement_document, name="agreement-document"),
    path(f"{ONE}answer/", acting.answer, name="answer"),
    path(f"{ONE}installed/", acting.installed, name="installed"),
    path(f"{ONE}withdraw/", acting.withdraw_application, name="withdraw"),
]
