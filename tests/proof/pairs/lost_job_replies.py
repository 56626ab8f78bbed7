import requests
from clients import Job, connect, people

CAUGHT = ("SFC-INT-06", "duplicate-after-lost-reply")


def survives():
    """After a lost reply it looks at the job, and goes on with that job."""
    job = Job(connect(), people(20))
    try:
        job.create()
    except requests.ConnectionError:
        job.create()  # the other job stays open and empty
    try:
        job.upload()
    except requests.ConnectionError:
        job.upload()  # 400 when the job has its data
    try:
        job.close()
    except requests.ConnectionError:
        if job.state()["state"] == "Open":
            job.close()
    job.finished()


def breaks():
    """After a lost reply it starts all over."""
    sf = connect()
    for _ in range(5):
        job = Job(sf, people(20), "insert")
        try:
            job.start()
        except requests.ConnectionError:
            continue
        job.finished()
        return
