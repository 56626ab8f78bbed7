from clients import connect, log, patiently, people, upsert

CAUGHT = ("SFC-RES-01", "attempts-exceeded")


def survives():
    sf, failed = connect(), 0
    for row in people(6):
        try:
            patiently(lambda row=row: upsert(sf, row))
        except Exception as error:
            failed += 1
            log.error("gave up on Contact %s: %s", row["External_Id__c"], error)
    return failed


def breaks():
    sf = connect()
    for row in people(6):
        try:
            patiently(lambda row=row: upsert(sf, row), attempts=8)
        except Exception:
            log.debug("never mind")
