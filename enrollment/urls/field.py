"""Addresses of the field crews."""

from django.urls import path

from ..views import field

urlpatterns = [
    path("work-orders/", field.work_orders, name="work-orders"),
    path("work-orders/<slug:number>/", field.work_order, name="work-order"),
    path("work-orders/<slug:number>/photos/<int:pk>/", field.photo, name="work-order-photo"),
]
