"""Writers that meet a bad line, and readers of a slow one."""

import json
import time

import requests
from clients import FIELDS, connect, create, log, patiently, people, say, upsert


class Timed(requests.Session):
    def request(self, *args, **kwargs):
        return super().request(*args, **{"timeout": (5, 30), **kwargs})


def timed():
    sf = connect()
    sf.session = Timed()
    return sf


def upserts_patiently():
    sf = timed()
    for row in people(6):
        patiently(lambda row=row: upsert(sf, row))


def creates_until_it_works():
    sf = timed()
    for row in people(6):
        patiently(lambda row=row: create(sf, row))


def creates_once():
    sf = timed()
    for row in people(6):
        create(sf, row)


def skips_what_fails():
    sf = timed()
    for row in people(6):
        try:
            upsert(sf, row)
        except OSError:
            log.info("skipped")


def pauses_and_upserts():
    sf = timed()
    for row in people(3):
        patiently(lambda row=row: upsert(sf, row))
        time.sleep(120)


def pauses_and_skips():
    sf = timed()
    for row in people(3):
        try:
            upsert(sf, row)
        except OSError:
            log.info("skipped")
        time.sleep(120)


def reads_to_a_deadline():
    """Two minutes for the whole reply, not only for each byte."""
    sf = timed()
    reply = sf.session.get(f"{sf.base_url}query", params={"q": f"SELECT {FIELDS} FROM Contact"}, headers=sf.headers, stream=True)
    deadline_s, body = time.monotonic() + 120, b""
    for piece in reply.iter_content(256):
        body += piece
        if time.monotonic() > deadline_s:
            raise TimeoutError("the reply takes more than two minutes")
    for record in json.loads(body)["records"]:
        say(record)


def reads_for_hours():
    for record in timed().query(f"SELECT {FIELDS} FROM Contact")["records"]:
        say(record)
