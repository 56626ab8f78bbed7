import pytest

from sfchaos.controls.catalogue import catalogue_digest, objective, objectives
from sfchaos.controls.compiling import tags_of
from sfchaos.controls.crosswalk import controls, iso_2022, objectives_of, standing, successors, theme, title_of
from sfchaos.core.errors import BadFile, UnknownName

ISO = {"controls": {"A.8.6": "Capacity management"}, "successors": {"A.12.1.3": {"to": ["A.8.6"]}}, "unused": ["A.8.7", "A.12.2", "A.12.2.1"]}


def test_an_objective_is_found_by_any_spelling_of_its_id() -> None:
    assert objective("int-06") is objective("SFC-INT-06") is objectives()["SFC-INT-06"]
    assert objective("int-06").title == "Idempotent under lost response"
    assert objective("int-06").kind == "T"
    assert objective("int-06").judged
    assert not objective("acc-10").judged


def test_an_unknown_objective_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'SFC-INT-0"):
        objective("SFC-INT-99")


def test_a_tag_without_an_edition_is_refused() -> None:
    with pytest.raises(BadFile, match="has no edition"):
        tags_of({"framework": "iso27001", "ids": ["A.8.6"]}, ISO)


def test_a_tag_on_malware_protection_is_refused() -> None:
    for edition, control in (("2022", "A.8.7"), ("2013", "A.12.2"), ("2013", "A.12.2.1")):
        with pytest.raises(BadFile, match="malware"):
            tags_of({"framework": "iso27001", "edition": edition, "ids": [control]}, ISO)


@pytest.mark.parametrize(("edition", "control"), [("2022", "A.12.1.3"), ("2013", "A.8.6"), ("2005", "A.8.6")])
def test_an_id_of_another_edition_is_refused(edition: str, control: str) -> None:
    with pytest.raises(BadFile, match=f"ISO 27001:{edition} has no {control}"):
        tags_of({"framework": "iso27001", "edition": edition, "ids": [control]}, ISO)


def test_a_tag_never_satisfies() -> None:
    with pytest.raises(BadFile, match="satisfies"):
        tags_of({"framework": "csf", "edition": "2.0", "ids": ["PR.IR-03"], "relation": "satisfies"}, ISO)


def test_the_source_document_s_slip_is_carried_as_it_stands() -> None:
    tag = next(t for t in objective("int-05").source_tags if t.id == "A.12.2")
    assert (tag.edition, tag.printed_title, tag.assessment, tag.corrected_to) == ("2013", "protection from malware", "mis-tagged", ("A.8.26", "A.5.14"))
    assert "A.12.2" not in {t.id for t in objective("int-05").tags}


def test_successors_of_2013() -> None:
    assert successors("A.13.2.1") == ("A.5.14",)
    assert successors("A.9.2.5") == ("A.5.18",)
    assert successors("A.18.2.3") == ("A.5.36", "A.8.8")
    with pytest.raises(UnknownName):
        successors("A.9.2.A")


def test_controls_lead_back_to_objectives() -> None:
    assert "SFC-INT-06" in objectives_of("iso27001", "2022", "A.8.26")
    assert objectives_of("iso27001", "2022", "A.8.7") == ()
    assert controls("iso27001", "2022")[0] == "A.5.2"
    assert controls("iso27001", "2022").index("A.5.9") < controls("iso27001", "2022").index("A.5.14")
    assert theme("A.7.4") == "physical"
    assert title_of("iso27001", "2022", "A.8.6") == "Capacity management"
    assert title_of("iso27001", "2013", "A.12.1.3") == "Capacity management"
    assert title_of("csf", "2.0", "PR.IR-03") == ""
    assert len(iso_2022()) == 93


def test_a_control_is_supported_only_if_all_of_it_passed() -> None:
    assert standing(["a", "b"], {"a": "pass", "b": "pass"}) == "supported"
    assert standing(["a", "b", "c"], {"a": "pass", "b": "not-applicable", "c": "pass"}) == "supported"
    assert standing(["a", "b", "c", "d"], {"a": "pass", "b": "fail", "c": "inconclusive"}) == "1 pass, 1 fail, 1 inconclusive, 1 not run"
    assert standing(["a"], {"a": "not-applicable"}) == "1 not-applicable"
    assert standing([], {}) == "no objective"


def test_the_digest_names_the_catalogue() -> None:
    assert len(catalogue_digest()) == 64
