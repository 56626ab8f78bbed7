import pytest

from sfchaos.core.errors import BadFile, UnknownName, UsageError
from sfchaos.scenario.load import find_scenario, library, load_scenario, pack_of

SOUND = """id: lost-one
title: A title
why: Because.
source: A guide
packs: [mine]
rules:
  - {fault: net.response_lost, on: row.create/*}
target: {timeout_s: 5, reruns: 1}
expect: {outcome: [pass, loud_ok], SFC-INT-02: pass}
"""


def read(tmp_path, text, name="lost-one.yaml"):
    path = tmp_path / name
    path.write_text(text)
    return load_scenario(path)


def test_a_scenario_becomes_values(tmp_path):
    scenario = read(tmp_path, SOUND)
    assert (scenario.id, scenario.title, scenario.packs, scenario.timeout_s, scenario.reruns) == ("lost-one", "A title", ("mine",), 5, 1)
    assert (scenario.outcomes, dict(scenario.expect), scenario.objectives) == (("pass", "loud_ok"), {"SFC-INT-02": "pass"}, ("SFC-INT-02",))
    assert [rule.fault for rule in scenario.schedule.rules] == ["net.response_lost"]
    assert scenario.schedule.scenario == "lost-one"


def test_the_word_on_is_a_word_as_in_yaml_1_2(tmp_path):
    assert read(tmp_path, SOUND.replace("{fault: net.response_lost, on: row.create/*}", "fault: net.response_lost\n    on: row.create/*")).schedule.rules[0].pattern.op == "row.create"


@pytest.mark.parametrize(("old", "new", "line", "words"), [
    ("id: lost-one", "id: lost-two", 1, ["'lost-two' differs from the file's name 'lost-one'"]),
    ("net.response_lost", "net.response_lots", 7, ["net.response_lots", "did you mean 'net.response_lost'"]),
    ("row.create/*", "row.craete/*", 7, ["row.craete", "row.create"]),
    ("packs: [mine]", "pakcs: [mine]", 5, ["unknown key 'pakcs'", "did you mean 'packs'?"]),
    ("SFC-INT-02: pass", "SFC-INT-22: pass", 9, ["SFC-INT-22"]),
    ("SFC-INT-02: pass", "SFC-INT-02: passed", 9, ["'passed' is none of", "did you mean 'pass'?"]),
    ("[pass, loud_ok]", "[pas]", 9, ["'pas' is none of"]),
    (", SFC-INT-02: pass", "", 9, ["no objective is expected"]),
    ("  - {fault: net.response_lost, on: row.create/*}\n", "  []\n", 6, ["at least one rule"]),
    ("title: A title\n", "", 1, ["'title' is missing"]),
    ("why: Because.", "why: [", 0, ["not YAML"]),
    ("rules:", "org: {rows: {Acount: [{Name: x}]}}\nrules:", 6, ["Acount", "Account"]),
])  # fmt: skip
def test_a_mistake_names_its_line_and_the_nearest_valid_word(tmp_path, old, new, line, words):
    assert old in SOUND
    with pytest.raises(BadFile) as caught:
        read(tmp_path, SOUND.replace(old, new))
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert caught.value.line == line or (line == 0 and caught.value.line > 0)


def test_a_scenario_is_found_by_id_by_path_and_among_the_project_s_own(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "lost-one.sfchaos.yaml").write_text(SOUND)
    assert find_scenario("lost-one", start=tmp_path).path == tmp_path / "tests" / "lost-one.sfchaos.yaml"
    assert find_scenario(str(tmp_path / "tests" / "lost-one.sfchaos.yaml")).id == "lost-one"
    assert find_scenario("lost-write-reply", start=tmp_path) is library()["lost-write-reply"]
    assert [s.id for s in pack_of("mine", start=tmp_path)] == ["lost-one"]


def test_unknown_scenarios_and_packs_are_answered_with_the_nearest(tmp_path):
    with pytest.raises(UnknownName, match="lost-write-reply"):
        find_scenario("lost-write-replay", start=tmp_path)
    with pytest.raises(UnknownName, match="quick"):
        pack_of("quik", start=tmp_path)
    with pytest.raises(UsageError, match="does not exist"):
        find_scenario(str(tmp_path / "none.yaml"))
