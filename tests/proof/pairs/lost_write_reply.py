from clients import connect, create, patiently, people, upsert

CAUGHT = ("SFC-INT-06", "duplicate-after-lost-reply")


def survives():
    sf = connect()
    for row in people(4):
        patiently(lambda row=row: upsert(sf, row))


def breaks():
    sf = connect()
    for row in people(4):
        patiently(lambda row=row: create(sf, row))
