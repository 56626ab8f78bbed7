from clients import connect, log, people, upsert
from simple_salesforce.exceptions import SalesforceRefusedRequest

CAUGHT = ("SFC-RES-01", "gave-up-silently")


def survives():
    sf = connect()
    for row in people(25):
        try:
            upsert(sf, row)
        except SalesforceRefusedRequest as error:
            log.error("the allowance is spent, stopped at Contact %s: %s", row["External_Id__c"], error)
            raise


def breaks():
    sf = connect()
    for row in people(25):
        try:
            upsert(sf, row)
        except SalesforceRefusedRequest:
            continue
