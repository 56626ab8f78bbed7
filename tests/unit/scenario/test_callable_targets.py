import os
import random
import sys
import time
from pathlib import Path

import pytest

from sfchaos.core.errors import TargetError


def ending(session, scenario):
    return session.twin(scenario()).history.ending


def test_a_mapping_is_the_summary_and_success(target, scenario):
    found = ending(target("def main(): return {'rows': 3}"), scenario)
    assert (found.exit, found.how, dict(found.summary)) == (0, "ok", {"rows": "3"})


@pytest.mark.parametrize(("body", "exit_code", "how", "detail"), [
    ("return 3", 3, "failed", "returned 3"),
    ("return True", 0, "ok", ""),
    ("sys.exit(0)", 0, "ok", ""),
    ("sys.exit(4)", 4, "failed", ""),
    ("sys.exit('no rows')", 1, "failed", "no rows"),
    ("raise ValueError('bad')", 1, "exception", "ValueError: bad"),
])  # fmt: skip
def test_how_a_target_ends(target, scenario, body, exit_code, how, detail):
    found = ending(target(f"def main(): {body}"), scenario)
    assert (found.exit, found.how, found.detail) == (exit_code, how, detail)


def test_a_coroutine_is_awaited(target, scenario):
    found = ending(target("async def main(): return {'done': send(Name='a').status_code}"), scenario)
    assert found.summary == {"done": "201"}


def test_rows_and_a_summary_on_stdout_are_heard_and_shown_nowhere(target, scenario, capsys):
    session = target("""
        def main():
            print('{"summary": {"sent": 2}}')
            print('{"not json')
    """)
    assert ending(session, scenario).summary == {"sent": "2"}
    assert capsys.readouterr().out == ""


def test_the_environment_and_the_folder_are_the_target_s_own_while_it_runs(target, scenario, tmp_path):
    session = target("""
        def main():
            with open(os.environ['SF_PRIVATE_KEY']) as file:
                key = file.read()
            return {'user': os.environ['CRM_USER'], 'here': os.getcwd(), 'key': key[:27], 'place': os.environ['SF_PRIVATE_KEY']}
    """, 'env = {CRM_USER = "$SF_USERNAME"}')  # fmt: skip
    here, path, environment = Path.cwd(), list(sys.path), dict(os.environ)
    found = ending(session, scenario).summary
    assert (found["user"], found["here"], found["key"]) == ("sync@acme.example", str(tmp_path), "-----BEGIN PRIVATE KEY-----")
    assert not Path(found["place"]).exists()
    assert (Path.cwd(), sys.path, dict(os.environ)) == (here, path, environment)
    assert "job" not in sys.modules


def test_state_of_a_module_does_not_outlive_a_run(target, scenario):
    session = target("""
        seen = []
        def main():
            seen.append(1)
            return {'seen': len(seen)}
    """)
    session.twin(scenario())
    assert session.play(scenario({"fault": "http.503", "on": "row.*/*"})).history.ending.summary == {"seen": "1"}


def test_chance_comes_from_the_seed_and_the_caller_s_own_is_kept(target, scenario):
    random.seed(99)
    expected = random.Random(99).random()
    first = ending(target("import random\ndef main(): return {'luck': random.random()}"), scenario).summary
    assert first == ending(target("import random\ndef main(): return {'luck': random.random()}"), scenario).summary
    assert first != ending(target("import random\ndef main(): return {'luck': random.random()}", seed=8), scenario).summary
    assert random.random() == expected


@pytest.mark.parametrize(("place", "code", "words"), [
    ("jbo:main", "def main(): pass", ["no module named 'jbo'", "did you mean 'job'?"]),
    ("job:mian", "def main(): pass", ["has no function 'mian'", "did you mean 'main'?"]),
    ("job:main", "import not_installed_anywhere", ["cannot be imported", "not_installed_anywhere"]),
    ("job:main", "raise RuntimeError('at import')", ["cannot be imported", "at import"]),
    ("job:main", "sys.exit(3)", ["cannot be imported", "SystemExit"]),
])  # fmt: skip
def test_a_target_that_cannot_be_called_is_the_user_s_mistake(target, scenario, place, code, words):
    with pytest.raises(TargetError) as caught:
        ending(target(code, place=place), scenario)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert caught.value.remedy


def test_a_target_that_neither_ends_nor_calls_is_stopped(target, scenario):
    began = time.perf_counter()
    found = ending(target("def main():\n    while True: pass", "timeout_s = 0.3"), scenario)
    assert (found.exit, found.how) == (1, "hang")
    assert time.perf_counter() - began < 10


def test_no_bare_except_keeps_a_target_going_for_ever(target, scenario):
    found = ending(target("""
        def main():
            while True:
                try:
                    send(Name='a')
                    time.sleep(86400)
                except Exception:
                    pass
    """), scenario)  # fmt: skip
    assert (found.how, found.detail) == ("hang", "still working after 7 virtual days")


def test_a_storm_is_cut_short_and_said(target, scenario):
    session = target("""
        def main():
            while not send(Name='a').ok:
                time.sleep(1)
    """)
    run = session.play(scenario({"fault": "http.503", "on": "row.*/*", "times": "always"}))
    assert (run.outcome, run.history.ending.how) == ("storm", "storm")
    assert run.requests < 60


def test_a_day_of_waiting_costs_no_time(target, scenario):
    session = target("def main():\n    time.sleep(86400)\n    return {'at': send(Name='a').status_code}")
    began = time.perf_counter()
    run = session.twin(scenario())
    assert run.virtual_ms == 86_400_050
    assert time.perf_counter() - began < 5
