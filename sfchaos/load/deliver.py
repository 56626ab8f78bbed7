"""How rows reach the org: one by one, or as a Bulk API 2.0 job. Each is an upsert by external id, so it may be repeated."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from urllib.parse import quote

from sfchaos.core.operations import RETRY_CLASSES
from sfchaos.load.caller import Caller, GivenUp
from sfchaos.load.ledger import Ledger, Piece

MOST_ROUNDS = 4  # jobs for the rows of one piece: those refused for a passing reason, and those a job says nothing of, are sent again
FIRST_POLL_S, LONGEST_POLL_S, LONGEST_JOB_S = 0.3, 10.0, 1800.0
ENDED = ("JobComplete", "Failed", "Aborted")
Row = dict[str, object]
Wait = Callable[[float], object]


def deliver(caller: Caller, ledger: Ledger, piece: Piece, sobject: str, wait: Wait) -> None:
    """Send a piece and write into the ledger what became of each row. Raises BudgetSpent; then the open rows are unconfirmed."""
    rows = {ledger.key_of(row): row for row in piece.rows}
    ledger.unconfirmed.update(dict.fromkeys(rows))
    if piece.bulk:
        _in_jobs(caller, ledger, rows, sobject, wait)
    else:
        for key, row in rows.items():
            _one(caller, ledger, key, row, sobject)


def _settled(ledger: Ledger, key: str, code: str = "") -> None:
    """The fate of a row is known: accepted, or refused with a code."""
    ledger.unconfirmed.pop(key, None)
    ledger.refused.pop(key, None)
    if code:
        ledger.refused[key] = code
    else:
        ledger.accepted[key] = None


def _one(caller: Caller, ledger: Ledger, key: str, row: Row, sobject: str) -> None:
    body = json.dumps({name: value for name, value in row.items() if name != ledger.key_field}).encode()
    try:
        reply = caller.call("PATCH", f"/sobjects/{sobject}/{ledger.key_field}/{quote(key, safe='')}", body)
    except GivenUp as end:
        reply = end.reply
    if reply.ok:
        _settled(ledger, key)
    elif 300 <= reply.status < 500:
        _settled(ledger, key, " ".join(reply.codes) or str(reply.status))


def _in_jobs(caller: Caller, ledger: Ledger, rows: dict[str, Row], sobject: str, wait: Wait) -> None:
    open_rows = rows
    for _ in range(MOST_ROUNDS):
        try:
            refused = _job(caller, ledger, open_rows, sobject, wait)
        except GivenUp:
            continue  # whatever this job came to, an upsert may be sent again
        open_rows = {key: row for key, row in open_rows.items() if key not in ledger.accepted and _worth_again(refused.get(key))}
        if not open_rows:
            return


def _worth_again(code: str | None) -> bool:
    """Rows that the job says nothing of, and those refused for a reason that passes."""
    return code is None or RETRY_CLASSES.get(code) == "backoff"


def _job(caller: Caller, ledger: Ledger, rows: dict[str, Row], sobject: str, wait: Wait) -> dict[str, str]:
    """One job from create to results: settles the rows it tells of, and returns the codes of the refused ones."""
    made = caller.call("POST", "/jobs/ingest", json.dumps({"object": sobject, "operation": "upsert", "externalIdFieldName": ledger.key_field,
                                                           "contentType": "CSV", "lineEnding": "LF"}).encode())  # fmt: skip
    job = f"/jobs/ingest/{made.json()['id']}"
    _moved(caller, "PUT", f"{job}/batches", csv_of(list(rows.values())), "text/csv")
    _moved(caller, "PATCH", job, b'{"state":"UploadComplete"}', "application/json")
    _until_ended(caller, job, wait)
    for row in _results(caller, f"{job}/successfulResults"):
        _settled(ledger, row[ledger.key_field])
    refused = {row[ledger.key_field]: row["sf__Error"].partition(":")[0] for row in _results(caller, f"{job}/failedResults")}
    for key, code in refused.items():
        _settled(ledger, key, code)
    return refused


def _moved(caller: Caller, method: str, path: str, body: bytes, content_type: str) -> None:
    """A step of a job. When its reply was lost, the repetition is refused because the job has moved on: the poll tells."""
    try:
        caller.call(method, path, body, content_type=content_type)
    except GivenUp as end:
        if end.reply.status not in (400, 409):
            raise


def _until_ended(caller: Caller, job: str, wait: Wait) -> str:
    """Look ever more slowly (wire reference 5.2). Raises GivenUp when the job does not end."""
    pause_s, waited_s = FIRST_POLL_S, 0.0
    while True:
        reply = caller.call("GET", job)
        state = str(reply.json()["state"])
        if state in ENDED:
            return state
        if waited_s >= LONGEST_JOB_S or (state == "Open" and waited_s > LONGEST_POLL_S):
            raise GivenUp(f"bulk2.poll: still {state}", reply, 1)
        wait(pause_s)
        waited_s += pause_s
        pause_s = min(LONGEST_POLL_S, pause_s * 1.5)


def _results(caller: Caller, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(caller.call("GET", path).body.decode("utf-8"), newline="")))


def csv_of(rows: Sequence[Row]) -> bytes:
    """Rows as Bulk API 2.0 takes them: RFC 4180 with LF, the keys of the first row as header (wire reference 5.4)."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
