from clients import Job, connect, people

CAUGHT = ("SFC-INT-05", "unprocessed-not-fetched")


def survives():
    sf, rows = connect(), people(60)
    while rows:
        job = Job(sf, rows)
        job.start()
        job.finished()
        left = {row["External_Id__c"] for row in (*job.rows("unprocessedrecords"), *job.rows("failedResults"))}
        rows = [row for row in rows if row["External_Id__c"] in left]


def breaks():
    """A job that failed is sent again as a whole."""
    sf = connect()
    for _ in range(3):
        job = Job(sf, people(60), "insert")
        job.start()
        if job.finished()["state"] == "JobComplete":
            return
