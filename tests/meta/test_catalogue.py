"""The catalogue keeps its word: nothing dropped, nothing dated, nothing claimed that is not."""

from collections import Counter

from sfchaos.controls.catalogue import objectives, trace
from sfchaos.controls.compiling import COMPILED, FAMILIES, compiled_text
from sfchaos.controls.crosswalk import controls, iso_2013, iso_2022, successors, theme, unused
from sfchaos.controls.judges import JUDGED
from sfchaos.controls.thresholds import DEFAULTS

COUNTS = {"RES": 14, "AUTH": 14, "ACC": 12, "LOG": 12, "INT": 13, "SEC": 4, "FHT": 3, "MON": 4, "DOC": 4, "ENV": 3, "CHG": 2, "RBK": 3, "RUN": 2, "PPL": 1, "REV": 3}


def test_the_compiled_catalogue_is_what_the_yaml_says():
    assert COMPILED.read_text(encoding="utf-8") == compiled_text(), "run python -m sfchaos.controls.compiling"


def test_every_family_has_all_its_objectives():
    assert Counter(name.split("-")[1] for name in objectives()) == COUNTS
    assert [family.upper() for family in FAMILIES] == list(COUNTS)


def test_every_objective_can_be_explained():
    for name, item in objectives().items():
        for text in (item.statement, item.precondition, item.failure, item.remedy):
            assert text.endswith("."), (name, text)
        assert "compliant" not in item.statement.lower()
        assert not item.title.endswith(".")


def test_every_objective_is_tagged_in_the_frameworks_that_count():
    for name, item in objectives().items():
        found = {(tag.framework, tag.edition) for tag in item.tags}
        assert found >= {("iso27001", "2022"), ("iso27001", "2013"), ("soc2-tsc", "2017-rev-2022"), ("gdpr", "2016-679"), ("nist-800-53", "r5"), ("csf", "2.0")}, name
        assert "art-32-1-d" in {tag.id for tag in item.tags_in("gdpr")}
        assert len(set(item.tags)) == len(item.tags)


def test_every_row_of_the_source_leads_somewhere():
    rows = trace()
    assert [row.id for row in rows] == [f"S-{number:02d}" for number in range(1, 46)]
    for row in rows:
        assert row.objectives or row.served_by, row.id


def test_every_objective_is_reached_from_a_row():
    assert {name for row in trace() for name in row.objectives} == set(objectives())


def test_the_2022_table_has_93_controls_in_four_themes():
    assert Counter(theme(control) for control in iso_2022()) == {"organisational": 37, "people": 8, "physical": 14, "technological": 34}
    assert len(set(iso_2022())) == 93
    assert all(len(title) <= 45 for title in iso_2022().values())


def test_every_2013_id_leads_to_an_existing_2022_id():
    for control in iso_2013():
        assert successors(control)
        assert set(successors(control)) <= set(iso_2022()), control


def test_no_2013_id_is_current_and_no_2022_id_is_withdrawn():
    for item in objectives().values():
        assert {tag.status for tag in item.tags_in("iso27001", "2013")} == {"withdrawn-edition"}
        assert {tag.status for tag in item.tags_in("iso27001", "2022")} == {"current"}


def test_nothing_is_evidence_toward_protection_from_malware():
    assert unused() == {"A.8.7", "A.12.2", "A.12.2.1"}
    for edition in ("2013", "2022"):
        assert not unused() & set(controls("iso27001", edition))


def test_no_tag_satisfies_a_control():
    assert {tag.relation for item in objectives().values() for tag in item.tags} <= {"supports", "context"}


def test_every_judge_has_an_objective_and_says_so():
    assert set(JUDGED) <= set(objectives())
    assert {name for name, item in objectives().items() if item.judged} == set(JUDGED)


def test_thresholds_that_objectives_name_exist():
    import re

    for name, item in objectives().items():
        for word in re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", f"{item.precondition} {item.failure} {item.remedy}"):
            assert word in DEFAULTS or word in {"invalid_grant", "invalid_client", "inactive_user"}, (name, word)
