from clients import FIELDS, connect, log, say

CONFIG = "reading.toml"
CAUGHT = ("SFC-INT-03", "row-corrupted")


def survives():
    """Names what it needs, so that a missing field is an error."""
    try:
        records = connect().query_all(f"SELECT {FIELDS} FROM Contact")["records"]
    except Exception as error:
        log.error("Contact cannot be read: %s", error)
        raise
    for record in records:
        say(record)


def breaks():
    """Takes what it gets, and writes nothing where something was."""
    sf = connect()
    for found in sf.query_all("SELECT Id FROM Contact")["records"]:
        record = sf.Contact.get(found["Id"])
        say({name: record.get(name) for name in ("External_Id__c", "LastName", "Phone")})
