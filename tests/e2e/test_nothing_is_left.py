"""However sfchaos ends, nothing of a run is left: no folder, no key, no process. After a kill that nobody can catch, the next start clears away."""

import signal
import subprocess
import time

import pytest

WAITING = """
import os, sys, time
open("begun", "w").close()
time.sleep(600)
"""


def begun(shell, *options):
    child = shell.start("run", "--real-time", *options, *shell.python(shell.script("wait.py", WAITING), f"mark-of-{shell.folder}"))
    ends_at = time.monotonic() + 30
    while not (shell.folder / "begun").exists() and time.monotonic() < ends_at:
        time.sleep(0.02)
    assert shell.left_over() != []
    return child


@pytest.mark.parametrize("options", [(), ("--scenario", "lost-write-reply")], ids=["carried", "judged"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_stopped_leaves_nothing(shell, gone, number, options):
    child = begun(shell, *options)
    child.send_signal(number)
    child.wait(20)
    assert child.returncode == 128 + number
    assert shell.left_over() == []
    assert gone(f"mark-of-{shell.folder}")


def test_what_a_killed_run_leaves_is_cleared_away_by_the_next(shell):
    child = begun(shell, "--scenario", "lost-write-reply")
    child.kill()
    child.wait(20)
    subprocess.run(["pkill", "-f", f"mark-of-{shell.folder}"], check=False)
    assert [name.split("-")[3] for name in shell.left_over()] != []
    shell("run", *shell.python(shell.script("nothing.py", "")))
    assert shell.left_over() == []


def test_a_crash_of_ours_leaves_nothing(shell):
    """A module of ours that fails in the midst: the program's folder is put back, its key is gone."""
    shell.env["PYTHONPATH"] = str(shell.folder / "broken")
    (shell.folder / "broken").mkdir()
    shell.script("broken/sitecustomize.py", "import sys\nif sys.argv[:1] == ['-c']:\n    import sfchaos.scenario.command_target as m\n    def fail(*a): raise RuntimeError('crash')\n    m._waited_for = fail\n")
    done = shell("run", "--scenario", "lost-write-reply", *shell.python(shell.script("make.py", "open('made', 'w').close()")))
    assert "RuntimeError: crash" in done.stderr
    assert "sfchaos itself failed" in done.stderr
    assert done.returncode == 2
    assert not (shell.folder / "made").exists()
    assert shell.left_over() == []
