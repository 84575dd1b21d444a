"""Reply error codes of IEC 61968-100, in our own words."""

from types import MappingProxyType

OK = "0.0"
PARTIAL = "0.2"
ACKNOWLEDGED = "0.3"
HEADER_MISSING = "1.5"
REQUEST_MISSING = "1.6"
PAYLOAD_MISSING = "1.7"
INVALID = "1.8"
REVISION_UNSUPPORTED = "1.9"
NOUN_INVALID = "2.5"
VERB_INVALID = "2.9"
SOURCE_INVALID = "2.14"
USAGE_POINT_INVALID = "2.12"
REQUEST_ID_INVALID = "2.15"
SERVICE_SUPPLIER_INVALID = "2.20"
AGREEMENT_INVALID = "2.24"
PRICING_STRUCTURE_INVALID = "2.33"
RELATION_MISMATCH = "2.29"
TOO_MANY_ITEMS = "3.1"
HIGH_LOAD = "5.1"
NOT_ATTEMPTED = "5.2"
ATTEMPT_FAILED = "5.3"
FIELDS_MISSING = "5.8"
ROLLED_BACK = "5.9"
REFUSED_BY_RULE = "6.1"
ON_HOLD = "6.2"
RELEASED_FROM_HOLD = "6.3"
AUTHENTICATION_REQUIRED = "7.2"
MECHANISM_INSUFFICIENT = "7.3"
NOT_AUTHENTICATED = "7.4"
NOT_AUTHORIZED = "7.5"
POLICY_VIOLATED = "7.7"

MEANINGS = MappingProxyType(
    {
        "0.0": "no errors",
        "0.1": "partial result, more follows in separate messages",
        "0.2": "partial result, nothing more follows",
        "0.3": "simple acknowledgement",
        "1.5": "header elements missing",
        "1.6": "request elements missing",
        "1.7": "payload elements missing",
        "1.8": "does not validate against the schema",
        "1.9": "message revision not supported",
        "2.4": "invalid meter",
        "2.5": "invalid noun",
        "2.6": "invalid reading type",
        "2.9": "invalid verb",
        "2.10": "reading type not supported",
        "2.12": "invalid usage point",
        "2.13": "meter and usage point do not match",
        "2.14": "invalid source",
        "2.15": "invalid request ID",
        "2.16": "invalid service location",
        "2.17": "meter and service location do not match",
        "2.18": "communication module and meter do not match",
        "2.19": "invalid customer account",
        "2.20": "invalid service supplier",
        "2.21": "customer account and service supplier do not match",
        "2.22": "invalid customer",
        "2.23": "customer and customer account do not match",
        "2.24": "invalid customer agreement",
        "2.25": "customer account and customer agreement do not match",
        "2.26": "customer agreement and usage point do not match",
        "2.27": "customer account and usage point do not match",
        "2.28": "service supplier and usage point do not match",
        "2.29": "objects are not related as stated",
        "2.30": "invalid communication module",
        "2.31": "invalid service category",
        "2.32": "invalid usage point location",
        "2.33": "invalid pricing structure",
        "3.1": "too many items in one request",
        "3.2": "too many pending requests",
        "4.1": "aborted: timed out",
        "5.1": "high load",
        "5.2": "not attempted",
        "5.3": "attempted and failed",
        "5.4": "errors of several types",
        "5.5": "data unavailable: meter data management",
        "5.6": "data unavailable: metering system",
        "5.7": "data unavailable",
        "5.8": "mandatory fields missing",
        "5.9": "aborted to keep the transaction whole",
        "6.1": "canceled by a business rule",
        "6.2": "put on hold by a business rule",
        "6.3": "released from hold",
        "6.4": "rescheduled",
        "6.5": "canceled by a user",
        "7.1": "authentication failed for now",
        "7.2": "authentication required",
        "7.3": "authentication mechanism insufficient",
        "7.4": "authentication failed",
        "7.5": "action not authorized",
        "7.6": "encryption required",
        "7.7": "security policy violated",
    }
)


def meaning(code: str) -> str:
    """What a code says, for a page or a log line; foreign codes are named as such."""
    return MEANINGS.get(code, "a code of the sender's own")
