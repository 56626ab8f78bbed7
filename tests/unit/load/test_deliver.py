"""Rows reach the org by single upserts and by jobs, whatever the rig does to them, and the ledger says what became of each."""

from collections import Counter

import pytest

from sfchaos.core.clock import VirtualClock
from sfchaos.faults.schedule import Schedule
from sfchaos.load.caller import Caller, Reply
from sfchaos.load.deliver import csv_of, deliver
from sfchaos.load.guard import Budget, BudgetSpent
from sfchaos.load.ledger import Ledger, Piece, held_by
from sfchaos.load.settings import Entry
from sfchaos.org.org import Org
from sfchaos.rig import Rig

KEY = "External_Id__c"


class Night:
    """A rig in virtual time, a caller and a ledger."""

    def __init__(self, pieces, **options):
        self.rig = Rig(Org(seed=9, clock=VirtualClock()), seed=9, storms=False)
        entry = Entry("http://127.0.0.1:1", (), self.rig.env["SF_ACCESS_TOKEN"])
        self.caller = Caller(entry, self.send, wait=self.rig.clock.advance, **options)
        self.looker = Caller(entry, self.send, wait=self.rig.clock.advance)
        self.ledger = Ledger(pieces, KEY)

    def send(self, request, name):
        reply = self.rig.handle(request)
        self.rig.clock.advance(reply.work_s)
        return Reply(reply.status, reply.body, dict(reply.headers)) if reply.delivery.fate == "whole" else Reply(0)

    def play(self):
        while piece := self.ledger.take():
            deliver(self.caller, self.ledger, piece, "Contact", self.rig.clock.advance)
            self.ledger.finished()
        self.unfired = self.rig.unfired
        self.rig.load(Schedule(()))
        return self.ledger.reconciled(held_by(self.looker, "Contact", KEY, self.ledger.planned))


def rows(n, **more):
    return tuple({KEY: f"K-{i}", "LastName": f"Name, {i}", **more} for i in range(n))


def singles(n, **more):
    return [Piece((row,)) for row in rows(n, **more)]


@pytest.mark.parametrize("pieces", [singles(5), [Piece(rows(5), bulk=True)]], ids=["single", "bulk"])
def test_without_faults_every_row_is_there_once(pieces):
    night = Night(pieces)
    told = night.play()
    assert (told.accepted, told.exit_code, night.rig.org.count("Contact")) == (5, 0, 5)
    assert night.ledger.all_done


STORMS = {
    "503": [("http.503", {"on": "*/*", "p": 0.2})],
    "lost replies": [("net.response_lost", {"on": "*/*", "p": 0.2})],
    "locks": [("row.locked", {"on": "row.upsert/Contact", "p": 0.3, "hold": "2s"})],
    "refused rows": [("bulk.rows_failed", {"on": "bulk2.close", "codes": ["UNABLE_TO_LOCK_ROW"], "share": 0.4})],
    "failed job": [("bulk.job_failed_mid", {"on": "bulk2.close"})],
    "lost close": [("net.response_lost", {"on": "bulk2.close"}), ("net.response_lost", {"on": "bulk2.upload"}), ("net.response_lost", {"on": "bulk2.create"})],
    "stuck": [("bulk.stuck", {"on": "bulk2.close", "hold": "90s"})],
}  # fmt: skip


@pytest.mark.parametrize("storm", STORMS)
def test_under_faults_that_pass_every_row_is_there_once(storm):
    night = Night([Piece(rows(40)[:20], bulk=True), *[Piece((row,)) for row in rows(40)[20:]]])
    for fault, rule in STORMS[storm]:
        night.rig.inject(fault, **rule)
    told = night.play()
    assert (told.lost, told.duplicates, told.unconfirmed, told.refused, told.unsent) == ([], {}, [], {}, 0)
    assert told.accepted == 40
    assert night.unfired == []


def test_a_step_whose_reply_was_lost_costs_no_second_job():
    night = Night([Piece(rows(5), bulk=True)])
    night.rig.inject("net.response_lost", on="bulk2.upload")
    night.rig.inject("net.response_lost", on="bulk2.close")
    night.play()
    created = [line for line in night.rig.journal if line.get("address", "").startswith("bulk2.create")]
    assert len(created) == 1


def test_rows_that_a_rule_refuses_are_refused_by_name_and_not_there():
    night = Night([Piece(rows(4), bulk=True), Piece(({KEY: "S", "LastName": "Single"},))])
    night.rig.inject("row.validation", on="bulk2.close", field="LastName")
    told = night.play()
    assert set(told.refused.values()) == {"FIELD_CUSTOM_VALIDATION_EXCEPTION"}
    assert told.exit_code == 3
    assert (told.lost, told.phantoms) == ([], [])


def test_a_row_without_its_required_field_is_refused_once_and_not_repeated():
    night = Night([Piece(({KEY: "K-1", "FirstName": "Only"},))])
    told = night.play()
    assert told.refused == {"K-1": "REQUIRED_FIELD_MISSING"}
    assert night.rig.requests == 2


def test_a_spent_budget_leaves_rows_unconfirmed_and_unsent_not_lost():
    night = Night(singles(20), budget=Budget(5 / 15000))
    with pytest.raises(BudgetSpent):
        night.play()
    told = night.ledger.reconciled(held_by(night.looker, "Contact", KEY, night.ledger.planned))
    assert (told.accepted, len(told.unconfirmed), told.unsent, told.exit_code) == (5, 1, 14, 3)


def test_a_row_that_goes_after_it_was_accepted_is_lost_and_a_twin_is_a_duplicate():
    night = Night(singles(3))
    night.play()
    night.rig.org.delete("Contact", night.rig.org.rows("Contact", LastName="Name, 1")[0]["Id"])
    told = night.ledger.reconciled(held_by(night.looker, "Contact", KEY, night.ledger.planned))
    assert (told.lost, told.exit_code) == (["K-1"], 1)
    told = night.ledger.reconciled(Counter({"k-0": 2, "K-1": 1, "K-2": 1}))
    assert (told.duplicates, told.lost, told.exit_code) == ({"K-0": 2}, [], 1)
    assert any("duplicated: K-0" in line for line in told.lines())
    assert told.as_tree()["duplicates"] == {"K-0": 2}


def test_a_refused_row_that_is_there_all_the_same_is_a_finding():
    ledger = Ledger(singles(1), KEY)
    ledger.refused["K-0"] = "SOME_CODE"
    assert ledger.reconciled(Counter({"K-0": 1})).exit_code == 1


def test_looking_asks_for_two_hundred_keys_at_a_time_and_quotes_them():
    night = Night(singles(0))
    odd = "K'\\1"
    night.rig.org.create("Contact", LastName="Odd", **{KEY: odd})
    night.rig.org.populate("Contact", 3)
    held = held_by(night.looker, "Contact", KEY, [odd, *(f"none-{i}" for i in range(400))])
    assert held == {odd: 1}
    assert night.rig.requests == 3


def test_pages_of_an_answer_are_all_read():
    asked = []

    def send(request, name):
        asked.append(request.path)
        last = len(asked) == 2
        more = b"" if last else b'"nextRecordsUrl":"/services/data/v62.0/query/01g5e00000AAAAAAA5-1",'
        return Reply(200, b'{"totalSize":2,"done":%s,%s"records":[{"Id":"1","External_Id__c":"A"}]}' % (b"true" if last else b"false", more))

    caller = Caller(Entry("http://127.0.0.1:1", (), "t"), send, wait=lambda s: None)
    assert held_by(caller, "Contact", KEY, ["A"]) == {"A": 2}
    assert asked[1] == "/services/data/v62.0/query/01g5e00000AAAAAAA5-1"


def test_csv_quotes_what_needs_it():
    assert csv_of([{KEY: "1", "LastName": 'a,"b"\n'}]) == b'External_Id__c,LastName\n1,"a,""b""\n"\n'
