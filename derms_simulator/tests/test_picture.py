"""The picture is what was last said, however the messages arrive."""

from dataclasses import replace
from pathlib import Path

import pytest

from cim.envelope import ErrorLevel, Reply, Verb
from cim.tests.examples import DER, DER_MRID, GONE, LINKAGE, der_event, linkage_event
from derms_simulator.running import running
from derms_simulator.tests.client import ENDPOINTS, Sender, number


def created(last: int, version: int, sequence: int, verb: Verb = Verb.CREATED) -> bytes:
    der = replace(DER, version=version)
    return der_event(der, verb, message_id=number(last), sequence=sequence)


def deleted(last: int, version: int, sequence: int) -> bytes:
    der = replace(GONE, version=version)
    return der_event(der, Verb.DELETED, message_id=number(last), sequence=sequence)


def of_epoch(epoch: int, data: bytes) -> bytes:
    """The message as sent after so many restores."""
    told = f"<msg:Property><msg:Name>Epoch</msg:Name><msg:Value>{epoch}</msg:Value></msg:Property>"
    first, found, rest = data.partition(b"<msg:Property>")
    assert found, "the example has header properties"
    return first + told.encode() + found + rest


def is_stale(reply: Reply) -> bool:
    (finding,) = reply.errors
    return not reply.is_ok and finding.level is ErrorLevel.INFORM and "stale" in finding.reason


def test_approved_der_is_known(dso: Sender) -> None:
    assert dso.send(created(1, 1, 1)).is_ok
    der = dso.der()
    assert (der["mrid"], der["version"], der["is_deleted"]) == (DER_MRID, 1, False)
    assert der["facts"]["connectivity"]["feeder"]["name"] == "Maple 12"
    assert der["facts"]["units"][0]["active_power_max_rating_w"] == "5000"


def test_generic_form_is_understood(dso: Sender) -> None:
    assert dso.send(der_event(is_typed=False)).is_ok
    assert dso.der()["version"] == 3


def test_linkage_is_known_before_and_after_the_der(dso: Sender) -> None:
    assert dso.send(linkage_event(message_id=number(1), sequence=2)).is_ok
    assert dso.der()["facts"] is None
    assert dso.send(created(2, 3, 1)).is_ok
    assert dso.der()["linkage"]["pricing_structure"]["name"] == "NEM-3"


def test_ended_linkage_can_begin_again(dso: Sender) -> None:
    ended, begun = replace(LINKAGE, der_version=4), replace(LINKAGE, der_version=5)
    assert dso.send(linkage_event(message_id=number(1), sequence=1)).is_ok
    assert dso.send(linkage_event(ended, Verb.DELETED, message_id=number(2), sequence=2)).is_ok
    assert dso.der()["linkage"] is None
    assert dso.send(linkage_event(begun, message_id=number(3), sequence=3)).is_ok
    assert dso.der()["linkage"] is not None


def test_change_replaces_the_record(dso: Sender) -> None:
    dso.send(created(1, 1, 1))
    assert dso.send(created(2, 2, 2, Verb.CHANGED)).is_ok
    assert dso.der()["version"] == 2


@pytest.mark.parametrize(("version", "sequence"), [(1, 9), (2, 9), (3, 2), (3, 1)])
def test_stale_message_changes_nothing(dso: Sender, version: int, sequence: int) -> None:
    dso.send(created(1, 2, 2))
    assert is_stale(dso.send(created(2, version, sequence, Verb.CHANGED)))
    assert dso.der()["version"] == 2


def test_late_created_does_not_resurrect(dso: Sender) -> None:
    dso.send(created(1, 1, 1))
    assert dso.send(deleted(2, 2, 2)).is_ok
    assert is_stale(dso.send(created(3, 1, 1)))
    assert is_stale(dso.send(created(4, 2, 9)))
    assert is_stale(dso.send(created(6, 9, 9, Verb.CHANGED)))
    assert is_stale(dso.send(linkage_event(message_id=number(5), sequence=10)))
    assert dso.der()["is_deleted"]
    assert dso.der()["facts"] is None


def test_after_a_restore_the_numbers_begin_from_the_backup(dso: Sender) -> None:
    assert dso.send(of_epoch(1, created(1, 7, 70))).is_ok
    assert dso.send(of_epoch(1, linkage_event(message_id=number(2), sequence=71))).is_ok
    assert is_stale(dso.send(of_epoch(1, created(3, 5, 50, Verb.CHANGED))))
    assert dso.send(of_epoch(2, created(4, 5, 50, Verb.CHANGED))).is_ok
    assert dso.der()["version"] == 5
    assert dso.send(of_epoch(2, linkage_event(message_id=number(5), sequence=51))).is_ok
    assert is_stale(dso.send(of_epoch(2, created(6, 5, 49, Verb.CHANGED)))), "numbers count again"


def test_a_message_of_before_the_restore_is_stale(dso: Sender) -> None:
    assert dso.send(of_epoch(2, created(1, 5, 50))).is_ok
    reply = dso.send(of_epoch(1, created(2, 9, 90, Verb.CHANGED)))
    assert is_stale(reply)
    assert reply.errors[0].reason == "stale: epoch 1 is before 2"
    assert is_stale(dso.send(of_epoch(1, linkage_event(message_id=number(3), sequence=91))))
    assert dso.send(created(4, 6, 51, Verb.CHANGED)).is_ok, "a sender need not tell its epoch"
    assert is_stale(dso.send(of_epoch(1, created(5, 9, 90, Verb.CHANGED))))


def test_a_restore_brings_back_what_was_deleted_after_the_backup(dso: Sender) -> None:
    dso.send(of_epoch(1, created(1, 1, 1)))
    assert dso.send(of_epoch(1, deleted(2, 2, 2))).is_ok
    assert dso.send(of_epoch(2, created(3, 1, 2, Verb.CHANGED))).is_ok
    assert not dso.der()["is_deleted"]


def test_the_epoch_outlives_a_restart(tmp_path: Path) -> None:
    with running(ENDPOINTS, tmp_path) as simulator:
        assert Sender(simulator.url).send(of_epoch(2, created(1, 5, 50))).is_ok
    with running(ENDPOINTS, tmp_path) as simulator:
        assert is_stale(Sender(simulator.url).send(of_epoch(1, created(2, 9, 90))))


def test_a_der_that_left_comes_back_as_a_later_version(dso: Sender) -> None:
    dso.send(created(1, 1, 1))
    assert dso.send(deleted(2, 1, 2)).is_ok, "it left as it was"
    assert dso.send(created(3, 2, 3)).is_ok
    assert (dso.der()["is_deleted"], dso.der()["version"]) == (False, 2)
    assert is_stale(dso.send(deleted(4, 1, 2)))
    assert not dso.der()["is_deleted"]


def test_deleted_before_created_stays_deleted(dso: Sender) -> None:
    assert dso.send(deleted(2, 2, 2)).is_ok
    assert is_stale(dso.send(created(1, 1, 1)))
    assert dso.der()["is_deleted"]


def test_duplicate_gets_the_first_reply_and_has_no_effect(dso: Sender) -> None:
    data = created(1, 1, 1)
    replies = [dso.post(data).content for _ in range(3)]
    assert len(set(replies)) == 1
    assert dso.get("picture").json()["duplicates"] == 2
    assert dso.der()["version"] == 1


def test_message_id_cannot_be_used_for_another_message(dso: Sender) -> None:
    dso.send(created(1, 1, 1))
    reply = dso.send(created(1, 2, 2, Verb.CHANGED))
    assert [each.code for each in reply.errors] == ["2.15"]
    assert dso.der()["version"] == 1


def test_any_order_ends_in_the_same_picture(dso: Sender, third_party: Sender) -> None:
    messages = [created(1, 1, 1), created(2, 2, 2, Verb.CHANGED), created(3, 3, 3, Verb.CHANGED)]
    for data in messages:
        dso.send(data)
    for data in [*reversed(messages), *messages]:
        third_party.send(data)
    assert dso.picture() == third_party.picture()


def test_endpoints_know_nothing_of_each_other(dso: Sender, third_party: Sender) -> None:
    dso.send(created(1, 1, 1))
    assert third_party.picture() == []


def test_restart_keeps_the_picture_and_the_replies(tmp_path: Path) -> None:
    with running(ENDPOINTS, tmp_path) as simulator:
        first = Sender(simulator.url).post(created(1, 1, 1)).content
        Sender(simulator.url).send(deleted(2, 2, 2))
        before = Sender(simulator.url).picture()
    with (tmp_path / "dso.jsonl").open("a") as journal:
        journal.write('{"arrived_at": "2026')
    with running(ENDPOINTS, tmp_path) as simulator:
        assert Sender(simulator.url).picture() == before
        assert Sender(simulator.url).post(created(1, 1, 1)).content == first
        assert is_stale(Sender(simulator.url).send(created(3, 2, 3)))
