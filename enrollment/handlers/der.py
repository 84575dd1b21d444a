"""Messages that come in about enrolled DER: each handler asks or acts once."""

from cim import errors as codes
from cim.envelope import Id
from exchange.services import Answer, Arrival, refusal
from registry.selectors import Der
from tariffs.selectors import current_agreement

from ..messages import der_approved, der_linked
from ..selectors import der_readable_by


def get_end_device_config(arrival: Arrival) -> Answer:
    """The nameplate and the connectivity of one DER that was published for the endpoint."""
    der = _der(arrival)
    payload = der_approved(der, der.active_from or arrival.at)
    return Answer(payload=payload, object_mrid=str(der.mrid))


def get_master_data_linkage_config(arrival: Arrival) -> Answer:
    """The agreement, the tariff and the place of one DER that was published for the endpoint."""
    der = _der(arrival)
    agreement = current_agreement(der)
    if agreement is None:
        raise refusal(codes.AGREEMENT_INVALID, "the DER has no agreement any more", id=_id(der))
    payload = der_linked(der, agreement, der.active_from or arrival.at)
    return Answer(payload=payload, object_mrid=str(der.mrid))


def _der(arrival: Arrival) -> Der:
    """The DER asked for. What the endpoint may not read is answered like what does not exist."""
    request = arrival.message.request
    asked = (request.ids if request else ()) or arrival.message.payload_ids
    if len(asked) != 1:
        code = codes.TOO_MANY_ITEMS if asked else codes.REQUEST_MISSING
        raise refusal(code, "exactly one Request/ID with the mRID of a DER is needed")
    der = der_readable_by(arrival.endpoint, asked[0].value)
    if der is None:
        device = Id(asked[0].value, kind=asked[0].kind or "uuid", object_type="EndDevice")
        raise refusal(codes.REQUEST_ID_INVALID, "there is no such DER", id=device)
    return der


def _id(der: Der) -> Id:
    return Id(str(der.mrid), object_type="EndDevice")
