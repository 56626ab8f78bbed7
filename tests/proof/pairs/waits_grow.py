from clients import connect, patiently, people, upsert

CAUGHT = ("SFC-RES-02", "gaps-constant")


def survives():
    sf = patiently(connect)
    for row in people(5):
        patiently(lambda row=row: upsert(sf, row))


def breaks():
    sf = patiently(connect, growth=1)
    for row in people(5):
        patiently(lambda row=row: upsert(sf, row), growth=1)
