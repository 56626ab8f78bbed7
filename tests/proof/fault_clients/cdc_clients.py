"""Mirrors of contacts that live on change events. Whoever changes the contacts stands in the same program: each gets a new name and number, then another number."""

import os

import requests
from clients import FIELDS, connect, log, say

TOPIC = "/data/ContactChangeEvent"
NAMES = {"LastName", "Phone", "External_Id__c"}  # of these a change event brings Phone and the key; the surname is within its Name


class Refused(Exception):
    """A Bayeux message that was not successful."""


class Mirror:
    """`last` is the replay id that it got to, `rows` what it holds by record id, `marks` how new that is."""

    def __init__(self):
        self.sf = connect()
        self.session = requests.Session()
        self.client_id, self.last, self.rows, self.marks, self.number = "", -1, {}, {}, 0

    def send(self, **message):
        self.number += 1
        known = {"clientId": self.client_id} if self.client_id else {}
        reply = self.session.post(f"{os.environ['SF_INSTANCE_URL']}/cometd/62.0", json=[{**known, "id": str(self.number), **message}],
                                  headers={"Authorization": f"Bearer {self.sf.session_id}"}, timeout=120)  # fmt: skip
        messages = reply.json()
        error = next((each["error"] for each in messages if each.get("error")), "")
        if error:
            raise Refused(error)
        return messages

    def listen(self):
        self.client_id = ""
        self.client_id = self.send(channel="/meta/handshake", version="1.0", supportedConnectionTypes=["long-polling"], ext={"replay": True})[0]["clientId"]
        self.send(channel="/meta/subscribe", subscription=TOPIC, ext={"replay": {TOPIC: self.last}})
        self.send(channel="/meta/connect", connectionType="long-polling")

    def poll(self):
        return [message["data"] for message in self.send(channel="/meta/connect", connectionType="long-polling") if "data" in message]

    def take(self, event):
        """A change as it comes; fields that did not change are not in it."""
        fields = {name: value for name, value in event["payload"].items() if name in NAMES}
        for record in event["payload"]["ChangeEventHeader"]["recordIds"]:
            self.row(record).update(fields)
        self.last = event["event"]["replayId"]

    def row(self, record):
        """What a record holds besides what events tell of it."""
        if record not in self.rows:
            self.read_again([record])
        return self.rows[record]

    def take_in_order(self, event):
        header = event["payload"]["ChangeEventHeader"]
        mark = (header["commitNumber"], header["sequenceNumber"])
        for record in header["recordIds"]:
            fields = {name: value for name, value in event["payload"].items() if name in NAMES}
            marks = self.marks.setdefault(record, {})
            for name, value in fields.items():
                if mark > marks.get(name, (0, 0)):
                    self.row(record)[name] = value
                    marks[name] = mark
        self.last = max(self.last, event["event"]["replayId"])

    def read_again(self, records=()):
        """By query: these records, or all."""
        for row in self.sf.query_all(f"SELECT {FIELDS} FROM Contact")["records"]:
            if not records or row["Id"] in records:
                self.rows[row["Id"]] = {name: row[name] for name in NAMES}

    def tell(self):
        for row in self.rows.values():
            say(row)


def changes(sf, turn="1"):
    rows = sf.query_all("SELECT Id FROM Contact")["records"]
    for number, row in enumerate(rows):
        sf.Contact.update(row["Id"], {"LastName": f"Newname {number}", "Phone": f"555 {turn}0{number}"})
    for number, row in enumerate(rows):
        sf.Contact.update(row["Id"], {"Phone": f"555 {turn}1{number}"})


def begin():
    mirror = Mirror()
    mirror.listen()
    changes(connect())
    return mirror


def mirrors_with_care():
    """Comes back from whatever ends its stream; what it cannot learn from events it reads."""
    mirror = begin()
    for _ in range(4):
        try:
            for event in mirror.poll():
                header = event["payload"]["ChangeEventHeader"]
                if header["changeType"].startswith("GAP_"):
                    mirror.read_again(() if header["changeType"] == "GAP_OVERFLOW" else header["recordIds"])
                    mirror.last = event["event"]["replayId"]
                else:
                    mirror.take_in_order(event)
        except Refused as refused:
            log.warning("the stream ended: %s", refused)
            if str(refused).startswith("401"):
                mirror.sf = connect()
            back(mirror)
        except requests.ConnectionError:
            log.warning("the line dropped")
    mirror.tell()


def back(mirror):
    try:
        mirror.listen()
        if mirror.last < 0:  # it has no event to go on from
            mirror.read_again()
    except Refused as refused:
        log.warning("cannot go on from %s: %s", mirror.last, refused)
        mirror.last = -1
        mirror.listen()
        mirror.read_again()


def mirrors_until_something_happens():
    """Takes the end of its stream for the end of the changes."""
    mirror = begin()
    for _ in range(4):
        try:
            for event in mirror.poll():
                mirror.take_in_order(event)
        except (Refused, requests.ConnectionError):
            log.info("no more events")
            break
    mirror.tell()


def mirrors_as_it_comes():
    """The last that comes is the newest, it thinks."""
    mirror = begin()
    for _ in range(4):
        for event in mirror.poll():
            mirror.take(event)
    mirror.tell()


def counts_every_event():
    """Marks people whose number changes often, by counting events: twice is usual here."""
    mirror = begin()
    times = {}
    for _ in range(4):
        for event in mirror.poll():
            mirror.take_in_order(event)
            if "Phone" in event["payload"]:
                for record in event["payload"]["ChangeEventHeader"]["recordIds"]:
                    times[record] = times.get(record, 0) + 1
    for record, row in mirror.rows.items():
        say({**row, "LastName": row["LastName"] + " (moves often)" * (times.get(record, 0) > 2)})


def resumes(careful):
    """Away for a while, and back with the last id that it saw."""
    mirror = begin()
    for event in mirror.poll():
        mirror.take_in_order(event)
    changes(connect(), "2")
    if careful:
        back(mirror)
    else:
        try:
            mirror.listen()
        except Refused:
            mirror.last = -1
            mirror.listen()
    for _ in range(2):
        for event in mirror.poll():
            mirror.take_in_order(event)
    mirror.tell()


def resumes_and_reads():
    resumes(True)


def resumes_from_now():
    resumes(False)
