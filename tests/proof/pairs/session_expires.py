import time

from clients import connect, connect_once, people, upsert

CAUGHT = ("SFC-AUTH-03", "rejected-token-reused")


def survives():
    sf = connect()
    for row in people(8):
        upsert(sf, row)


def breaks():
    sf = connect_once()
    for row in people(8):
        for _ in range(3):
            try:
                upsert(sf, row)
                break
            except Exception:
                time.sleep(1)
