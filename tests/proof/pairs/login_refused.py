import time

from clients import connect, log, people, upsert

CAUGHT = ("SFC-AUTH-06", "credential-hammered")


def survives():
    try:
        sf = connect()
    except Exception as error:
        log.error("login refused: %s", error)
        raise
    for row in people(3):
        upsert(sf, row)


def breaks():
    for _ in range(6):
        try:
            sf = connect()
        except Exception:
            time.sleep(2)
        else:
            for row in people(3):
                upsert(sf, row)
            return
