"""An OperationSet: several operations in one message, all of them or as many as possible.

``enforceTransactionalIntegrity``: one that fails undoes the others (5.9) and is FAILED. Without it
each operation stands for itself: PARTIAL names those that failed. ``enforceMsgSequence``: what
comes after one that failed is not attempted (5.2).
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from django.db import InterfaceError, OperationalError, transaction

from cim import errors as codes
from cim.elements import MessageRefused
from cim.envelope import Error, ErrorLevel, Id, ReplyResult, Verb
from cim.operations import Operation, OperationSet, from_element
from cim.xml import local_name

from .answers import Answer, Arrival, InboundRefused, refusal

log = logging.getLogger(__name__)
_PAST = {
    Verb.CREATE: Verb.CREATED,
    Verb.CHANGE: Verb.CHANGED,
    Verb.CANCEL: Verb.CANCELED,
    Verb.CLOSE: Verb.CLOSED,
    Verb.DELETE: Verb.DELETED,
}


@dataclass
class _Outcome:
    """What became of the operations so far."""

    done: list[Operation] = field(default_factory=list)
    ids: list[Id] = field(default_factory=list)
    errors: list[Error] = field(default_factory=list)


def run_operations(arrival: Arrival, handle: Callable[[Arrival], Answer]) -> Answer:
    """M1: hand each operation to the handler as a message of its own, in a savepoint of its own.

    Raises InboundRefused when none, or not all that must, could be done.
    """
    element = arrival.message.operation_set
    if element is None:
        raise refusal(codes.PAYLOAD_MISSING, "Payload/OperationSet is missing")
    wanted = from_element(element)
    outcome = _Outcome()
    for operation in wanted.operations:
        if outcome.errors and (wanted.is_atomic or wanted.is_ordered):
            outcome.errors.append(_error(operation, codes.NOT_ATTEMPTED, "an earlier one failed"))
        else:
            _attempt(outcome, operation, arrival, handle)
    return _answer(wanted, outcome)


def _attempt(
    outcome: _Outcome, operation: Operation, arrival: Arrival, handle: Callable[[Arrival], Answer]
) -> None:
    try:
        with transaction.atomic():
            answer = handle(_as_message(arrival, operation))
    except InboundRefused as refused:
        outcome.errors += _numbered(refused.errors, operation)
    except MessageRefused as refused:
        outcome.errors.append(_error(operation, refused.code, refused.detail))
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("operation %s of a message failed", operation.operation_id)
        outcome.errors.append(_error(operation, codes.ATTEMPT_FAILED, "an error of ours"))
    else:
        outcome.done.append(operation)
        outcome.ids += answer.ids
        if answer.result is not ReplyResult.OK:
            outcome.errors += _numbered(answer.errors, operation)


def _as_message(arrival: Arrival, operation: Operation) -> Arrival:
    message, is_event = arrival.message, arrival.message.header.verb is Verb.EXECUTED
    payload = operation.payload
    noun = operation.noun or ("" if payload is None else local_name(payload))
    verb = _PAST.get(operation.verb, operation.verb) if is_event else operation.verb
    if verb in (Verb.GET, Verb.EXECUTE, Verb.EXECUTED, Verb.REPLY):
        raise refusal(codes.VERB_INVALID, f"{verb} cannot be in an OperationSet")
    header = replace(message.header, verb=verb, noun=noun)
    inner = replace(message, header=header, payload=payload, operation_set=None)
    return replace(arrival, message=inner, is_element=operation.is_element)


def _answer(wanted: OperationSet, outcome: _Outcome) -> Answer:
    if not outcome.errors:
        return Answer(ids=tuple(outcome.ids))
    if not outcome.done:
        raise InboundRefused(*outcome.errors)
    if wanted.is_atomic:
        undone = [_error(each, codes.ROLLED_BACK, "undone") for each in outcome.done]
        raise InboundRefused(*outcome.errors, *undone)
    return Answer(result=ReplyResult.PARTIAL, errors=tuple(outcome.errors), ids=tuple(outcome.ids))


def _numbered(errors: Iterable[Error], operation: Operation) -> list[Error]:
    return [replace(each, operation_id=operation.operation_id) for each in errors]


def _error(operation: Operation, code: str, reason: str) -> Error:
    [error] = refusal(code, reason, level=ErrorLevel.FATAL).errors
    return replace(error, operation_id=operation.operation_id)
