"""Rows of EventLogFile and their CSV, made when somebody looks.

A daily file holds a day (UTC) and is there three hours after it; with Event Monitoring there are hourly files too, three hours after
their hour, and files stay 30 days. Without it they stay one day, as in a Developer Edition, which has every type. Sources: Salesforce Help, "Event
Log File Browser" and "Event Monitoring" (D for 1 and 30 days, for hourly files 3 to 6 hours later; the three hours of daily files are a guess).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sfchaos.core.clock import parse_instant_s
from sfchaos.org.audit.event_log_types import COLUMNS, Line, field_types, lines_of_note, login_line
from sfchaos.org.files.blob import Blob
from sfchaos.org.rows.own_rows import write_own
from sfchaos.org.rows.values import stored_instant

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject

HOUR_S, DAY_S = 3600, 86_400
PERIODS = {"Daily": DAY_S, "Hourly": HOUR_S}
DELAY_S = 3 * HOUR_S
KEPT_S, KEPT_MONITORED_S = DAY_S, 30 * DAY_S
API_VERSION = 67.0  # of the release that wrote the file: the org's newest (K)
_LOGIN_FIELDS = ("UserId", "LoginTime", "LoginType", "Status", "SourceIp", "Browser", "TlsProtocol", "CipherSuite", "ApiType", "ApiVersion")


def bring_up_to_date(org: Org) -> None:
    """Write the files that are due and have not been written, and take away those whose time is up."""
    kind = org.schema.find("EventLogFile")
    if kind is None:
        return
    now_s, held = org.now_s(), org.registers.event_log_files
    gone = [name for name, until_s in held.items() if not name.startswith("made:") and until_s <= now_s]
    due = [(interval, held.get(f"made:{interval}", 0.0), _ready_s(interval, now_s)) for interval in _intervals(org)]
    due = [(interval, since_s, until_s) for interval, since_s, until_s in due if until_s > since_s]
    if not gone and not due:
        org.event_log.forget_before(min(held.get(f"made:{interval}", 0.0) for interval in _intervals(org)))
        return
    org.store.on_undo(org.registers.as_now("event_log_files"))
    for record_id in gone:
        del held[record_id]
        org.store.run('DELETE FROM "EventLogFile" WHERE "Id" = ?', (record_id,))
    for interval, since_s, until_s in due:
        _write_interval(org, kind, interval, since_s, until_s)
        held[f"made:{interval}"] = until_s


def _intervals(org: Org) -> tuple[str, ...]:
    return ("Daily", "Hourly") if org.event_log.is_monitored else ("Daily",)


def _ready_s(interval: str, now_s: float) -> float:
    """The end of the last period whose file is there by now."""
    return float((now_s - DELAY_S) // PERIODS[interval] * PERIODS[interval])


def _write_interval(org: Org, kind: SObject, interval: str, since_s: float, until_s: float) -> None:
    period_s, kept_s = PERIODS[interval], KEPT_MONITORED_S if org.event_log.is_monitored else KEPT_S
    found: dict[tuple[int, str], list[tuple[float, Line]]] = {}
    for at_s, event_type, line in _lines(org, since_s, until_s):
        found.setdefault((int(at_s // period_s) * period_s, event_type), []).append((at_s, line))
    for (start_s, event_type), lines in sorted(found.items(), key=lambda entry: entry[0]):
        ready_s = start_s + period_s + DELAY_S
        if ready_s + kept_s > org.now_s():
            lines.sort(key=lambda entry: entry[0])
            record_id = _write(org, kind, interval, event_type, start_s, ready_s, (line for _, line in lines))
            org.registers.event_log_files[record_id] = float(ready_s + kept_s)


def _lines(org: Org, since_s: float, until_s: float) -> Iterator[tuple[float, str, Line]]:
    for number, note in list(org.registers.event_log.items()):
        if since_s <= note.at_s < until_s:
            for event_type, line in lines_of_note(org, number, note):
                yield note.at_s, event_type, line
    if org.schema.find("LoginHistory") is None:
        return
    columns = ", ".join(f'"{name}"' for name in _LOGIN_FIELDS)
    between = (stored_instant(int(since_s)), stored_instant(int(until_s)))
    logins = org.store.all(f'SELECT {columns} FROM "LoginHistory" WHERE "LoginTime" >= ? AND "LoginTime" < ? ORDER BY "LoginTime", "Id"', between)
    for number, values in enumerate(logins):
        row = dict(zip(_LOGIN_FIELDS, values, strict=True))
        at_s = parse_instant_s(str(row["LoginTime"]))
        yield at_s, "Login", login_line(org, -1 - number, at_s, row)


def _write(org: Org, kind: SObject, interval: str, event_type: str, start_s: int, ready_s: int, lines: Iterable[Line]) -> str:
    columns = COLUMNS[event_type]
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")  # every cell quoted, LF: R
    writer.writerow(columns)
    writer.writerows([line.get(column, "") for column in columns] for line in lines)
    blob = Blob(text.getvalue().encode())
    org.blobs.keep(blob)
    made = stored_instant(ready_s)
    return write_own(org, kind, {
        "EventType": event_type, "LogDate": stored_instant(start_s), "LogFileLength": len(blob.data), "LogFileContentType": "text/csv",
        "ApiVersion": API_VERSION, "Sequence": 0 if interval == "Daily" else 1, "Interval": interval, "LogFileFieldNames": ",".join(columns),
        "LogFileFieldTypes": field_types(event_type), "LogFile": blob, "CreatedDate": made, "LastModifiedDate": made, "SystemModstamp": made,
    })  # fmt: skip
