import time

from clients import connect, connect_once, log, people, upsert

CAUGHT = ("SFC-AUTH-06", "credential-hammered")


def survives():
    sf = connect()
    for row in people(12):
        try:
            upsert(sf, row)
        except Exception as error:
            log.error("stopped at Contact %s: %s", row["External_Id__c"], error)
            raise


def breaks():
    sf = connect_once()
    for row in people(12):
        for _ in range(4):
            try:
                upsert(sf, row)
                break
            except Exception:
                try:
                    sf = connect_once()
                except Exception:
                    time.sleep(1)
