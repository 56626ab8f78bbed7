from clients import FIELDS, PAGES, connect, connect_once, say

CONFIG = "reading.toml"
CAUGHT = ("SFC-AUTH-01", "operation-lost")


def survives():
    read(connect())


def breaks():
    read(connect_once())


def read(sf):
    page = sf.query(f"SELECT {FIELDS} FROM Contact", headers=PAGES)
    while True:
        for record in page["records"]:
            say(record)
        if page["done"]:
            return
        try:
            page = sf.query_more(page["nextRecordsUrl"], identifier_is_url=True)
        except Exception:
            return
