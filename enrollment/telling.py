"""SR9, F31-C, F32-C: publish the DER's document and send the CIM notices to entitled DERMS."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from lxml import etree

from exchange.selectors import Endpoint, endpoints_entitled_to
from exchange.services import enqueue_for, publish
from registry.selectors import Der, Feeder, der_for_documents
from tariffs.selectors import current_agreement

from .messages import der_approved, der_document, der_linked

NOUN = "EndDeviceConfig"


def tell_derms(*, der_mrid: UUID, verb: str, at: datetime) -> None:
    """Write, in the caller's transaction, what every entitled endpoint may read and receives.

    ``verb`` is the CIM verb of the event: created, changed or deleted.
    """
    der = der_for_documents(der_mrid)
    tell(endpoints_of(der), der, verb=verb, at=at)


def endpoints_of(der: Der) -> list[Endpoint]:
    """The endpoints that are told of a DER: by the feeder that serves it, by its third party."""
    provider_mrid = der.provider.mrid if der.provider else None
    return endpoints_entitled_to(feeder_mrid=feeder_of(der).mrid, provider_mrid=provider_mrid)


def feeder_of(der: Der) -> Feeder:
    """The feeder that serves a DER."""
    return der.usage_point.network_connection.transformer.feeder


def tell(endpoints: Sequence[Endpoint], der: Der, *, verb: str, at: datetime) -> None:
    """Publish the DER for these endpoints and enqueue its messages, in the caller's transaction."""
    agreement = current_agreement(der)
    if agreement is None:
        raise LookupError(f"{der} has no agreement, so there is nothing to tell.")
    for endpoint in endpoints:
        publish(
            endpoint=endpoint,
            object_mrid=der.mrid,
            object_version=der.version,
            document=der_document(der, agreement),
            state=der.state,
            feeder_mrid=feeder_of(der).mrid,
            tariff_code=agreement.tariff_version.tariff.code,
        )
    payloads: tuple[tuple[str, Callable[[], etree._Element]], ...] = (
        (NOUN, lambda: der_approved(der, at)),
        ("MasterDataLinkageConfig", lambda: der_linked(der, agreement, at)),
    )
    for noun, payload in payloads:
        enqueue_for(
            endpoints=endpoints,
            noun=noun,
            verb=verb,
            object_mrid=der.mrid,
            object_version=der.version,
            payload=payload,
            at=at,
        )
