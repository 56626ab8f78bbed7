"""Records that are gone, and queries that do not come as expected."""

import time

from clients import FIELDS, PAGES, connect, create, log, people, say, upsert


def made():
    sf = connect()
    return sf, [(create(sf, row)["id"], row) for row in people(4)]


def says_what_is_gone():
    sf, records = made()
    for record_id, row in records:
        try:
            sf.Contact.update(record_id, {"Phone": "555 0000"})
        except Exception as error:
            log.error("Contact %s (%s) is gone: %s", row["External_Id__c"], record_id, error)


def inserts_it_again():
    """Whatever cannot be updated must be new, it thinks; and the record that comes of it has another key."""
    sf, records = made()
    for record_id, _row in records:
        try:
            sf.Contact.update(record_id, {"Phone": "555 0000"})
        except Exception:
            sf.Contact.create({"LastName": "Unknown", "Phone": "555 0000"})


def reads_patiently():
    sf = connect()
    page = sf.query(f"SELECT {FIELDS} FROM Contact", headers=PAGES)
    while True:
        for record in page["records"]:
            say(record)
        if page["done"]:
            return
        address = page["nextRecordsUrl"]
        for wait_s in (1, 5, 0):
            try:
                page = sf.query_more(address, identifier_is_url=True, headers=PAGES)
                break
            except Exception as error:
                if not wait_s:
                    raise
                log.warning("page %s: %s", address, error)
                time.sleep(wait_s)


def reads_until_something_happens():
    sf = connect()
    page = sf.query(f"SELECT {FIELDS} FROM Contact", headers=PAGES)
    while True:
        for record in page["records"]:
            say(record)
        if page["done"]:
            return
        try:
            page = sf.query_more(page["nextRecordsUrl"], identifier_is_url=True, headers=PAGES)
        except Exception:
            return


def waits_for_the_total():
    """All or nothing: as long as rows are missing, nothing is passed on."""
    sf = connect()
    for _ in range(2):
        page = sf.query(f"SELECT {FIELDS} FROM Contact", headers=PAGES)
        records, total = list(page["records"]), page["totalSize"]
        while not page["done"]:
            page = sf.query_more(page["nextRecordsUrl"], identifier_is_url=True, headers=PAGES)
            records += page["records"]
        if len(records) >= total:
            for record in records:
                say(record)
        return


def reads_until_a_page_is_short():
    sf = connect()
    page = sf.query(f"SELECT {FIELDS} FROM Contact", headers=PAGES)
    while True:
        for record in page["records"]:
            say(record)
        if len(page["records"]) < 200:
            return
        page = sf.query_more(page["nextRecordsUrl"], identifier_is_url=True, headers=PAGES)


def pages_by_id():
    time.sleep(60)  # rows that are saved now are newer than all others
    sf, after = connect(), ""
    while True:
        where = f"WHERE Id > '{after}' " if after else ""
        records = sf.query(f"SELECT {FIELDS} FROM Contact {where}ORDER BY Id LIMIT 200")["records"]
        for record in records:
            say(record)
        if len(records) < 200:
            return
        after = records[-1]["Id"]


def pages_by_offset():
    time.sleep(60)
    sf = connect()
    for offset in (0, 200, 400):
        for record in sf.query(f"SELECT {FIELDS} FROM Contact ORDER BY SystemModstamp, Id LIMIT 200 OFFSET {offset}")["records"]:
            say(record)


def upserts_once_more():
    sf = connect()
    for row in people(5):
        try:
            upsert(sf, row)
        except Exception as error:
            if "DUPLICATE_VALUE" not in str(error):
                raise
            log.warning("Contact %s: %s; once more", row["External_Id__c"], error)
            upsert(sf, row)


def creates_what_cannot_be_upserted():
    sf = connect()
    for row in people(5):
        try:
            upsert(sf, row)
        except Exception as error:
            log.warning("Contact %s: %s; as a new record then", row["External_Id__c"], error)
            create(sf, row)


def takes_three_hundred_for_success():
    sf = connect()
    for row in people(5):
        fields = {name: value for name, value in row.items() if name != "External_Id__c"}
        url = f"{sf.base_url}sobjects/Contact/External_Id__c/{row['External_Id__c']}"
        reply = sf.session.patch(url, json=fields, headers=sf.headers)
        if reply.status_code >= 400:
            raise SystemExit(reply.text)
