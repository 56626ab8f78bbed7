import requests
from clients import connect, patiently, people, upsert

CAUGHT = ("SFC-INT-01", "row-lost")


class Timed(requests.Session):
    def request(self, *args, **kwargs):
        return super().request(*args, **{"timeout": 30, **kwargs})


def survives():
    sf = connect()
    sf.session = Timed()
    for row in people(6):
        patiently(lambda row=row: upsert(sf, row))


def breaks():
    """It waits for ever, then takes the row for sent."""
    sf = connect()
    for row in people(6):
        try:
            upsert(sf, row)
        except requests.ConnectionError:
            continue
