from sfchaos.faults.schedule import Schedule
from sfchaos.scenario.check import checked, unreachable
from sfchaos.scenario.config import load_config
from sfchaos.scenario.load import Scenario
from sfchaos.scenario.session import Session, carry

LOST = {"fault": "net.response_lost", "on": "row.create/Account"}
UPSERTS = """
    def main():
        for name in ('A', 'B', 'C'):
            for _ in range(3):
                try:
                    if send('PATCH', f'sobjects/Account/External_Id__c/{name}', Name=name).ok:
                        break
                except requests.ConnectionError:
                    pass
                time.sleep(1)
"""
CREATES = """
    def main():
        for name in ('A', 'B', 'C'):
            try:
                send(Name=name)
            except requests.ConnectionError:
                send(Name=name)
"""


def verdicts(run):
    return {j.objective: (j.verdict, j.reason) for j in run.judgements}


def test_the_clean_twin_is_played_once_and_is_the_yardstick(target, scenario):
    session = target(CREATES)
    first = session.play(scenario(LOST))
    second = session.play(scenario({**LOST, "on": "row.create/Account#3~1"}))
    assert [(run.id, run.clean) for run in session.runs] == [("r1", True), ("r2", False), ("r3", False)]
    assert (first.outcome, second.outcome) == ("duplicate", "duplicate")
    assert len(first.history.expected) == len(first.history.after) - 1


def test_a_target_that_fails_without_faults_is_not_judged(target, scenario):
    session = target("def main(): sys.exit(2)")
    run = session.play(scenario(LOST))
    assert set(verdicts(run).values()) == {("inconclusive", "clean-run-failed")}
    assert (run.outcome, run.requests, run.unfired, run.replay) == ("not-run", 0, ("r1",), "")
    assert checked(target("def main(): sys.exit(2)"), [scenario(LOST)], named=True).exit_code == 3


def test_a_fault_that_never_fires_proves_nothing(target, scenario):
    run = target(UPSERTS).play(scenario(LOST))
    assert run.unfired == ("r1",)
    assert verdicts(run)["SFC-INT-02"] == ("inconclusive", "stimulus-absent")


def test_passing_without_a_stimulus_is_not_held_against_a_target_that_was_to_be_loud(target, scenario):
    session, unmet = target(UPSERTS), scenario(LOST, outcomes=("loud_ok",))
    run = session.play(unmet)
    assert (run.outcome, run.fired, run.unexpected) == ("pass", (), False)
    assert checked(target(UPSERTS), [unmet], named=True).exit_code == 3
    assert session.play(scenario({**LOST, "on": "row.upsert/*"}, outcomes=("loud_ok",))).unexpected, "once it fired, quiet is wrong"


def test_a_scenario_of_a_pack_that_cannot_be_met_is_listed_and_a_named_one_is_played(target, scenario):
    met, unmet = scenario({**LOST, "on": "row.upsert/*"}), scenario(LOST)
    record = checked(target(UPSERTS), [met, unmet], named=False)
    assert record.blocks["scope"]["not_run"] == [{"scenario": "s", "why": "the target makes no row.create request of that kind"}]
    assert (len(record.runs), record.exit_code) == (2, 0)
    assert checked(target(UPSERTS), [unmet], named=True).exit_code == 3


def test_a_rule_for_every_point_can_always_be_met(target, scenario):
    session = target(UPSERTS)
    twin = session.twin(scenario())
    assert unreachable(scenario({"fault": "http.503", "on": "*/*"}), twin.history) == ""
    assert unreachable(scenario({"fault": "bulk.stuck", "on": "bulk2.close/*"}), twin.history) == "the target makes no bulk2.close request of that kind"


def test_a_job_that_stops_loudly_and_converges_ends_loud_and_one_that_does_not_is_a_dirty_crash(target, scenario):
    revoked = {"fault": "auth.expired", "before": "row.*/*#2~1"}
    stops = "def main():\n    for name in ('A', 'B', 'C'):\n        send('PATCH', f'sobjects/Account/External_Id__c/{name}', Name=name).raise_for_status()\n"
    assert target(stops).play(scenario(revoked)).outcome == "loud_ok"
    twice = "def main():\n    for name in ('A', 'B', 'C'):\n        send(Name=name).raise_for_status()\n"
    assert target(twice).play(scenario(revoked)).outcome == "dirty_crash"


def test_reruns_start_on_the_state_that_the_run_before_left(target, scenario):
    session = target("""
        def main():
            if os.path.exists('done'):
                return {'second': 'yes'}
            send(Name='a')
            open('done', 'w').close()
    """)
    run = session.play(scenario({**LOST, "on": "row.create/*#9~1"}, reruns=1))
    assert run.history.ending.summary == {"second": "yes"}
    assert run.requests == 1


def test_every_run_starts_from_the_same_files_and_leaves_them_so(target, scenario, tmp_path):
    session = target("""
        def main():
            with open('count', 'a') as file:
                file.write('x')
            send(Name='a')
            with open('count') as file:
                return {'length': len(file.read())}
    """)
    (tmp_path / "count").write_text("abc")
    runs = [session.twin(scenario()), session.play(scenario({"fault": "http.503", "on": "row.create/*"}))]
    assert [run.history.ending.summary for run in runs] == [{"length": "4"}, {"length": "4"}]
    assert (tmp_path / "count").read_text() == "abc"


def test_a_job_left_behind_comes_to_its_end_before_the_state_is_judged(target, scenario):
    session = target("""
        def main():
            job = send(path='jobs/ingest', object='Account', operation='insert', contentType='CSV', lineEnding='LF').json()['id']
            where = os.environ['SF_INSTANCE_URL'] + f'/services/data/v62.0/jobs/ingest/{job}'
            auth = {'Authorization': 'Bearer ' + os.environ['SF_ACCESS_TOKEN']}
            requests.put(where + '/batches', data='Name\\nA\\nB\\n', headers={**auth, 'Content-Type': 'text/csv'})
            requests.patch(where, json={'state': 'UploadComplete'}, headers=auth)
    """)
    twin = session.twin(scenario())
    assert len(twin.history.after) == len(twin.history.before) + 2
    stuck = session.play(scenario({"fault": "bulk.stuck", "on": "bulk2.close/*", "with": {"hold": "2h"}}))
    assert (stuck.outcome, len(stuck.history.after)) == ("pass", len(twin.history.after))
    never = session.play(scenario({"fault": "bulk.stuck", "on": "bulk2.close/*", "with": {"hold": "forever"}}))
    assert (never.outcome, len(never.history.after)) == ("silent", len(twin.history.before))


READ = """
[[flow]]
id = "back"
direction = "from-salesforce"
sobject = "Account"
external_id = "External_Id__c"
operations = ["query"]
fields = {Name = "name", External_Id__c = "key"}
[org]
populate = {Account = 3}
"""


def test_rows_said_on_stdout_are_the_sink_of_a_flow_that_declares_none(target, scenario):
    code = """
        def main():
            for record in send('GET', 'query?q=SELECT+Name,External_Id__c+FROM+Account').json()['records'][LEFT:]:
                print(json.dumps({'row': {'key': record['External_Id__c'], 'name': record['Name']}}))
    """
    held = {"fault": "http.503", "on": "query.first/*#9"}
    assert target(code.replace("LEFT", "0"), READ).play(scenario(held)).outcome == "pass"
    assert target(code.replace("LEFT", "1"), READ).play(scenario(held)).outcome == "silent"


def test_the_same_seed_gives_the_same_journal_and_another_seed_another(target, scenario):
    def journal(seed):
        session = target(UPSERTS, seed=seed)
        session.play(scenario({"fault": "http.503", "on": "row.*/*", "p": 0.5}))
        return session.journal.data()

    assert journal(7) == journal(7)
    assert journal(7) != journal(8)


def test_a_schedule_s_journal_holds_no_secret_and_no_path_of_this_machine(target, scenario, tmp_path):
    session = target(UPSERTS)
    session.play(scenario({"fault": "http.503", "on": "row.*/*"}))
    data = session.journal.data().decode()
    assert str(tmp_path) not in data
    assert all(secret not in data for book in session.books for secret in book.values())


def test_carrying_a_target_judges_nothing(target):
    ending, remark = carry(target("def main(): return 4"))
    assert (ending.exit, ending.how, remark) == (4, "failed", "")
    session = target("def main(): pass")
    ending, remark = carry(session)
    assert (ending.exit, ending.how) == (0, "ok")
    assert remark.startswith("no request reached the org")
    assert session.runs == []


def test_rows_said_in_the_clean_run_and_not_under_faults_are_lost(tmp_path):
    """A sink that nobody declared is what the target says; saying nothing is no way around the judge."""
    (tmp_path / "reader.py").write_text(
        "import json, os, requests\n"
        "def read():\n"
        "    url = os.environ['SF_INSTANCE_URL'] + '/services/data/v62.0/query'\n"
        "    reply = requests.get(url, params={'q': 'SELECT Id, LastName, External_Id__c FROM Contact'}, headers={'Authorization': 'Bearer ' + os.environ['SF_ACCESS_TOKEN']})\n"
        "    for row in reply.json().get('records', []) if reply.ok else []:\n"
        "        print(json.dumps({'row': {'key': row['External_Id__c'], 'surname': row['LastName']}}))\n"
    )
    (tmp_path / "sfchaos.toml").write_text(
        'name = "reader"\ntarget = "reader:read"\n[[flow]]\nid = "contacts"\ndirection = "from-salesforce"\nsobject = "Contact"\nexternal_id = "External_Id__c"\n'
        'operations = ["query"]\nfields = {LastName = "surname", External_Id__c = "key"}\n[org]\npopulate = {Contact = 5}\n'
    )
    session = Session(load_config(tmp_path / "sfchaos.toml"), 7)
    rules = [{"fault": "http.503", "on": "query.first/*"}]
    scenario = Scenario("silent", "", "", "", Schedule.from_tree({"sfchaos_schedule": 1, "rules": rules}), expect={"SFC-INT-01": "pass"})
    run = session.play(scenario)
    assert [(j.verdict, j.reason) for j in run.judgements if j.objective == "SFC-INT-01"] == [("fail", "row-lost")]
    assert run.outcome == "silent"
