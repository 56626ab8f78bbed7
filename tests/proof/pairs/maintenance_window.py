from clients import connect, log, patiently, people, upsert

CAUGHT = ("SFC-RES-01", "attempts-exceeded")


def survives():
    sf = connect()
    for row in people(40):
        try:
            patiently(lambda row=row: upsert(sf, row), first_s=10)
        except Exception as error:
            log.error("stopped at Contact %s: %s", row["External_Id__c"], error)
            raise


def breaks():
    sf = connect()
    for row in people(40):
        try:
            patiently(lambda row=row: upsert(sf, row), attempts=10, growth=1)
        except Exception:
            log.debug("never mind")
