from clients import Job, connect, people

CAUGHT = ("SFC-AUTH-01", "operation-lost")


def survives():
    job = Job(connect(), people(20))
    job.start()
    if job.send("GET", job.path).status_code == 401:
        job.sf = connect()
    job.finished()


def breaks():
    """simple-salesforce's own way: its Bulk calls have no second login."""
    sf = connect()
    try:
        sf.bulk2.Contact.upsert(records=people(20), external_id_field="External_Id__c")
    except Exception:
        print("something went wrong, hopefully it is loaded")
