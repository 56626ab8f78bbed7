"""Readers of values that may be wrong."""

import hashlib
import json

from clients import FIELDS, connect, log, say
from simple_salesforce import SalesforceError


def read(sf):
    records = list(sf.query_all_iter(f"SELECT {FIELDS} FROM Contact ORDER BY Id"))
    return records, hashlib.sha256(json.dumps([dict(record, attributes=None) for record in records]).encode()).hexdigest()


def looks_twice():
    """What two readings do not agree on is not passed on."""
    sf = connect()
    before, seen = None, set()
    for _ in range(4):
        records, checksum = read(sf)
        if checksum in seen:
            break
        if seen:
            log.warning("two readings of Contact differ: %s, %s", before, checksum)
        seen.add(checksum)
        before = checksum
    for record in records:
        say(record)


def passes_on_what_it_gets():
    for record in read(connect())[0]:
        say(record)


def pass_on_each(change):
    for record in read(connect())[0]:
        say(change({"External_Id__c": record["External_Id__c"], "LastName": record["LastName"], "Phone": record["Phone"]}))


def writes_latin():
    def latin(record):
        return {name: value and value.encode("latin-1", "replace").decode("latin-1") for name, value in record.items()}

    pass_on_each(latin)


def splits_at_commas():
    """A file of its own making in between: no quotes, a line a row."""
    def through_a_file(record):
        key, surname, phone = ",".join([record["External_Id__c"], record["LastName"], record["Phone"] or ""]).splitlines()[0].split(",")[:3]
        return {"External_Id__c": key, "LastName": surname, "Phone": phone}

    pass_on_each(through_a_file)


def reads_numbers():
    def as_number(text):
        try:
            return f"{float(text):g}"
        except (TypeError, ValueError):
            return text

    pass_on_each(lambda record: {**record, "Phone": as_number(record["Phone"])})


def cuts_to_its_column():
    pass_on_each(lambda record: {**record, "LastName": record["LastName"][:40]})


def writes_none():
    pass_on_each(lambda record: {**record, "Phone": str(record["Phone"])})


def asks_by_pasted_text():
    """Looks every person up again by name, and goes on when that fails."""
    sf = connect()
    for record in read(sf)[0]:
        try:
            found = sf.query(f"SELECT {FIELDS} FROM Contact WHERE LastName = '{record['LastName']}' AND Id = '{record['Id']}'")["records"]
        except SalesforceError:
            continue
        for row in found:
            say(row)


def birthdays(as_text):
    for record in connect().query_all("SELECT Birthdate, External_Id__c FROM Contact")["records"]:
        print(json.dumps({"row": {"key": record["External_Id__c"], "born": record["Birthdate"] and as_text(record["Birthdate"])}}))


def passes_dates_on():
    birthdays(lambda born: born)


def writes_two_digit_years():
    birthdays(lambda born: f"{'19' if born[2:4] > '30' else '20'}{born[2:]}")
