"""Python programs under `sfchaos run`: the way to the org without proxy variables, other hosts, the time that they share with the org."""

import json
import os
import sys
import time

import pytest

ASK = '''
import os, sys
URL = os.environ["SF_INSTANCE_URL"] + "/services/data/v61.0/limits"
HOST = os.environ["SF_MY_DOMAIN"] + ".my.salesforce.com"
TOKEN = {"Authorization": "Bearer " + os.environ["SF_ACCESS_TOKEN"]}
'''
UNAWARE = {
    "http.client": '''
import http.client
line = http.client.HTTPSConnection(HOST, timeout=30)
line.request("GET", "/services/data/v61.0/limits", headers=TOKEN)
print(line.getresponse().status)
''',
    "urllib3": '''
import urllib3
print(urllib3.PoolManager().request("GET", URL, headers=TOKEN).status)
''',
    "aiohttp": '''
import aiohttp, asyncio
async def ask():
    async with aiohttp.ClientSession() as session, session.get(URL, headers=TOKEN) as reply:
        return reply.status
print(asyncio.run(ask()))
''',
    "clear HTTP": '''
import http.client
line = http.client.HTTPConnection(HOST, timeout=30)
line.request("GET", "/services/data", headers=TOKEN)
print(line.getresponse().status)
''',
}  # fmt: skip
WAITS = ASK + '''
import asyncio, datetime, multiprocessing, queue, subprocess, threading, time

def by_requests():
    import requests
    session, asked, wait_s = requests.Session(), 0, 1
    while True:
        asked += 1
        if session.get(URL, headers=TOKEN, timeout=30).status_code == 200:
            return asked
        time.sleep(wait_s)
        wait_s = min(2 * wait_s, 3600)

async def by_httpx():
    import httpx
    async with httpx.AsyncClient(timeout=30) as client:
        return await doubling(lambda: client.get(URL, headers=TOKEN), lambda reply: reply.status_code)

async def by_aiohttp():
    import aiohttp
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as client:
        return await doubling(lambda: client.get(URL, headers=TOKEN), lambda reply: reply.status)

async def doubling(ask, status_of):
    asked, wait_s = 0, 1
    while True:
        asked += 1
        if status_of(await ask()) == 200:
            return asked
        await asyncio.sleep(wait_s)
        wait_s = min(2 * wait_s, 3600)

def in_a_thread():
    found = queue.Queue()
    threading.Thread(target=lambda: found.put(by_requests())).start()
    return found.get(timeout=200_000)

def in_a_process():
    return int(subprocess.run([sys.executable, __file__, "requests"], capture_output=True, text=True, check=True).stdout.split()[0])

def in_a_fork():
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply_async(by_requests).get()

began = datetime.datetime.now()
asked = {"requests": by_requests, "httpx": lambda: asyncio.run(by_httpx()), "aiohttp": lambda: asyncio.run(by_aiohttp()), "thread": in_a_thread,
         "process": in_a_process, "fork": in_a_fork}[sys.argv[1]]()
print(asked, round((datetime.datetime.now() - began).total_seconds() / 3600, 1))
'''
A_DAY = "sfchaos_schedule: 1\nrules:\n  - {fault: limit.daily, on: '*/*', for: 24h}\n"
SILENCE = "sfchaos_schedule: 1\nrules:\n  - {fault: net.read_timeout.post, on: '*/*', times: 2}\n"


def waited_out(shell, how, *options):
    """What the program said in the faulted run, and the real seconds that both runs and their judging took."""
    shell.script("day.yaml", A_DAY)
    began = time.monotonic()
    done = shell("run", "--schedule", "day.yaml", *options, *shell.python(shell.script("waits.py", WAITS), how))
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout.splitlines()[-1], time.monotonic() - began


@pytest.mark.parametrize("client", UNAWARE)
def test_a_client_that_reads_no_proxy_variable_is_led_to_the_org(shell, client):
    done = shell("run", *shell.python(shell.script("ask.py", ASK + UNAWARE[client])))
    assert (done.stdout, done.stderr) == ("200\n", "")


@pytest.mark.parametrize(("way", "host"), [
    ('socket.create_connection(("telemetry.example", 443), 5)', "telemetry.example"),
    ('socket.create_connection(("192.0.2.7", 80), 5)', "192.0.2.7"),
    ('socket.socket().connect(("tracker.example", 80))', "tracker.example"),
    ('urllib.request.build_opener(urllib.request.ProxyHandler({})).open("http://metrics.example/")', "metrics.example"),
    ('asyncio.run(asyncio.open_connection("loop.example", 443))', "loop.example"),
])  # fmt: skip
def test_a_program_that_goes_around_the_proxy_is_stopped_and_told_on(shell, way, host):
    script = f"import asyncio, socket, urllib.request\ntry:\n    {way}\nexcept OSError as error:\n    print(error)\nelse:\n    print('it got out')"
    done = shell("run", *shell.python(shell.script("phone.py", script)))
    assert f"{host} is no Salesforce host and not allowed; add it to `hosts` in sfchaos.toml" in done.stdout
    assert f"refused: {host}" in done.stderr


def test_a_host_that_is_allowed_is_reached_around_the_proxy_too(shell):
    shell.script("sfchaos.toml", 'name = "x"\ncommand = ["true"]\nhosts = ["allowed.example"]\n')
    script = "import socket\ntry:\n    socket.create_connection(('allowed.example', 443), 5)\nexcept OSError as error:\n    print(error)"
    done = shell("run", *shell.python(shell.script("phone.py", script)))
    assert "not allowed" not in done.stdout
    assert "refused" not in done.stderr


@pytest.mark.parametrize("how", ["requests", "httpx", "aiohttp", "thread", "process", "fork"])
def test_a_day_passes_in_a_program_with_as_many_requests_as_arithmetic_predicts(shell, how):
    said, real_s = waited_out(shell, how)
    assert said == "36 24.1"
    assert real_s < 60


def test_in_real_time_a_program_waits_as_long_as_it_says(shell):
    began = time.monotonic()
    done = shell("run", "--real-time", "--scenario", "lost-write-reply", *shell.python(shell.script("slow.py", "import time\ntime.sleep(0.7)")))
    assert done.returncode == 3
    assert time.monotonic() - began > 2 * 0.7
    replay = shell("run", "--real-time", "--scenario", "lost-write-reply", "--seed", "7", *shell.python("blind.py"))
    assert " --real-time -- " in next(line for line in replay.stderr.splitlines() if "sfchaos replay" in line)


def test_a_reply_that_never_comes_costs_its_time_out_and_no_real_time(shell):
    shell.script("silence.yaml", SILENCE)
    script = ASK + """
import requests, time
began = time.time()
for _ in range(3):
    try:
        print(requests.get(URL, headers=TOKEN, timeout=30).status_code, end=" ")
    except requests.Timeout:
        print("late", end=" ")
print(round(time.time() - began))
"""
    began = time.monotonic()
    done = shell("run", "--schedule", "silence.yaml", *shell.python(shell.script("ask.py", script)))
    assert done.stdout.splitlines() == ["200 200 200 0", "late late 200 60"]
    assert time.monotonic() - began < 25


def test_a_program_that_waits_for_ever_hangs_when_a_week_has_passed(shell):
    began = time.monotonic()
    shell.script("day.yaml", A_DAY)
    script = "import os, time\nwhile True:\n    time.sleep(3600)"
    done = shell("run", "--schedule", "day.yaml", *shell.python(shell.script("waits.py", script)))
    assert "hung in the clean run" in done.stderr
    assert "still working after 7 virtual days" in done.stderr
    assert time.monotonic() - began < 30


def test_the_waits_of_a_program_are_in_the_journal(shell):
    waited_out(shell, "requests")
    lines = [json.loads(line) for line in (shell.folder / "evidence" / "run-0001" / "journal.jsonl").read_text().splitlines()]
    waits = [line["requested_ms"] for line in lines if line["kind"] == "wait" and line["primitive"] == "time.sleep"]
    assert waits[:4] == [1000, 2000, 4000, 8000]
    assert len(waits) == 35


def test_a_sitecustomize_of_the_programs_own_runs_too(shell):
    (shell.folder / "site").mkdir()
    shell.script("site/sitecustomize.py", "import os\nos.environ['OWN'] = 'yes'\n")
    shell.env["PYTHONPATH"] = str(shell.folder / "site")
    done = shell("run", *shell.python(shell.script("own.py", "import os\nprint(os.environ.get('OWN'))")))
    assert done.stdout == "yes\n"


def test_a_python_without_sfchaos_takes_part(shell):
    """Its own packages only, as a program's virtual environment has them."""
    script = "import http.client\n" + WAITS.replace("import requests\n    session,", "session,").replace("requests.Session()", "None").replace(
        "session.get(URL, headers=TOKEN, timeout=30).status_code", "status()") + "\n"
    script = script.replace("def by_requests", """
def status():
    line = http.client.HTTPSConnection(HOST, timeout=30)
    line.request("GET", "/services/data/v61.0/limits", headers=TOKEN)
    return line.getresponse().status

def by_requests""")
    shell.script("day.yaml", A_DAY)
    bare = os.path.realpath(sys.executable)
    shell.env["PYTHONNOUSERSITE"] = "1"
    name = shell.script("waits.py", script.replace("import asyncio,", "try:\n    import simple_salesforce\n    sys.exit('not bare')\nexcept ImportError:\n    pass\nimport asyncio,"))
    done = shell("run", "--schedule", "day.yaml", "--", bare, name, "requests")
    assert done.stdout.splitlines()[-1:] == ["36 24.1"], done.stderr


def test_the_report_says_what_could_be_held_and_what_could_not(shell):
    def limits(*words):
        shell("run", "--scenario", "lost-write-reply", "--", *words)
        found = sorted((shell.folder / "evidence").iterdir())[-1]
        return " ".join(json.loads((found / "evidence.json").read_text())["limits"])

    said = limits(sys.executable, "blind.py")
    assert "Processes that could not go around it: python 3." in said
    assert "cannot be held without root" in said
    assert "No process of the target was of a kind that could be kept" in limits("true")
