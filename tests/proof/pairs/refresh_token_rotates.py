import os

import requests
from clients import people

CAUGHT = ("SFC-INT-01", "row-lost")


class Refreshing:
    """A client that lives on a refresh token. `keeps` says whether it stores the new one that a refresh brings."""

    def __init__(self, keeps):
        self.keeps, self.refresh_token = keeps, os.environ["SF_REFRESH_TOKEN"]
        self.refresh()

    def refresh(self):
        reply = requests.post(f"{os.environ['SF_LOGIN_URL']}/services/oauth2/token", data={
            "grant_type": "refresh_token", "client_id": os.environ["SF_CLIENT_ID"], "client_secret": os.environ["SF_CLIENT_SECRET"],
            "refresh_token": self.refresh_token})  # fmt: skip
        granted = reply.json()
        self.token, self.base = granted.get("access_token", ""), os.environ["SF_INSTANCE_URL"]
        if self.keeps:
            self.refresh_token = granted.get("refresh_token", self.refresh_token)

    def upsert(self, row):
        fields = {name: value for name, value in row.items() if name != "External_Id__c"}
        url = f"{self.base}/services/data/v62.0/sobjects/Contact/External_Id__c/{row['External_Id__c']}"
        return requests.patch(url, json=fields, headers={"Authorization": f"Bearer {self.token}"}).status_code


def survives():
    send(Refreshing(keeps=True))


def breaks():
    send(Refreshing(keeps=False))


def send(client):
    for row in people(5):
        if client.upsert(row) == 401:
            client.refresh()
            client.upsert(row)
