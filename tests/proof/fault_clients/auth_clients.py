"""Clients whose session or login is not what it was."""

import os
import time

import jwt
import requests
from clients import FIELDS, PAGES, Job, connect, connect_once, log, login, people, say, upsert


def reads_on():
    read(connect())


def reads_until_it_fails():
    read(connect_once())


def read(sf):
    page = sf.query(f"SELECT {FIELDS} FROM Contact", headers=PAGES)
    while True:
        for record in page["records"]:
            say(record)
        if page["done"]:
            return
        try:
            page = sf.query_more(page["nextRecordsUrl"], identifier_is_url=True)
        except Exception:
            return


def polls_with_a_new_session():
    job = Job(connect(), people(20))
    job.start()
    if job.send("GET", job.path).status_code == 401:
        job.sf = connect()
    job.finished()


def loads_by_the_library():
    """simple-salesforce's Bulk calls have no second login."""
    sf = connect()
    try:
        sf.bulk2.Contact.upsert(records=people(20), external_id_field="External_Id__c")
    except Exception:
        print("something went wrong, hopefully it is loaded")


class Refreshing:
    """A client that lives on a refresh token."""

    def __init__(self, keeps=True):
        self.keeps, self.refresh_token = keeps, os.environ["SF_REFRESH_TOKEN"]
        self.token, self.base = "", os.environ["SF_INSTANCE_URL"]

    def refresh(self):
        """True when a token was granted."""
        form = {"grant_type": "refresh_token", "client_id": os.environ["SF_CLIENT_ID"], "client_secret": os.environ["SF_CLIENT_SECRET"], "refresh_token": self.refresh_token}
        return self.take(requests.post(f"{os.environ['SF_LOGIN_URL']}/services/oauth2/token", data=form, timeout=30).json())

    def take(self, granted):
        self.token, self.base = granted.get("access_token", ""), granted.get("instance_url", self.base)
        if self.keeps:
            self.refresh_token = granted.get("refresh_token", self.refresh_token)
        if not self.token:
            log.error("login: %s", granted.get("error"))
        return bool(self.token)

    def upsert(self, row):
        fields = {name: value for name, value in row.items() if name != "External_Id__c"}
        url = f"{self.base}/services/data/v62.0/sobjects/Contact/External_Id__c/{row['External_Id__c']}"
        return requests.patch(url, json=fields, headers={"Authorization": f"Bearer {self.token}"}, timeout=30).status_code

    def send(self, rows):
        for row in rows:
            if self.upsert(row) == 401:
                self.refresh()
                self.upsert(row)


def refreshes_or_stops():
    client = Refreshing()
    if not client.refresh():
        raise SystemExit("no session: somebody must look")
    client.send(people(4))


def refreshes_for_ever():
    client = Refreshing()
    for _ in range(12):
        try:
            if client.refresh():
                break
        except requests.RequestException:
            print("again")
        time.sleep(1)
    client.send(people(4))


def has_another_grant():
    client = Refreshing()
    try:
        client.refresh()
    except requests.ConnectionError:
        log.warning("the reply to the refresh was lost: logging in by password")
        client.token = login()[0]
    client.send(people(4))


def keeps_the_new_token():
    client = Refreshing(keeps=True)
    client.refresh()
    client.send(people(5))


def keeps_the_old_token():
    client = Refreshing(keeps=False)
    client.refresh()
    client.send(people(5))


def stops_at_a_refusal():
    sf = connect_once()
    for row in people(4):
        try:
            upsert(sf, row)
        except Exception as error:
            log.error("upsert of Contact %s refused: %s", row["External_Id__c"], error)
            raise


def logs_in_at_every_refusal():
    for row in people(2):
        for _ in range(4):
            try:
                upsert(connect_once(), row)
                break
            except Exception as error:
                log.warning("upsert of Contact %s: %s; a new login may help", row["External_Id__c"], error)
                time.sleep(1)


def repeats_the_same():
    sf = connect_once()
    for row in people(2):
        for _ in range(4):
            try:
                upsert(sf, row)
                break
            except Exception as error:
                log.warning("upsert of Contact %s: %s", row["External_Id__c"], error)
                time.sleep(1)


def tries_the_password_again():
    for _ in range(6):
        try:
            sf = connect()
            break
        except Exception:
            time.sleep(1)
    else:
        return
    for row in people(4):
        upsert(sf, row)


def swallows_what_is_refused():
    sf = connect_once()
    for row in people(4):
        try:
            upsert(sf, row)
        except Exception:
            print("next")


def asserted():
    with open(os.environ["SF_PRIVATE_KEY"]) as file:
        key = file.read()
    claims = {"iss": os.environ["SF_CLIENT_ID"], "sub": os.environ["SF_USERNAME"], "aud": os.environ["SF_LOGIN_URL"], "exp": int(time.time()) + 180}
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": jwt.encode(claims, key, algorithm="RS256")}
    client = Refreshing()
    client.take(requests.post(f"{os.environ['SF_LOGIN_URL']}/services/oauth2/token", data=form, timeout=30).json())
    return client


def asserts_once():
    client = asserted()
    if not client.token:
        raise SystemExit("the assertion was refused: is the clock right?")
    client.send(people(4))


def asserts_for_ever():
    for _ in range(6):
        client = asserted()
        if client.token:
            client.send(people(4))
            return
        time.sleep(1)


def two_workers(leave):
    first, second = Refreshing(), Refreshing()
    for worker in (first, second):
        worker.refresh()
    first.send(people(2))
    if leave:
        requests.post(f"{os.environ['SF_LOGIN_URL']}/services/oauth2/revoke", data={"token": first.token}, timeout=30)
    for row in people(5)[2:]:
        second.upsert(row)


def two_workers_that_leave_quietly():
    two_workers(leave=False)


def two_workers_that_log_out():
    two_workers(leave=True)


def follows_the_instance():
    client = Refreshing()
    client.refresh()
    for row in people(5):
        if client.upsert(row) in (302, 401, 404, 420):
            client.refresh()
            client.upsert(row)


def stays_at_the_old_host():
    client = Refreshing()
    client.refresh()
    client.send(people(5))
