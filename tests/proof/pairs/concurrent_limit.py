from clients import connect, patiently, people, upsert
from simple_salesforce.exceptions import SalesforceRefusedRequest

CAUGHT = ("SFC-INT-01", "row-lost")


def survives():
    sf = connect()
    for row in people(15):
        patiently(lambda row=row: upsert(sf, row))


def breaks():
    sf = connect()
    for row in people(15):
        try:
            upsert(sf, row)
        except SalesforceRefusedRequest:
            continue
