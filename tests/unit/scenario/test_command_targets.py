import json
import os
import sys
import time
from pathlib import Path

import pytest

from sfchaos.core.errors import TargetError

PYTHON = f'["{sys.executable}", "job.py"]'


def ending(session, scenario):
    return session.twin(scenario()).history.ending


def test_a_program_reaches_the_org_through_the_proxy_and_its_words_are_heard(target, scenario):
    session = target("""
        if __name__ == '__main__':
            print(json.dumps({'summary': {'status': send(Name='a').status_code}}))
            print('ERROR: something', file=sys.stderr)
    """, command=PYTHON)  # fmt: skip
    run = session.twin(scenario())
    assert (run.history.ending.how, dict(run.history.ending.summary), run.requests, run.route) == ("ok", {"status": "201"}, 1, "tunnel")
    assert ("ERROR", "stderr", "ERROR: something") in [(r.level, r.source, r.text) for r in run.history.logs]
    assert len(run.history.after) == len(run.history.before) + 1


@pytest.mark.parametrize(("code", "exit_code", "how"), [("sys.exit(5)", 5, "failed"), ("os.kill(os.getpid(), 9)", 137, "killed"), ("pass", 0, "ok")])
def test_how_a_program_ends(target, scenario, code, exit_code, how):
    found = ending(target(code, command=PYTHON), scenario)
    assert (found.exit, found.how) == (exit_code, how)


def test_a_program_that_is_not_there_is_the_user_s_mistake(target, scenario):
    with pytest.raises(TargetError, match=r"'no-such-program' cannot be started"):
        ending(target("", command='["no-such-program"]'), scenario)


def test_a_program_that_outlives_its_time_is_ended_with_its_children(target, scenario, tmp_path):
    session = target("""
        import subprocess
        child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
        open('child.pid', 'w').write(str(child.pid))
        print(json.dumps({'summary': {'child': child.pid}}), flush=True)
        time.sleep(600)
    """, "timeout_s = 3\nreal_time = true", command=PYTHON)  # fmt: skip
    began = time.monotonic()
    found = ending(session, scenario)
    assert (found.how, found.exit) == ("timeout", 1)
    assert time.monotonic() - began < 30
    assert not _runs(int(found.summary["child"]))


def test_a_program_that_never_calls_is_remarked_on(target, scenario):
    assert "no request reached the org" in target("pass", command=PYTHON).twin(scenario()).remark


def test_a_fault_meets_a_program_and_its_replay_line_is_complete(target, scenario):
    session = target("""
        for _ in range(2):
            try:
                send(Name='a')
                break
            except requests.ConnectionError:
                pass
    """, command=PYTHON)  # fmt: skip
    session.replay_tail = " -- python job.py"
    run = session.play(scenario({"fault": "net.response_lost", "on": "row.create/Account"}))
    assert run.outcome == "duplicate"
    assert run.replay.startswith("sfchaos replay sfx1.")
    assert run.replay.endswith(" -- python job.py")


def test_what_was_inherited_stays_but_other_proxies_do_not(target, scenario, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:1")
    monkeypatch.setenv("MY_OWN", "kept")
    session = target("""
        names = ('ALL_PROXY', 'MY_OWN', 'NO_PROXY', 'NODE_USE_ENV_PROXY', 'SF_DISABLE_TELEMETRY')
        print(json.dumps({'summary': {name: os.environ.get(name, '') for name in names}}))
    """, command=PYTHON)  # fmt: skip
    found = ending(session, scenario).summary
    assert json.loads(json.dumps(dict(found))) == {"ALL_PROXY": "", "MY_OWN": "kept", "NO_PROXY": "127.0.0.1,localhost", "NODE_USE_ENV_PROXY": "1", "SF_DISABLE_TELEMETRY": "true"}


def _runs(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return " Z " not in Path(f"/proc/{pid}/stat").read_text() if Path(f"/proc/{pid}/stat").exists() else True
