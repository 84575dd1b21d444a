"""The product's addresses, and the denominators."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework import generics, pagination, serializers

from derportal.api.views import EndpointView
from derportal.urls import urlpatterns as product_urls

from .models import PlainDer


class PlainSerializer(serializers.ModelSerializer):
    class Meta:
        model = PlainDer
        fields = "__all__"


class ByCursor(pagination.CursorPagination):
    page_size = 500
    page_size_query_param = "limit"
    max_page_size = 1_000
    ordering = "id"


class DrfList(generics.ListAPIView):
    authentication_classes: list = []
    permission_classes: list = []
    queryset = PlainDer.objects.all()
    serializer_class = PlainSerializer
    pagination_class = ByCursor


class EmptyWithToken(EndpointView):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(b"{}", content_type="application/json")


class EmptyForAnybody(EmptyWithToken):
    authentication_classes: list = []
    permission_classes: list = []
    throttle_classes: list = []


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"{}", content_type="application/json")


urlpatterns = [
    *product_urls,
    path("bench/drf/", DrfList.as_view()),
    path("bench/empty/", empty),
    path("bench/empty-with-token/", EmptyWithToken.as_view()),
    path("bench/empty-for-anybody/", EmptyForAnybody.as_view()),
]
