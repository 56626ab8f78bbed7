import time
from email.utils import parsedate_to_datetime

from clients import connect, people

CAUGHT = ("SFC-RES-04", "retry-after-ignored")


def survives():
    send_all(wait_s)


def breaks():
    send_all(lambda reply: 1)


def send_all(pause_s):
    sf = connect()
    for row in people(9):
        key = row.pop("External_Id__c")
        for _ in range(5):
            reply = sf.session.patch(f"{sf.base_url}sobjects/Contact/External_Id__c/{key}", json=row, headers=sf.headers)
            if reply.ok:
                break
            time.sleep(pause_s(reply))


def wait_s(reply):
    text = reply.headers.get("Retry-After", "")
    if text.isdigit():
        return int(text)
    try:
        return max(1, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return 2
