"""Clients that send many rows in one request: those that look at every item, and those that look at the whole."""

import time

import requests
from clients import PASSING_CODES, log, patiently, people
from http_clients import Raw

CONTACT = "/services/data/v62.0/sobjects/Contact"


def upserting(row):
    fields = {name: value for name, value in row.items() if name != "External_Id__c"}
    return {"method": "PATCH", "url": f"{CONTACT}/External_Id__c/{row['External_Id__c']}", "referenceId": reference(row), "body": fields}


def creating(row):
    fields = {name: value for name, value in row.items() if name != "External_Id__c"}
    return {"method": "POST", "url": CONTACT, "referenceId": reference(row), "body": {**fields, "Legacy_Id__c": row["External_Id__c"]}}


def reference(row):
    return row["External_Id__c"].replace("-", "")


def composed(raw, parts, **envelope):
    reply = raw.send("POST", "composite", json={"compositeRequest": parts, **envelope})
    reply.raise_for_status()
    return reply.json()["compositeResponse"]


def failed(items):
    return {item["referenceId"]: item["body"][0]["errorCode"] for item in items if item["httpStatusCode"] >= 400}


def looks_at_every_item():
    raw, parts = Raw(), [upserting(row) for row in people(10)]
    for attempt in range(5):
        codes = failed(composed(raw, parts))
        if not codes:
            return
        log.warning("refused: %s", codes)
        if not all(code in PASSING_CODES for code in codes.values()):
            raise RuntimeError(f"rows refused for good: {codes}")
        parts = [part for part in parts if part["referenceId"] in codes]
        time.sleep(5 * 2**attempt)
    raise RuntimeError(f"rows left: {codes}")


def looks_at_the_outer_status():
    composed(Raw(), [upserting(row) for row in people(10)])


def sends_all_of_it_again():
    raw = Raw()
    for attempt in range(5):
        codes = failed(composed(raw, [upserting(row) for row in people(10)], allOrNone=True))
        if not codes:
            return
        log.warning("rolled back: %s", codes)
        time.sleep(5 * 2**attempt)
    raise RuntimeError("rolled back again and again")


def sends_the_cause_again():
    """As if the others had been done."""
    raw, parts = Raw(), [upserting(row) for row in people(10)]
    while parts:
        codes = failed(composed(raw, parts, allOrNone=True))
        parts = [part for part in parts if codes.get(part["referenceId"], "PROCESSING_HALTED") != "PROCESSING_HALTED"]
        time.sleep(10)


def calls_by_reference():
    raw, rows = Raw(), people(6)
    ids = {item["referenceId"]: item["body"]["id"] for item in composed(raw, [creating(row) for row in rows])}
    numbers(raw, [(ids[reference(row)], row) for row in rows])


def calls_by_position():
    raw, rows = Raw(), people(6)
    ids = [item["body"]["id"] for item in composed(raw, [creating(row) for row in rows])]
    numbers(raw, zip(ids, rows, strict=True))


def numbers(raw, pairs):
    for record, row in pairs:
        raw.send("PATCH", f"sobjects/Contact/{record}", json={"MobilePhone": row["Phone"]}).raise_for_status()


def upserts_composed():
    raw = Raw()
    patiently(lambda: composed(raw, [upserting(row) for row in people(10)]))


def creates_composed():
    raw = Raw()
    patiently(lambda: composed(raw, [creating(row) for row in people(10)]))


def waits_and_sends_the_rest():
    raw, parts = Raw(), [creating(row) for row in people(10)]
    for _ in range(5):
        codes = failed(composed(raw, parts))
        if not codes:
            return
        if any(code != "REQUEST_LIMIT_EXCEEDED" for code in codes.values()):
            raise RuntimeError(f"refused: {codes}")
        parts = [part for part in parts if part["referenceId"] in codes]
        log.warning("the quota is spent; %s rows wait", len(parts))
        time.sleep(1800)
    raise requests.RequestException("the quota does not come back")


def waits_and_sends_everything():
    raw, parts = Raw(), [creating(row) for row in people(10)]
    while failed(composed(raw, parts)):
        time.sleep(1800)
