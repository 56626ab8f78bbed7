import time

from clients import Job, connect, log, people

CAUGHT = ("SFC-INT-05", "failed-results-not-fetched")


def survives():
    sf, rows = connect(), people(60)
    for _ in range(3):
        job = Job(sf, rows)
        job.start()
        job.finished()
        failed = {row["External_Id__c"]: row["sf__Error"] for row in job.rows("failedResults")}
        for key, error in failed.items():
            log.warning("Contact %s was refused: %s", key, error)
        rows = [row for row in rows if failed.get(row["External_Id__c"], "").startswith("UNABLE_TO_LOCK_ROW")]
        if not rows:
            return
        time.sleep(30)


def breaks():
    job = Job(connect(), people(60))
    job.start()
    if job.finished()["state"] == "JobComplete":
        print("all loaded")
