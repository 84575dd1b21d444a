"""DER as the endpoint of the token may read them: each method is one read of exchange.streams."""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from derportal import csp
from exchange.cursors import encode_place
from exchange.streams import (
    Changes,
    CursorFromTheFuture,
    Page,
    current_cursor,
    export_chunks,
    read_changes,
    read_detail,
    read_page,
)

from . import queries, schema
from .authentication import EndpointAuthentication, MayReadDer
from .problems import CursorGone, answer_problem
from .queries import DEFAULT_LIMIT, read_query
from .throttling import EndpointThrottle

CURSOR_HEADER = "X-Change-Cursor"


class OneFormat(DefaultContentNegotiation):
    """Every address answers in its one format, whatever the client would like."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The only one there is."""
        (only,) = renderers
        return only, str(only.media_type)


class EndpointView(APIView):
    """A read by one endpoint: token, scope and throttle; answers that no proxy may store."""

    content_negotiation_class = OneFormat
    authentication_classes = [EndpointAuthentication]
    permission_classes = [MayReadDer]
    throttle_classes = [EndpointThrottle]

    def get_exception_handler(self) -> Callable[..., HttpResponse | None]:
        """Errors of this API are problem details."""
        return answer_problem

    def finalize_response(  # type: ignore[override]
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """These answers are rendered already: only headers are missing."""
        response["Cache-Control"] = "private, no-cache"
        response["Vary"] = "Authorization"
        response["Content-Security-Policy"] = csp.NOTHING
        return response


class DerListView(EndpointView):
    """A page of DER."""

    @schema.der_list
    def get(self, request: Request) -> HttpResponse:
        """Active and former DER, oldest publication first; filtered, paged by place."""
        readers = {
            "state": queries.state,
            "feeder": queries.mrid,
            "tariff": queries.word,
            "limit": queries.limit,
            "after": queries.place,
        }
        query = read_query(request.query_params, readers)
        limit, after = query.pop("limit", DEFAULT_LIMIT), query.pop("after", 0)
        page = read_page(endpoint_id=request.auth.pk, after=after, limit=limit, filters=query)
        return _page_response(request, page)


class DerDetailView(EndpointView):
    """One DER."""

    @schema.der_detail
    def get(self, request: Request, mrid: str) -> HttpResponse:
        """The document with its ETag. What you may not read is not there: the same 404."""
        read_query(request.query_params, {})
        published = None
        with suppress(queries.Broken):
            published = read_detail(endpoint_id=request.auth.pk, object_mrid=queries.mrid(mrid))
        if published is None:
            raise Http404
        if _is_known(request, published.etag):
            return _not_modified(published.etag)
        return _json(published.body, etag=published.etag)


class DerExportView(EndpointView):
    """Every DER at once."""

    @schema.der_export
    def get(self, request: Request) -> StreamingHttpResponse:
        """One DER on each line. The header X-Change-Cursor continues in the change feed."""
        read_query(request.query_params, {})
        cursor = current_cursor()
        response = StreamingHttpResponse(
            export_chunks(endpoint_id=request.auth.pk), content_type="application/x-ndjson"
        )
        response[CURSOR_HEADER] = cursor
        response["X-Accel-Buffering"] = "no"
        return response


class DerChangesView(EndpointView):
    """What changed since the last look."""

    @schema.der_changes
    def get(self, request: Request) -> HttpResponse:
        """Changed DER in the order of the changes, and the cursor for the next look."""
        readers = {"cursor": queries.feed_cursor, "limit": queries.limit}
        query = read_query(request.query_params, readers)
        limit = query.get("limit", DEFAULT_LIMIT)
        try:
            changes = read_changes(
                endpoint_id=request.auth.pk, cursor=query.get("cursor", ""), limit=limit
            )
        except CursorFromTheFuture as error:
            raise CursorGone from error
        if not changes.count and _is_known(request, changes.cursor):
            return _not_modified(changes.cursor)
        return _changes_response(changes, limit)


def _page_response(request: Request, page: Page) -> HttpResponse:
    url = None
    if page.next_after is not None:
        query = request.query_params.copy()
        query["after"] = encode_place(page.next_after)
        url = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
    response = _json(b'{"items":%b,"next":%b}' % (page.items, json.dumps(url).encode()))
    if url:
        response["Link"] = f'<{url}>; rel="next"'
    return response


def _changes_response(changes: Changes, limit: int) -> HttpResponse:
    cursor, has_more = json.dumps(changes.cursor), json.dumps(changes.count == limit)
    body = b'{"items":%b,"cursor":%b,"has_more":%b}' % (
        changes.items,
        cursor.encode(),
        has_more.encode(),
    )
    return _json(body, etag=changes.cursor)


def _json(body: bytes, *, etag: str = "") -> HttpResponse:
    response = HttpResponse(body, content_type="application/json")
    if etag:
        response["ETag"] = f'"{etag}"'
    return response


def _not_modified(etag: str) -> HttpResponse:
    response = HttpResponse(status=304)
    response["ETag"] = f'"{etag}"'
    return response


def _is_known(request: Request, etag: str) -> bool:
    known = request.headers.get("If-None-Match", "")
    tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
    return f'"{etag}"' in tags or known.strip() == "*"
