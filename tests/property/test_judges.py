"""Judges over histories that nobody wrote by hand."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sfchaos.controls.judges import JUDGED, judge, judge_all
from sfchaos.controls.outcome import OUTCOMES, outcome_of
from sfchaos.core.canonical import canonical_json
from sfchaos.core.history import Ending, History, RowState

OPS = st.sampled_from(["auth.jwt", "auth.refresh", "query.first", "row.get", "row.create", "row.upsert", "row.update", "row.delete", "coll.create", "bulk2.create",
                       "bulk2.close", "bulk2.poll", "bulk2.failed", "meta.limits"])  # fmt: skip
FEW = st.sampled_from(["a", "b", "c"])
CODES = st.sampled_from(["", "UNABLE_TO_LOCK_ROW", "STRING_TOO_LONG", "INVALID_SESSION_ID", "REQUEST_LIMIT_EXCEEDED", "invalid_grant"])
ROWS = st.builds(lambda ok, code, key, verb: {"verb": verb, "sobject": "Account", "id": f"001{key}" if ok else "", "ok": "yes" if ok else "no", "code": "" if ok else code,
                                              "key": key if verb == "upsert" else "", "created": "yes" if ok and verb == "create" else "no", "fields": {"Name": key}},
                 st.booleans(), CODES, FEW, st.sampled_from(["create", "upsert", "update", "delete"]))  # fmt: skip
EXCHANGES = st.builds(
    lambda op, status, codes, fate, digest, bearer, gap, rows, fault: {
        "kind": "exchange", "op": op, "address": op, "sobject": "Account", "status": status, "error_codes": [codes] if codes and status >= 400 else [], "delivered": fate,
        "seen_status": status if fate == "whole" else 0, "applied": "yes" if status < 400 else "no", "request_sha256": digest, "bearer": bearer, "gap": gap, "rows": rows,
        "faults": ["net.response_lost"] if fate != "whole" else [fault] if fault else [], "job": "J1" if op.startswith("bulk2") else "", "host": "h",
        **({"retry_after": "5"} if status == 503 and gap > 3000 else {})},
    OPS, st.sampled_from([200, 201, 400, 401, 404, 429, 500, 503]), CODES, st.sampled_from(["whole", "whole", "lost", "cut"]), FEW, st.sampled_from(["", "secret:1", "secret:2"]),
    st.integers(0, 90_000), st.lists(ROWS, max_size=3), st.sampled_from(["", "http.503"]),
)  # fmt: skip
LOGS = st.builds(lambda level, text: {"kind": "log", "level": level, "text": text, "gap": 0, "source": "logging"},
                 st.sampled_from(["", "INFO", "ERROR"]), st.sampled_from(["Account a", "STRING_TOO_LONG", "done"]))  # fmt: skip
JOBS = st.one_of(st.builds(lambda rows: {"kind": "org", "event": "bulk_rows", "job": "J1", "rows": rows, "gap": 0}, st.lists(ROWS, max_size=3)),
                 st.builds(lambda state: {"kind": "org", "event": "job_state", "job": "J1", "state": state, "gap": 0}, st.sampled_from(["JobComplete", "Failed"])))  # fmt: skip
STATES = st.lists(st.builds(lambda i, key, name: RowState("Account", f"001{i}", {"Ext__c": key} if key else {}, {"Name": name}), st.integers(0, 9), st.sampled_from(["", "a", "b"]), FEW),
                  max_size=4, unique_by=lambda row: row.id)  # fmt: skip
ENDINGS = st.sampled_from([Ending(), Ending(1, "exception", "ValueError: x"), Ending(1, "storm"), Ending(how="unseen"), Ending(summary={"failed": "2"})])


@st.composite
def histories(draw: st.DrawFn) -> History:
    lines: list[dict[str, Any]] = []
    now = 0
    for n, line in enumerate(draw(st.lists(st.one_of(EXCHANGES, EXCHANGES, LOGS, JOBS), max_size=14)), start=1):
        now += line["gap"]
        lines.append({**line, "n": n, "run": "r1", "at_ms": now, "delivered_ms": now + 50})
    expected = draw(st.one_of(st.none(), STATES))
    return History("r1", lines, before=draw(STATES), after=draw(STATES), expected=expected, ending=draw(ENDINGS), log_sources=("logging",))


@settings(max_examples=150, deadline=None)
@given(histories())
def test_no_history_breaks_a_judge(history: History) -> None:
    for found in judge_all(history):
        assert found.verdict != "error", found.detail
        assert (found.verdict == "fail") == bool(found.exceptions_total)
        assert found.verdict != "pass" or found.stimuli > 0
        assert canonical_json(found.as_dict())


@settings(max_examples=100, deadline=None)
@given(histories())
def test_judging_is_a_function_of_what_was_recorded(history: History) -> None:
    again = History(**{name: getattr(history, name) for name in history.__dataclass_fields__})
    assert [j.as_dict() for j in judge_all(history)] == [j.as_dict() for j in judge_all(again)]
    assert outcome_of(history) == outcome_of(again)
    assert outcome_of(history) in OUTCOMES


@settings(max_examples=100, deadline=None)
@given(histories())
def test_a_prefix_without_a_fault_passes_no_integrity_objective(history: History) -> None:
    quiet = [{**line, "faults": []} for line in history.lines]
    for objective in ("SFC-INT-01", "SFC-INT-02", "SFC-INT-03"):
        assert judge(objective, History("r1", quiet, before=history.before, after=history.after, expected=history.expected)).verdict != "pass"


def test_all_judges_took_part() -> None:
    assert len(JUDGED) == 20
