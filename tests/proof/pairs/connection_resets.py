from clients import connect, log, patiently, people, upsert

CAUGHT = ("SFC-INT-01", "row-lost")


def survives():
    sf = patiently(connect)
    for row in people(40):
        patiently(lambda row=row: upsert(sf, row))
        log.info("upserted Contact", extra={"op": "upsert", "key": row["External_Id__c"]})


def breaks():
    sf = patiently(connect)
    for row in people(40):
        try:
            upsert(sf, row)
        except OSError:
            log.info("skipped")
