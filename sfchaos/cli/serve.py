"""`sfchaos serve`: the org over HTTP until stopped."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sfchaos.cli.options import chosen_seed, configured, pubsub_option
from sfchaos.core.errors import UsageError
from sfchaos.core.hosts import is_loopback
from sfchaos.core.scratch import scratch

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.rig.rig import Rig


@click.command(help="Serve the org over HTTP (and as a CONNECT proxy for Salesforce hosts) until Ctrl-C.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on. Anything but loopback is announced loudly.")
@click.option("--port", default=8700, show_default=True, type=click.IntRange(0, 65535), help="0 picks a free one.")
@click.option("--env-file", metavar="FILE", help="Write KEY=VALUE lines here when ready.")
@click.option("--https", is_flag=True, help="Serve TLS with a fresh certificate authority.")
@click.option("--org-file", metavar="FILE", help="Keep the org in this SQLite file.")
@click.option("--schedule", metavar="FILE", help="Arm this schedule from the start.")
@click.option("--scenario", metavar="ID", help="Arm this scenario's rules from the start.")
@click.option("--seed", type=click.IntRange(0), metavar="N")
@click.option("--org", metavar="PATH", help="Org: a YAML file, Salesforce source, or a folder of describes.")
@click.option("--config", metavar="FILE")
@pubsub_option(7443)
def serve(host: str, port: int, env_file: str | None, https: bool, org_file: str | None, schedule: str | None, scenario: str | None, seed: int | None,
          org: str | None, config: str | None, pubsub: int | None) -> None:  # fmt: skip
    from sfchaos.core.clock import SystemClock
    from sfchaos.doors.pubsub import PubSubServer
    from sfchaos.doors.server import Server
    from sfchaos.doors.tls import Authority
    from sfchaos.scenario.control import Control

    number, _ = chosen_seed(seed)
    clock = SystemClock()
    served, rig = _furnished(number, clock, org_file, org, config, schedule, scenario)
    if not is_loopback(host):
        click.echo(f"warning: listening on {host}: everybody who reaches this machine reaches the org and its secrets", err=True)
    authority = Authority()
    with ExitStack() as stack:
        folder = stack.enter_context(scratch("serve"))
        grpc = None if pubsub is None else stack.enter_context(PubSubServer(rig.handle, clock=clock, host=host, port=pubsub, authority=authority if https else None))
        server = stack.enter_context(Server(
            rig.handle, clock=clock, host=host, port=port, authority=authority, proxy=True, https=https, on_egress=rig.note_egress, control=Control(rig, served),
            settle=rig.settle, next_due_s=rig.next_due_s, connecting=rig.connecting, services=grpc.services if grpc is not None else None,
        ))  # fmt: skip
        bundle = folder / "ca.pem"
        authority.write_bundle(bundle)
        key = _private_key(served, folder)
        trust = dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"), str(bundle)) if https else {}
        env = {**served.credentials.environment(http_url=server.url, key_path=str(key)), **trust, **(grpc.environment(bundle) if grpc is not None else {})}
        try:
            if env_file:
                _write_env(Path(env_file), env)
            also = f", Pub/Sub API at {grpc.address}" if grpc is not None else ""
            click.echo(f"serving {served.name} at {server.url}{also}  (seed {number}; Ctrl-C stops)")
            _until_stopped()
        finally:
            if env_file:
                Path(env_file).unlink(missing_ok=True)
    click.echo(f"stopped after {rig.requests} requests")


def _furnished(seed: int, clock: object, org_file: str | None, org: str | None, config: str | None, schedule: str | None,
               scenario: str | None) -> tuple[Org, Rig]:  # fmt: skip
    from sfchaos.cli.options import scenario_of_schedule
    from sfchaos.core.clock import SystemClock
    from sfchaos.faults.schedule import Schedule
    from sfchaos.org.org import Org
    from sfchaos.rig.rig import Rig
    from sfchaos.scenario.handlers import register_handlers
    from sfchaos.scenario.load import find_scenario
    from sfchaos.scenario.own_org import configured_org

    assert isinstance(clock, SystemClock)
    settings = configured(config, org, None)
    armed = scenario_of_schedule(schedule, settings.root).schedule if schedule else find_scenario(scenario, start=settings.root).schedule if scenario else Schedule(())
    served = Org(schema=configured_org(settings), clock=clock, seed=seed, store_path=Path(org_file) if org_file else None)
    register_handlers(served, settings.org.apexrest, settings.root)
    return served, Rig(served, schedule=armed, clock=clock, seed=seed, storms=False)


def _private_key(org: Org, folder: Path) -> Path:
    path = folder / "private_key.pem"
    path.touch(mode=0o600)
    path.write_text(org.credentials.private_key_pem())
    return path


def _write_env(path: Path, env: dict[str, str]) -> None:
    """Whole or not at all: whoever waits for the file must not read half of it. It holds secrets: mode 0600."""
    text = "".join(f"{name}={value}\n" for name, value in env.items())
    if not path.parent.is_dir():
        raise UsageError(f"--env-file {str(path)!r}: there is no folder {str(path.parent)!r}", remedy="make it first, or name another file")
    draft = path.with_name(path.name + ".part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def _until_stopped() -> None:
    stopped = threading.Event()
    held = {number: signal.signal(number, lambda *_: stopped.set()) for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))}
    try:
        while not stopped.wait(0.5):
            pass
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)
