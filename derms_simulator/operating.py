"""The operations of an OperationSet, one after the other, each with its own finding."""

from cim import errors
from cim.elements import MessageRefused
from cim.envelope import Error, ErrorLevel, Message, Verb
from cim.operations import Operation, OperationSet
from derms_simulator.picture import Change, Picture, change_of_operation


def operated(
    message: Message, told: OperationSet, picture: Picture
) -> tuple[tuple[Change, ...], list[Error]]:
    """The changes to apply and a finding for each operation that failed.

    Of an atomic set nothing is applied if one operation fails. Raises MessageRefused for a verb
    other than execute and executed.
    """
    if message.header.verb not in (Verb.EXECUTE, Verb.EXECUTED):
        raise MessageRefused(errors.VERB_INVALID, "an OperationSet is executed")
    trial = Picture(dict(picture.objects))
    changes: list[Change] = []
    findings: list[Error] = []
    for operation in told.operations:
        try:
            change = change_of_operation(message, operation)
            _refuse_stale(change, trial, changes)
        except MessageRefused as refused:
            findings.append(_finding(operation, refused.code, refused.detail))
        else:
            trial.apply(change)
            changes.append(change)
    if findings and told.is_atomic:
        failed = {each.operation_id for each in findings}
        others = [each for each in told.operations if each.operation_id not in failed]
        return (), findings + [_rolled_back(each) for each in others]
    return tuple(changes), findings


def _refuse_stale(change: Change, picture: Picture, before: list[Change]) -> None:
    is_same = any((each.noun, each.mrid) == (change.noun, change.mrid) for each in before)
    stale = picture.why_stale(change, is_same_message=is_same)
    if stale:
        raise MessageRefused(errors.REFUSED_BY_RULE, f"stale: {stale}")


def _rolled_back(operation: Operation) -> Error:
    return _finding(operation, errors.ROLLED_BACK, "another operation of the set failed")


def _finding(operation: Operation, code: str, reason: str) -> Error:
    return Error(
        code=code,
        level=ErrorLevel.FATAL,
        reason="".join(letter if letter.isprintable() else "?" for letter in reason),
        operation_id=operation.operation_id,
    )
