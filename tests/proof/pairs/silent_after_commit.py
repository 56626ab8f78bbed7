import requests
from clients import connect, create, patiently, people, upsert

CAUGHT = ("SFC-INT-06", "duplicate-after-lost-reply")


class Timed(requests.Session):
    def request(self, *args, **kwargs):
        return super().request(*args, **{"timeout": 30, **kwargs})


def survives():
    sf = connect()
    sf.session = Timed()
    for row in people(5):
        patiently(lambda row=row: upsert(sf, row))


def breaks():
    sf = connect()
    sf.session = Timed()
    for row in people(5):
        patiently(lambda row=row: create(sf, row))
