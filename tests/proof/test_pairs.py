"""Every shipped scenario with its proof: a small client that survives it, and one that is caught, for the stated reason."""

import ast
from pathlib import Path

import pytest

from sfchaos.scenario.config import load_config, with_target
from sfchaos.scenario.load import library
from sfchaos.scenario.session import Session

PAIRS = Path(__file__).parent / "pairs"
SEED = 7


def module_of(scenario_id):
    return scenario_id.replace("-", "_")


def constants_of(scenario_id):
    """CAUGHT and CONFIG of a pair, read without importing it (its imports belong to the run)."""
    tree = ast.parse((PAIRS / f"{module_of(scenario_id)}.py").read_text())
    return {node.targets[0].id: ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id in ("CAUGHT", "CONFIG")}


def played(scenario_id, client):
    config = load_config(PAIRS / constants_of(scenario_id).get("CONFIG", "sfchaos.toml"))
    session = Session(with_target(config, target=f"{module_of(scenario_id)}:{client}"), SEED)
    twin = session.twin(library()[scenario_id])
    assert not twin.history.ending.loud, f"{client} fails without faults: {twin.history.ending.detail}"
    return session.play(library()[scenario_id])


def verdicts(run):
    return {j.objective: (j.verdict, j.reason, j.detail) for j in run.judgements}


def faults_of(rules):
    return {rule.info.id for rule in rules} | {name for rule in rules for name in faults_of(rule.then)}


def faults_met(run):
    """Ids of the faults that the journal says this client met."""
    return {name for line in run.history.lines for name in line.get("faults", ())}


@pytest.mark.parametrize("scenario_id", sorted(library()))
def test_a_sound_client_survives(scenario_id):
    run = played(scenario_id, "survives")
    scenario = library()[scenario_id]
    assert not run.unfired
    assert faults_met(run) == faults_of(scenario.schedule.rules)
    assert {name: verdicts(run)[name][0] for name in scenario.expect} == dict(scenario.expect), verdicts(run)
    assert run.outcome in scenario.outcomes, run.history.ending


@pytest.mark.parametrize("scenario_id", sorted(library()))
def test_an_unsound_client_is_caught_for_the_stated_reason(scenario_id):
    run = played(scenario_id, "breaks")
    assert faults_of(library()[scenario_id].schedule.rules[:1]) & faults_met(run), "caught by something else than the fault"
    objective, reason = constants_of(scenario_id)["CAUGHT"]
    assert verdicts(run)[objective][:2] == ("fail", reason), verdicts(run)
    assert run.unexpected or objective not in ("SFC-INT-01", "SFC-INT-02", "SFC-INT-03", "SFC-INT-06"), run.outcome


def test_every_pair_belongs_to_a_scenario_that_expects_what_it_proves():
    pairs = {path.stem for path in PAIRS.glob("*.py")} - {"clients"}
    assert pairs == {module_of(scenario_id) for scenario_id in library()}
    for scenario_id, scenario in library().items():
        assert constants_of(scenario_id)["CAUGHT"][0] in scenario.expect, scenario_id


def test_every_judged_objective_is_expected_by_a_scenario():
    from sfchaos.controls.judges import JUDGED
    from sfchaos.scenario.session import EXAMINED, GENERAL

    expected = {name for scenario in library().values() for name in scenario.expect}
    assert expected | {*GENERAL, *EXAMINED} == {*JUDGED}


def test_every_scenario_says_why_and_whence():
    for scenario in library().values():
        assert scenario.title
        assert scenario.why.endswith(".")
        assert scenario.source
        assert {"quick", "audit"} & {*scenario.packs}
