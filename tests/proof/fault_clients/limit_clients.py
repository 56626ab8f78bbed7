"""Clients at a wall: those that stop and say so, and those that do not look."""

import time

from clients import FIELDS, PAGES, Job, connect, connect_once, log, patiently, people, say, upsert


def stops_at_a_refusal():
    try:
        sf = connect_once()
        for row in people(6):
            upsert(sf, row)
            time.sleep(1)
    except Exception as error:
        log.error("stopped: %s", error)
        raise


def skips_what_is_refused():
    sf = connect_once()
    for row in people(6):
        try:
            upsert(sf, row)
        except Exception as error:
            log.info("skipped %s: %s", row["External_Id__c"], error)
        time.sleep(1)


def waits_and_goes_on():
    sf = connect_once()
    for row in people(6):
        for wait_s in (1, 2, 4, 8):
            try:
                upsert(sf, row)
                break
            except Exception as error:
                if "ConcurrentPerOrgLongTxn" not in str(error):
                    raise
                log.warning("Contact %s waits: %s", row["External_Id__c"], error)
                time.sleep(wait_s)


def logs_in_again_and_again():
    for _ in range(6):
        try:
            sf = connect_once()
            break
        except Exception as error:
            log.error("login: %s", error)
            time.sleep(1)
    else:
        return
    for row in people(3):
        upsert(sf, row)


def loads_and_looks():
    job = Job(connect(), people(20))
    try:
        job.start()
        state = job.finished()
    except Exception as error:
        log.error("no job: %s", error)
        raise
    if state["state"] != "JobComplete":
        log.error("job %s: %s", state["id"], state.get("errorMessage"))
        raise SystemExit(f"the job ended {state['state']}: {len(job.rows('unprocessedrecords'))} rows are left")


def loads_and_hopes():
    job = Job(connect(), people(20))
    try:
        job.start()
        job.finished()
    except Exception as error:
        log.info("the job will be done another time: %s", error)


def pages(sf, soql):
    page = patiently(lambda: sf.query(soql, headers=PAGES))
    while True:
        yield page["records"]
        if page["done"]:
            return
        page = sf.query_more(page["nextRecordsUrl"], identifier_is_url=True)


def reads_one_query_after_the_other():
    sf = connect()
    for order in ("ASC", "DESC"):
        for records in list(pages(sf, f"SELECT {FIELDS} FROM Contact ORDER BY Id {order}")):
            for record in records:
                if order == "ASC":
                    say(record)


def reads_two_at_once():
    sf = connect()
    up, down = (pages(sf, f"SELECT {FIELDS} FROM Contact ORDER BY Id {order}") for order in ("ASC", "DESC"))
    while True:
        try:
            records = next(up)
            next(down)
        except Exception:
            return
        for record in records:
            say(record)


def publishes_or_says_so():
    sf = connect()
    for n in range(4):
        try:
            sf.Order__e.create({"Order_Number__c": str(n)})
        except Exception as error:
            log.error("order %s could not be published: %s", n, error)
            raise


def publishes_and_forgets():
    sf = connect()
    for n in range(4):
        try:
            sf.Order__e.create({"Order_Number__c": str(n)})
        except Exception:
            log.info("next order")
