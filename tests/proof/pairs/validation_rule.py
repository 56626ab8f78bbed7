from clients import connect, log, people, upsert

CAUGHT = ("SFC-RES-05", "repeated-unchanged")


def survives():
    sf = connect()
    for row in people(40):
        try:
            upsert(sf, row)
            log.info("upserted Contact", extra={"op": "upsert", "key": row["External_Id__c"]})
        except Exception as error:
            log.warning("Contact %s was refused: %s", row["External_Id__c"], error)


def breaks():
    sf = connect()
    for row in people(40):
        for _ in range(3):
            try:
                upsert(sf, row)
                break
            except Exception:
                print("once more")
