"""Locust's users of a Salesforce org: they log in, name their calls by operation, and mark as failed what the org refused.

Loading this module adds the options of every story to Locust's command line, and the guard to its start: a host that may be
production ends the process with code 2 before a request is sent.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gevent
from locust import HttpUser, events

from sfchaos.core.errors import SfchaosError
from sfchaos.core.messages import Request
from sfchaos.load.caller import Caller, Reply, failure_of
from sfchaos.load.guard import Budget
from sfchaos.load.settings import Entry, entry_of, read_env_file

TIMEOUT_S = (10.0, 120.0)  # connect, read


@dataclass
class Stage:
    """What the users of one process share: `environment.sfchaos`."""

    entry: Entry
    budget: Budget
    seed: int = 0
    users: int = 0
    stopped: list[str] = field(default_factory=list)  # why the story ended early
    stopping: bool = False


def listen(event: Any, listener: Callable[..., None]) -> None:
    """Locust keeps listeners for as long as the process lives."""
    event.add_listener(listener)


def _options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("sfchaos", "Which org, and how far")
    group.add_argument("--env-file", metavar="FILE", help="NAME=value lines, as `sfchaos serve --env-file` writes them; else the environment")
    group.add_argument("--budget-share", type=float, default=0.5, metavar="P", help="stop when the org has used this share of its daily calls (default 0.5)")
    group.add_argument("--load-seed", type=int, default=0, metavar="N", help="decides rows and jitter (default 0)")


def _enter(environment: Any, **_: Any) -> None:
    """Find the org, or end the process: SystemExit passes through Locust's event, any other error would only be logged.

    A master sends its host to the workers, so it looks as they do.
    """
    options = environment.parsed_options
    try:
        env = read_env_file(Path(options.env_file)) if options and options.env_file else None
        entry = entry_of(environment.host, env)
        budget = Budget(options.budget_share if options else 0.5)
    except SfchaosError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    environment.host = entry.origin
    environment.sfchaos = Stage(entry, budget, options.load_seed if options else 0)


listen(events.init_command_line_parser, _options)
listen(events.init, _enter)


def stage_of(environment: Any) -> Stage:
    stage: Stage = environment.sfchaos
    return stage


class SalesforceUser(HttpUser):
    """Base of stories. `self.caller.call(method, path, body)` logs in when needed, repeats what passes, and counts in the statistics.

    A call raises GivenUp when it is refused for good, BudgetSpent at the first refusal for a limit and at the end of the budget:
    then `self.stop_story(why)` ends the whole test.
    """

    abstract = True

    def on_start(self) -> None:
        stage = stage_of(self.environment)
        stage.users += 1
        self.caller = Caller(stage.entry, self._send, wait=gevent.sleep, budget=stage.budget, name=f"user {stage.users}", seed=stage.seed)

    def _send(self, request: Request, name: str) -> Reply:
        with self.client.request(request.method, request.url, data=request.body or None, headers=dict(request.headers), name=name, catch_response=True,
                                 timeout=TIMEOUT_S, allow_redirects=False) as response:  # fmt: skip
            reply = Reply(response.status_code or 0, response.content or b"", response.headers or {})
            why = failure_of(reply)
            if why:
                response.failure(why)
            else:
                response.success()
        return reply

    def stop_story(self, why: str) -> None:
        """End the test, once; in a greenlet of its own, because stopping kills the users, this one too. `why` is "" for a story that is done."""
        stage = stage_of(self.environment)
        if why:
            stage.stopped.append(why)
        if not stage.stopping and self.environment.runner is not None:
            stage.stopping = True
            gevent.spawn(self.environment.runner.quit)
