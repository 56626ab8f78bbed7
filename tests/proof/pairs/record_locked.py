from clients import connect, patiently, people, upsert

CAUGHT = ("SFC-INT-01", "row-lost")


def survives():
    sf = connect()
    for row in people(8):
        patiently(lambda row=row: upsert(sf, row))


def breaks():
    sf = connect()
    for row in people(8):
        try:
            upsert(sf, row)
        except Exception:
            print("on to the next")
