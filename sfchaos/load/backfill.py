"""The nightly backfill: rows upserted one by one and as Bulk API 2.0 jobs by several users at once, reconciled afterwards.

The work is bounded by its rows, not by time: when the last piece is done the test ends by itself (`-t` bounds it besides).
The exit code is the reconciliation's: 0 all rows are there once, 1 rows lost or duplicated, 3 not all of them could be sent.
Refused calls count as failures in the statistics and decide nothing: what matters is where the rows end up.
With --master or --processes, each worker plans, sends and reconciles rows of its own; the master ends with the worst exit code of all, or with
3 when it did not wait for them.
"""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import gevent
import requests
from gevent.event import Event
from locust import constant, events, task
from locust.runners import MasterRunner, WorkerRunner

from sfchaos.core.errors import SfchaosError, UnknownName
from sfchaos.core.messages import Request
from sfchaos.load.caller import Caller, GivenUp, Reply
from sfchaos.load.deliver import deliver
from sfchaos.load.guard import Budget, BudgetSpent
from sfchaos.load.ledger import Ledger, Piece, Reconciliation, held_by
from sfchaos.load.users import TIMEOUT_S, SalesforceUser, listen, stage_of

FIELDS = ("FirstName", "LastName", "Name", "Company", "Email", "Subject", "StageName", "CloseDate", "Status")  # what a plain sandbox has too
MESSAGE = "sfchaos-reconciled"  # from a worker to its master: an exit code
WORST = (1, 3, 0)


@dataclass
class Night:
    """One test: `environment.sfchaos_night`. `told` is set when the reconciliation is out."""

    ledger: Ledger
    looking: bool = False
    told: Event = field(default_factory=Event)


def _options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("sfchaos nightly backfill")
    group.add_argument("--rest-rows", type=int, default=100, metavar="N", help="rows upserted one by one (default 100)")
    group.add_argument("--bulk-jobs", type=int, default=1, metavar="N", help="Bulk API 2.0 jobs (default 1)")
    group.add_argument("--bulk-rows", type=int, default=200, metavar="N", help="rows of each job (default 200)")
    group.add_argument("--sobject", default="Contact", help="what the rows are (default Contact)")
    group.add_argument("--external-id", default="External_Id__c", metavar="FIELD", help="the field that rows are known by (default External_Id__c)")
    group.add_argument("--run-key", default="", metavar="TEXT", help="begins every key; by default the time of the start, so that each run has rows of its own")
    group.add_argument("--reconciliation", default="", metavar="FILE", help="write the reconciliation here, as JSON")


def _plan(environment: Any, **_: Any) -> None:
    if isinstance(environment.runner, MasterRunner):
        environment.sfchaos_workers = environment.runner.worker_count
        environment.process_exit_code = 3  # until every worker has told
        return
    options = environment.parsed_options
    worker = f"-w{environment.runner.worker_index}" if isinstance(environment.runner, WorkerRunner) else ""
    run_key = (options.run_key or time.strftime("bf%Y%m%d%H%M%S")) + worker
    rows = rows_of(options.sobject, options.external_id, options.rest_rows + options.bulk_jobs * options.bulk_rows, run_key, stage_of(environment).seed)
    environment.sfchaos_night = Night(Ledger(pieces_of(rows, options.rest_rows, options.bulk_rows), options.external_id))


def rows_of(sobject: str, key_field: str, n: int, run_key: str, seed: int) -> list[dict[str, object]]:
    """`n` synthetic rows (Faker behind `populate`), each with a key of its own. Raises UnknownName for an sObject nobody knows."""
    from sfchaos.org.schema.library import standard_schema
    from sfchaos.org.synthetic.populate import rows_for

    schema = standard_schema()
    found = schema.find(sobject)
    if found is None:
        raise UnknownName("sObject", sobject, [o.name for o in schema], remedy="--sobject is one of the standard org's objects")
    made = rows_for(found, n, seed)
    return [{key_field: f"{run_key}-{i:06d}", **{name: row[name] for name in FIELDS if row.get(name)}} for i, row in enumerate(made, 1)]


def pieces_of(rows: list[dict[str, object]], rest_rows: int, bulk_rows: int) -> Iterable[Piece]:
    """Jobs first, because they take longest; then the single rows."""
    single, bulk = rows[:rest_rows], rows[rest_rows:]
    for start in range(0, len(bulk), max(1, bulk_rows)):
        yield Piece(tuple(bulk[start : start + bulk_rows]), bulk=True)
    for row in single:
        yield Piece((row,))


class NightlyBackfill(SalesforceUser):
    """Takes the next piece of the night's work until none is left."""

    wait_time = constant(0)

    @task
    def next_piece(self) -> None:
        environment: Any = self.environment
        ledger = environment.sfchaos_night.ledger
        piece = ledger.take()
        if piece is None:
            self.stop_story("") if ledger.all_done else gevent.sleep(0.1)
            return
        try:
            deliver(self.caller, ledger, piece, environment.parsed_options.sobject, gevent.sleep)
        except (BudgetSpent, GivenUp, SfchaosError) as end:
            self.stop_story(str(end))
            gevent.sleep(60)  # until the stop arrives: take nothing more
        if ledger.finished():
            self.stop_story("")


def _reconcile(environment: Any, **_: Any) -> None:
    """When the test stops, and again when Locust quits: a time limit may quit while the first is still looking, and is made to wait for it."""
    night: Night | None = getattr(environment, "sfchaos_night", None)
    if night is None:
        return
    if night.looking:
        night.told.wait()
        return
    night.looking = True
    environment.process_exit_code = _reconciled(environment, night.ledger)
    if isinstance(environment.runner, WorkerRunner):
        environment.runner.send_message(MESSAGE, environment.process_exit_code)
    night.told.set()


def _reconciled(environment: Any, ledger: Ledger) -> int:
    """Compare, tell, and give the exit code."""
    stage, options = stage_of(environment), environment.parsed_options
    for why in dict.fromkeys(stage.stopped):
        print(f"stopped early: {why}")
    try:
        with requests.Session() as session:
            looker = Caller(stage.entry, plain_send(session), wait=time.sleep, budget=Budget(1.0), name="reconciliation", seed=stage.seed)
            told = ledger.reconciled(held_by(looker, options.sobject, ledger.key_field, ledger.planned))
    except (GivenUp, BudgetSpent, SfchaosError) as error:
        print(f"reconciliation: not possible, {error}", flush=True)
        return 3
    _tell(told, options.reconciliation)
    return told.exit_code


def _tell(told: Reconciliation, path: str) -> None:
    for line in told.lines():
        print(line, flush=True)
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(told.as_tree(), file, indent=1)


def plain_send(session: requests.Session) -> Any:
    """Calls outside the statistics, for looking afterwards."""

    def send(request: Request, _: str) -> Reply:
        try:
            response = session.request(request.method, request.url, data=request.body or None, headers=dict(request.headers), timeout=TIMEOUT_S)
        except requests.RequestException:
            return Reply(0)
        return Reply(response.status_code, response.content, response.headers)

    return send


def _hear(environment: Any, msg: Any, **_: Any) -> None:
    """In the master: a worker has reconciled. The worst code counts, 1 before 3 before 0; one that was not waited for leaves a 3."""
    codes = [*getattr(environment, "sfchaos_heard", []), msg.data]
    environment.sfchaos_heard = codes
    missing = [] if len(codes) >= environment.sfchaos_workers else [3]
    environment.process_exit_code = min([*codes, *missing], key=WORST.index)


def _check(environment: Any, **_: Any) -> None:
    """A wrong --sobject ends the process before anything is sent."""
    if isinstance(environment.runner, MasterRunner):
        environment.runner.register_message(MESSAGE, _hear)
    try:
        rows_of(environment.parsed_options.sobject, environment.parsed_options.external_id, 0, "", 0)
    except SfchaosError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


listen(events.init_command_line_parser, _options)
listen(events.init, _check)
listen(events.test_start, _plan)
listen(events.test_stop, _reconcile)
listen(events.quitting, _reconcile)
