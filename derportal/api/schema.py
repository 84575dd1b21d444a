"""The OpenAPI description. The serializers here only describe: documents are published as text."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    inline_serializer,
)
from rest_framework import serializers

from .authentication import READ_DER
from .queries import DER_STATES

_RATINGS = {
    "active_power_max_rating_w": "Maximum active power, W",
    "apparent_power_max_rating_va": "Maximum apparent power, VA",
    "reactive_power_injected_max_rating_var": "Maximum reactive power injected, var",
    "reactive_power_absorbed_max_rating_var": "Maximum reactive power absorbed, var",
    "active_power_over_excited_rating_w": "Active power at over-excited power factor, W",
    "over_excited_power_factor": "Over-excited power factor",
    "active_power_under_excited_rating_w": "Active power at under-excited power factor, W",
    "under_excited_power_factor": "Under-excited power factor",
    "active_power_charge_max_rating_w": "Maximum charging active power, W",
    "apparent_power_charge_max_rating_va": "Maximum charging apparent power, VA",
    "ac_voltage_nominal_rating_v": "Nominal AC voltage, V",
    "ac_voltage_maximum_rating_v": "Maximum AC voltage, V",
    "ac_voltage_minimum_rating_v": "Minimum AC voltage, V",
    "energy_capacity_wh": "Usable energy, Wh",
}


def _number(text: str) -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, help_text=text)


def _object(title: str, /, *, many: bool = False, **fields: Any) -> Any:
    return inline_serializer(title, fields, many=many)


def _named(name: str) -> Any:
    return _object(name, mrid=serializers.UUIDField(), name=serializers.CharField())


_UNIT: dict[str, Any] = {
    "mrid": serializers.UUIDField(),
    "kind": serializers.ChoiceField(
        ["pv", "storage", "pv_storage", "evse", "wind", "chp", "fuel_cell", "reciprocating_engine"]
    ),
    "quantity": serializers.IntegerField(help_text="How many; the ratings are of one."),
    "manufacturer": serializers.CharField(),
    "model": serializers.CharField(),
    "is_certified": serializers.BooleanField(),
    "serial_numbers": serializers.ListField(child=serializers.CharField()),
    **{name: _number(text) for name, text in _RATINGS.items()},
    "normal_operating_performance_category": serializers.ChoiceField(["A", "B"], allow_null=True),
    "abnormal_operating_performance_category": serializers.ChoiceField(
        ["I", "II", "III"], allow_null=True
    ),
}


class DerSerializer(serializers.Serializer[Any]):
    """One DER: nameplate after IEEE 1547-2018 clause 10, connectivity, tariff and agreement.

    It never holds the name or the address of the customer. A withdrawn DER, in the change feed
    only, is ``{"mrid": …, "version": …, "withdrawn": true}``.
    """

    mrid = serializers.UUIDField()
    version = serializers.IntegerField(help_text="Grows with every change of this DER.")
    state = serializers.ChoiceField(list(DER_STATES))
    active_from = serializers.DateTimeField()
    active_to = serializers.DateTimeField(allow_null=True)
    export_limit_w = serializers.FloatField(allow_null=True)
    communication_protocol = serializers.CharField(allow_blank=True)
    units = inline_serializer("DerUnit", _UNIT, many=True)
    usage_point = _object(
        "DerUsagePoint",
        mrid=serializers.UUIDField(),
        name=serializers.CharField(help_text="The service point, not a person."),
        phase_code=serializers.CharField(),
        nominal_service_voltage_v=serializers.FloatField(),
    )
    connectivity = _object(
        "DerConnectivity",
        substation=_named("DerSubstation"),
        feeder=_named("DerFeeder"),
        transformer=_named("DerTransformer"),
    )
    tariff = _object(
        "DerTariff",
        mrid=serializers.UUIDField(),
        code=serializers.CharField(),
        title=serializers.CharField(),
        version=serializers.CharField(),
    )
    agreement = _object(
        "DerAgreement",
        mrid=serializers.UUIDField(),
        accepted_at=serializers.DateTimeField(),
        active_from=serializers.DateTimeField(allow_null=True),
        text_sha256=serializers.CharField(),
    )
    provider = inline_serializer(
        "DerProvider",
        {"mrid": serializers.UUIDField(), "name": serializers.CharField()},
        allow_null=True,
        help_text="The third party that acts for the customer.",
    )


_FINDING = inline_serializer(
    "Finding",
    {
        "field": serializers.CharField(),
        "rule": serializers.CharField(),
        "message": serializers.CharField(),
    },
    many=True,
)
_PROBLEM = inline_serializer(
    "Problem",
    {
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(),
        "errors": _FINDING,
    },
)
_PAGE = inline_serializer(
    "DerPage",
    {
        "items": DerSerializer(many=True),
        "next": serializers.URLField(allow_null=True, help_text="The next page, or null."),
    },
)
_CHANGES = inline_serializer(
    "DerChanges",
    {
        "items": DerSerializer(many=True),
        "cursor": serializers.CharField(help_text="Give it with the next request."),
        "has_more": serializers.BooleanField(help_text="Ask again at once."),
    },
)


def _problem(text: str) -> Any:
    return OpenApiResponse(_PROBLEM, text)


def _query(name: str, kind: Any, text: str) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=text)


_LIMIT = _query("limit", int, "How many at most: 1 to 1,000, default 500.")
_KNOWN = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="The last ETag; 304 when it holds."
)
_UNCHANGED = OpenApiResponse(None, "Nothing new.")
_ERRORS: dict[Any, Any] = {
    (400, "application/problem+json"): _problem("A parameter breaks a rule."),
    (401, "application/problem+json"): _problem("No access token, or not a good one."),
    (403, "application/problem+json"): _problem(f"The token lacks the scope {READ_DER}."),
    (429, "application/problem+json"): _problem("Too many requests; see Retry-After."),
    (503, "application/problem+json"): _problem("The database is away; see Retry-After."),
}
_DER_JSON = (200, "application/json")

der_list = extend_schema(
    operation_id="listDer",
    summary="List DER",
    parameters=[
        _query("state", str, f"Only DER in this state: {' or '.join(DER_STATES)}."),
        _query("feeder", {"type": "string", "format": "uuid"}, "mRID of a feeder."),
        _query("tariff", str, "Code of a tariff."),
        _LIMIT,
        _query("after", str, "Place of the next page, from “next” or the Link header."),
    ],
    responses={_DER_JSON: _PAGE, **_ERRORS},
    tags=["DER"],
)
der_detail = extend_schema(
    operation_id="readDer",
    summary="Read one DER",
    parameters=[
        OpenApiParameter("mrid", {"type": "string", "format": "uuid"}, OpenApiParameter.PATH),
        _KNOWN,
    ],
    responses={
        _DER_JSON: DerSerializer,
        304: _UNCHANGED,
        (404, "application/problem+json"): _problem("Absent, or not yours: the same answer."),
        **_ERRORS,
    },
    tags=["DER"],
)
der_export = extend_schema(
    operation_id="exportDer",
    summary="Export all DER as NDJSON",
    responses={(200, "application/x-ndjson"): DerSerializer, **_ERRORS},
    tags=["DER"],
)
der_changes = extend_schema(
    operation_id="listDerChanges",
    summary="Read what changed since a cursor",
    parameters=[
        _query("cursor", str, "From the last answer; without it, from the start."),
        _LIMIT,
        _KNOWN,
    ],
    responses={
        _DER_JSON: _CHANGES,
        304: _UNCHANGED,
        (410, "application/problem+json"): _problem("The cursor is newer than the data."),
        **_ERRORS,
    },
    tags=["DER"],
)


_DIGEST: dict[str, Any] = {
    "prefix": serializers.CharField(),
    "count": serializers.IntegerField(),
    "sha256": serializers.CharField(
        help_text="Over lines “mRID version”, each with a line feed, in the order of the mRIDs."
    ),
}
_PREFIX = _query("prefix", str, "First hexadecimal digits of the mRIDs; without it, all.")
_DIFFERENCE: dict[str, Any] = {
    "mrid": serializers.UUIDField(),
    "kind": serializers.ChoiceField(["missing", "outdated", "ahead", "unexpected"]),
    "our_version": serializers.IntegerField(allow_null=True),
    "their_version": serializers.IntegerField(allow_null=True),
}

der_digest = extend_schema(
    operation_id="getDerDigest",
    summary="Check that you know the same DER",
    parameters=[_PREFIX],
    responses={
        200: _object("DerDigest", **_DIGEST, parts=_object("DerDigestPart", **_DIGEST, many=True)),
        **_ERRORS,
    },
    tags=["Reconciliation"],
)

der_compare = extend_schema(
    operation_id="compareDer",
    summary="Send your list and read what is different",
    parameters=[_PREFIX],
    request=_object(
        "KnownDer",
        known=serializers.DictField(
            child=serializers.IntegerField(min_value=0),
            help_text="Version by mRID, at most 100,000.",
        ),
    ),
    responses={
        200: _object(
            "DerComparison",
            comparison=serializers.IntegerField(help_text="Its number, for the resync."),
            compared_at=serializers.DateTimeField(),
            matching=serializers.IntegerField(),
            different=serializers.IntegerField(),
            differences=_object("DerDifference", **_DIFFERENCE, many=True),
        ),
        **_ERRORS,
    },
    tags=["Reconciliation"],
)


_RESYNC = _object(
    "DerResync",
    comparison=serializers.IntegerField(),
    asked_at=serializers.DateTimeField(),
    ended_at=serializers.DateTimeField(allow_null=True, help_text="Null while it is sent."),
    to_send=serializers.IntegerField(help_text="DER that you lack, or know in an older version."),
    sent=serializers.IntegerField(help_text="Those that were dealt with."),
    failed=serializers.IntegerField(help_text="Of the sent, those that could not be told."),
)
_NO_COMPARISON = {
    (404, "application/problem+json"): _problem("No such comparison, or not yours."),
}

der_resync = extend_schema(
    operation_id="resyncDer",
    summary="Have what a comparison found sent again",
    request=_object("ResyncAsked", comparison=serializers.IntegerField()),
    responses={
        202: _RESYNC,
        (409, "application/problem+json"): _problem(
            "Nothing could be sent, or another comparison of yours is being sent."
        ),
        **_NO_COMPARISON,
        **_ERRORS,
    },
    tags=["Reconciliation"],
)

der_resync_progress = extend_schema(
    operation_id="getDerResync",
    summary="Follow a resync",
    parameters=[_query("comparison", int, "The number of the comparison.")],
    responses={200: _RESYNC, **_NO_COMPARISON, **_ERRORS},
    tags=["Reconciliation"],
)


class EndpointAuthenticationScheme(  # type: ignore[no-untyped-call]
    OpenApiAuthenticationExtension
):
    """OAuth 2.0 client credentials in the description."""

    target_class = "derportal.api.authentication.EndpointAuthentication"
    name = "clientCredentials"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """The token address and the scope."""
        scopes = {READ_DER: "Read the DER that this endpoint is entitled to"}
        flow = {"tokenUrl": "/oauth/token", "scopes": scopes}
        return {"type": "oauth2", "flows": {"clientCredentials": flow}}

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        """Every operation needs the scope."""
        return {self.name: [READ_DER]}
