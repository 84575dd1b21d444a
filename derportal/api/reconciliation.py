"""M1, F26: does a DERMS know what it may read? A digest to ask often, a list to find out what."""

from dataclasses import asdict
from typing import Any, cast

from django.http import JsonResponse
from django.utils import timezone
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from exchange.selectors import Endpoint, differences_of
from exchange.services import ListRefused, compare_with_list
from exchange.streams import read_digests

from . import queries, schema
from .problems import Finding, QueryRefused
from .queries import read_query
from .views import EndpointView

SHOWN = 1_000


class DigestView(EndpointView):
    """The digest of what the endpoint may read."""

    @schema.der_digest
    def get(self, request: Request) -> JsonResponse:
        """SHA-256 of a slice and of its parts: go down where they differ, and nowhere else."""
        asked = read_query(request.query_params, {"prefix": queries.prefix})
        digests = read_digests(endpoint_id=request.auth.pk, prefix=asked.get("prefix", ""))
        whole, *parts = [asdict(digest) for digest in digests]
        return JsonResponse({**whole, "parts": parts})


class CompareView(EndpointView):
    """The list of a DERMS beside ours."""

    parser_classes = [JSONParser]

    @schema.der_compare
    def post(self, request: Request) -> JsonResponse:
        """What is missing, outdated, ahead or unexpected; recorded, so that it can be sent."""
        asked = read_query(request.query_params, {"prefix": queries.prefix})
        try:
            made = compare_with_list(
                endpoint=cast(Endpoint, request.auth),
                known=queries.known(request.data),
                prefix=asked.get("prefix", ""),
                at=timezone.now(),
            )
        except ListRefused as error:
            raise QueryRefused(Finding("known", "prefix", str(error))) from error
        shown = [_shown(difference) for difference in differences_of(made)[:SHOWN]]
        return JsonResponse(
            {
                "compared_at": made.compared_at,
                "matching": made.matching_count,
                "different": made.difference_count,
                "differences": shown,
            }
        )


def _shown(difference: Any) -> dict[str, Any]:
    return {
        "mrid": difference.object_mrid,
        "kind": difference.kind,
        "our_version": difference.our_version,
        "their_version": difference.their_version,
    }
