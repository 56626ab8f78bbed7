"""Two runs written by hand: a clean twin, and one in which the reply to a create is lost and the create is repeated blindly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sfchaos.controls.judges import judge_all
from sfchaos.controls.outcome import outcome_of
from sfchaos.controls.thresholds import thresholds
from sfchaos.core.canonical import canonical_json, sha256_hex
from sfchaos.core.declaration import Declaration, Flow, NotApplicable
from sfchaos.core.history import Ending, Examined, Finding, History, RowState, SourceRow
from sfchaos.core.journal import Journal
from sfchaos.core.redact import SecretBook
from sfchaos.evidence.record import EvidenceRecord, RunRecord
from sfchaos.evidence.state import digest_tree

KEY = "a1b2c3d4e5f6a7b8c9d0e1f2"
TOKEN = "00D5e0000000001!AQ8AQkd83hskwoQPzmxnc7492hfksqweUYTRE83hdkwls02kdnIOPQ83jsk20dkw8s.3kdjfu"
OBJECTIVES = ("SFC-INT-01", "SFC-INT-02", "SFC-INT-06", "SFC-RES-01", "SFC-AUTH-09", "SFC-AUTH-10", "SFC-LOG-04")
SCHEDULE = {"sfchaos_schedule": 1, "seed": 7, "rules": [{"id": "r1", "fault": "net.response_lost", "on": "row.create/*", "p": 0.5}]}
FLOW = Flow("accounts", "to-salesforce", "Account", "External_Id__c", ("create",), {"Name": "name"}, has_source=True)


def create(journal: Journal, at_s: float, attempt: int, record_id: str, **more: Any) -> None:
    row = {"verb": "create", "sobject": "Account", "id": record_id, "ok": "yes", "key": KEY, "key_field": "External_Id__c", "created": "yes", "fields": {"Name": "n1"}}
    journal.add("exchange", at_s=at_s, address=f"row.create/Account#1~{attempt}", op="row.create", target="Account", sobject="Account", method="POST", status=201,
                host="acme.my.salesforce.com", path="/services/data/v62.0/sobjects/Account", delivered_ms=round(at_s * 1000) + 50, applied="yes", bearer="secret:1",
                request_sha256="d1", rows=[row], keys=[record_id], **more)  # fmt: skip


def held(record_id: str) -> RowState:
    return RowState("Account", record_id, {"External_Id__c": KEY}, {"Name": "n1", "Phone": ""})


def ended(journal: Journal, run: str, ending: Ending, **rows: Any) -> list[dict[str, Any]]:
    digests = {f"{kind}_sha256": sha256_hex(canonical_json(digest_tree(found))) for kind, found in rows.items()}
    journal.add("end", at_s=3, exit=ending.exit, how=ending.how, detail=ending.detail, summary=dict(ending.summary), **digests)
    return journal.of(run)


def played(journal: Journal, run: str, *, clean: bool, expected: tuple[RowState, ...] | None, declaration: Declaration) -> History:
    journal.run = run
    journal.add("start", at_s=0, scenario="" if clean else "lost-create-reply", clean="yes" if clean else "no")
    after = (held("001A"),)
    if clean:
        create(journal, 0.2, 1, "001A", delivered="whole")
    else:
        create(journal, 0.2, 1, "001A", delivered="lost", commit_phase="A", fired=["r1"], faults=["net.response_lost"])
        journal.add("wait", at_s=0.25, primitive="time.sleep", requested_ms=1000, origin="main")
        create(journal, 1.25, 2, "001B", delivered="whole")
        after = (held("001A"), held("001B"))
    journal.add("log", at_s=1.5, level="WARNING", source="logging", text="token secret:1 used <b>twice</b> & again",
                **({} if clean else {"hits": [{"secret": "secret:1", "what": "access_token", "form": "plain"}]}))  # fmt: skip
    ending, source = Ending(at_ms=3000), (SourceRow("accounts", KEY, {"Name": "n1"}, 1),)
    lines = ended(journal, run, ending, before=(), after=after, source=source, rejects=(), sink=())
    examined = Examined(2, ("logo.bin (binary)",), (Finding("credential-assignment", "settings.py", 3, "a literal given to password, 12 characters"),), "credentials@1")
    return History(run, lines, clean=clean, after=after, expected=expected, source=source, ending=ending, declaration=declaration, labels={KEY: "A-1"},
                   thresholds=thresholds({"max_attempts": 9, "growth_min": 1.25}, file="sfchaos.toml"), log_sources=("logging",), transient=True,
                   examined=examined if clean else None)  # fmt: skip


def run_of(history: History, objectives: tuple[str, ...]) -> RunRecord:
    judgements = tuple(judge_all(history, objectives))
    clean = history.clean
    return RunRecord(
        history.run, clean, "" if clean else "lost-create-reply", "clean twin" if clean else "A create whose reply is lost is not repeated blindly",
        {"sfchaos_schedule": 1, "rules": []} if clean else SCHEDULE, 7, outcome_of(history, judgements), "f" * 64, history, judgements,
        fired=() if clean else ("r1",), replay="" if clean else "sfchaos replay sfx1.eJyrVkrLzCkp", requests=1 if clean else 2, virtual_ms=3000,
        expected={} if clean else {"outcome": ["pass"], "SFC-INT-06": "pass"},
    )  # fmt: skip


@pytest.fixture(scope="session")
def session() -> Callable[..., EvidenceRecord]:
    """A session of two runs; keywords replace fields of the record, `declaration` what was declared."""

    def make(declaration: Declaration | None = None, **changes: Any) -> EvidenceRecord:
        declared = declaration or Declaration("crm-sync", (FLOW,), not_applicable=(NotApplicable("SFC-INT-05", "no bulk", "crm-team"),))
        journal, book = Journal(), SecretBook()
        book.label(TOKEN, "access_token")
        twin = played(journal, "r1", clean=True, expected=None, declaration=declared)
        faulted = played(journal, "r2", clean=False, expected=tuple(twin.after), declaration=declared)
        judged = tuple(o for o in OBJECTIVES if o != "SFC-AUTH-09")
        runs = (run_of(twin, ("SFC-LOG-04", "SFC-SEC-01")), run_of(faulted, (*judged, "SFC-INT-05")))
        record = EvidenceRecord(
            "check", 7, "2026-01-15T09:30:00.000Z", "2026-01-15T09:34:12.345Z", runs, journal.data(), journal.head, (*OBJECTIVES, "SFC-INT-05", "SFC-SEC-01"),
            {"target": {"name": "crm-sync", "commit": "3f2c9d0e", "entry": "crm_sync:main"}, "who": {"operator": "ci", "self_assessment": True},
             "tool": {"platform": "linux"}, "scope": {"environment": "mock", "not_run": [{"scenario": "bulk-stuck", "why": "no bulk request"}]},
             "limits": ["The org is a mock."]},
            {"config/sfchaos.toml": b'name = "crm-sync"\n'}, (book,),
        )  # fmt: skip
        return replace(record, **changes)

    return make


@pytest.fixture(scope="session")
def token() -> str:
    return TOKEN
