import time

from clients import Job, connect, people

CAUGHT = ("SFC-INT-02", "row-duplicated")


def survives():
    job, pause_s = Job(connect(), people(20)), 5.0
    job.start()
    while job.state()["state"] not in ("JobComplete", "Failed", "Aborted"):
        time.sleep(pause_s)
        pause_s = min(120, pause_s * 1.5)


def breaks():
    """Ten minutes are enough; then another job must do."""
    sf = connect()
    for _ in range(3):
        job, ends_at = Job(sf, people(20), "insert"), time.monotonic() + 600
        job.start()
        while time.monotonic() < ends_at:
            if job.state()["state"] == "JobComplete":
                return
            time.sleep(10)
