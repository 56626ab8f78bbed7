from clients import FIELDS, PAGES, connect, say

CONFIG = "reading.toml"
CAUGHT = ("SFC-INT-01", "row-lost")


def survives():
    sf, last = connect(), ""
    while True:
        where = f" WHERE Id > '{last}'" if last else ""
        page = sf.query(f"SELECT {FIELDS} FROM Contact{where} ORDER BY Id", headers=PAGES)
        try:
            while True:
                for record in page["records"]:
                    say(record)
                    last = record["Id"]
                if page["done"]:
                    return
                page = sf.query_more(page["nextRecordsUrl"], identifier_is_url=True)
        except Exception as error:
            if "INVALID_QUERY_LOCATOR" not in str(error):
                raise


def breaks():
    sf = connect()
    page = sf.query(f"SELECT {FIELDS} FROM Contact", headers=PAGES)
    while page:
        for record in page["records"]:
            say(record)
        try:
            page = None if page["done"] else sf.query_more(page["nextRecordsUrl"], identifier_is_url=True)
        except Exception:
            return
