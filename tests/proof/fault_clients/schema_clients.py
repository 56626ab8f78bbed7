"""Clients whose org changes under their feet: fields, objects, rights, versions, time."""

import time
from datetime import UTC, datetime

from clients import FIELDS, connect, log, people, say, upsert


def stops_at_a_refusal():
    sf = connect()
    for row in people(6):
        try:
            upsert(sf, row)
        except Exception as error:
            log.error("upsert of Contact %s refused: %s", row["External_Id__c"], error)
            raise


def skips_what_is_refused():
    sf = connect()
    for row in people(6):
        try:
            upsert(sf, row)
        except Exception as error:
            log.info("skipped %s: %s", row["External_Id__c"], error)


def sourced():
    return [{**row, "LeadSource": "Web"} for row in people(6)]


def writes_sources_and_stops():
    sf = connect()
    for row in sourced():
        try:
            upsert(sf, row)
        except Exception as error:
            log.error("upsert of Contact %s refused: %s", row["External_Id__c"], error)
            raise


def writes_sources_and_skips():
    sf = connect()
    for row in sourced():
        try:
            upsert(sf, row)
        except Exception as error:
            log.info("skipped %s: %s", row["External_Id__c"], error)


def waits_for_the_window():
    sf = connect()
    for row in people(6):
        for _ in range(30):
            try:
                upsert(sf, row)
                break
            except Exception as error:
                if "MAINTENANCE" not in str(error):
                    raise
                log.warning("Contact %s waits: %s", row["External_Id__c"], error)
                time.sleep(120)


def reads_and_counts():
    """A table that has lost a tenth of its rows since the count of a moment ago is not to be believed."""
    sf = connect()
    expected = sf.query("SELECT COUNT() FROM Contact")["totalSize"]
    records = list(sf.query_all_iter(f"SELECT {FIELDS} FROM Contact"))
    if len(records) < expected * 0.9:
        raise SystemExit(f"{len(records)} contacts of {expected}: are they deleted, or may they not be seen?")
    for record in records:
        say(record)


def reads_what_it_sees():
    sf = connect()
    sf.query("SELECT COUNT() FROM Contact")
    for record in sf.query_all_iter(f"SELECT {FIELDS} FROM Contact"):
        say(record)


def written():
    sf = connect()
    rows = people(2)
    for row in rows:
        upsert(sf, row)
    return sf, rows


def reads_what_it_needs():
    sf, rows = written()
    for row in rows:
        found = sf.Contact.get_by_custom_id("External_Id__c", row["External_Id__c"])
        log.info("Contact %s: %s", row["External_Id__c"], found["LastName"])


def logs_whole_rows():
    sf, rows = written()
    for row in rows:
        log.info("Contact %s: %s", row["External_Id__c"], dict(sf.Contact.get_by_custom_id("External_Id__c", row["External_Id__c"])))


def changed_until(sf, until):
    return sf.query_all_iter(f"SELECT {FIELDS} FROM Contact WHERE SystemModstamp <= {until}")


def takes_the_watermark_from_the_org():
    sf = connect()
    newest = sf.query("SELECT MAX(SystemModstamp) newest FROM Contact")["records"][0]["newest"]
    for record in changed_until(sf, newest.replace("+0000", "Z")):
        say(record)


def takes_the_watermark_from_its_own_clock():
    """Whatever the org has written until an hour ago by the date of its replies, it thinks."""
    sf = connect()
    now = sf.session.get(f"{sf.base_url}limits", headers=sf.headers).headers["Date"]
    stamp = datetime.strptime(now, "%a, %d %b %Y %H:%M:%S %Z").replace(tzinfo=UTC)
    sf.query("SELECT COUNT() FROM Contact")
    now = sf.session.get(f"{sf.base_url}limits", headers=sf.headers).headers["Date"]
    stamp = min(stamp, datetime.strptime(now, "%a, %d %b %Y %H:%M:%S %Z").replace(tzinfo=UTC))
    for record in changed_until(sf, stamp.strftime("%Y-%m-%dT%H:%M:%SZ")):
        say(record)
