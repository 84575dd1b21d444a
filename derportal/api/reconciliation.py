"""M1, F26: does a DERMS know what it may read? A digest to ask often, a list to find out what."""

from dataclasses import asdict
from typing import Any, cast

from django.http import Http404, JsonResponse
from django.utils import timezone
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from enrollment.services import ask_for_own_resync
from exchange.selectors import (
    SHOWN_DIFFERENCES,
    Endpoint,
    Reconciliation,
    differences_of,
    progress_of,
    reconciliations_of,
)
from exchange.services import ListRefused, ResyncRefused, compare_with_list
from exchange.streams import read_digests

from . import queries, schema
from .problems import Finding, NotNow, QueryRefused
from .queries import read_query
from .views import EndpointView


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
        shown = [_shown(difference) for difference in differences_of(made)[:SHOWN_DIFFERENCES]]
        return JsonResponse(
            {
                "comparison": made.pk,
                "compared_at": made.compared_at,
                "matching": made.matching_count,
                "different": made.difference_count,
                "differences": shown,
            }
        )


class ResyncView(EndpointView):
    """Sending what a comparison found."""

    parser_classes = [JSONParser]

    @schema.der_resync
    def post(self, request: Request) -> JsonResponse:
        """Have what you lack sent again as messages. Asking again sends nothing twice."""
        read_query(request.query_params, {})
        comparison = queries.comparison_asked(request.data)
        try:
            begun = ask_for_own_resync(
                endpoint=cast(Endpoint, request.auth), comparison=comparison, at=timezone.now()
            )
        except Reconciliation.DoesNotExist:
            raise Http404 from None
        except ResyncRefused as error:
            raise NotNow(str(error)) from error
        return JsonResponse(_progress(begun), status=202)

    @schema.der_resync_progress
    def get(self, request: Request) -> JsonResponse:
        """How far the sending is."""
        asked = read_query(request.query_params, {"comparison": queries.comparison})
        found = reconciliations_of(cast(Endpoint, request.auth)).filter(
            pk=asked.get("comparison", 0), resynced_at__isnull=False
        )
        begun = found.first()
        if begun is None:
            raise Http404
        return JsonResponse(_progress(begun))


def _progress(begun: Reconciliation) -> dict[str, Any]:
    return {
        "comparison": begun.pk,
        "asked_at": begun.resynced_at,
        "ended_at": begun.resync_ended_at,
        **asdict(progress_of(begun)),
    }


def _shown(difference: Any) -> dict[str, Any]:
    return {
        "mrid": difference.object_mrid,
        "kind": difference.kind,
        "our_version": difference.our_version,
        "their_version": difference.their_version,
    }
