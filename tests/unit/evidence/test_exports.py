"""Exports, read back by the tools that others read them with."""

import csv
import gzip
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from junitparser import Error, Failure, JUnitXml, Skipped

from sfchaos.controls.catalogue import objectives
from sfchaos.controls.judges import judge_all
from sfchaos.core.errors import UnknownName
from sfchaos.core.judgement import ExceptionRef, Judgement
from sfchaos.evidence.contents import Series, contents
from sfchaos.evidence.csv_table import reconcile_csv, results_csv
from sfchaos.evidence.junit import junit_xml
from sfchaos.evidence.markdown import summary_markdown
from sfchaos.evidence.oscal_plan import assessment_plan
from sfchaos.evidence.oscal_results import assessment_results

SCHEMAS = Path(__file__).resolve().parents[2] / "data" / "oscal"
MALWARE = re.compile(r"A\.12\.2(?:\.1)?(?![.\d])|A\.8\.7(?![.\d])")


def with_judgements(record, *judgements):
    run = replace(record.runs[1], judgements=judgements)
    return replace(record, runs=(record.runs[0], run), objectives=tuple(dict.fromkeys(j.objective for j in judgements)))


def one_of_each(record):
    return with_judgements(
        record, Judgement("SFC-RES-01", "pass", "held", 3, 3, detail="3 held"), Judgement("SFC-RES-02", "fail", "no-growth", 1, 1, (ExceptionRef("1 s, 1 s", 4, "r2"),), 1),
        Judgement("SFC-RES-04", "inconclusive", "stimulus-absent", detail="no Retry-After was sent"), Judgement("SFC-RES-05", "error", "judge-crashed", detail="Traceback\n  boom"),
        Judgement("SFC-RES-09", "not-applicable", "declared", detail="one process (declared by crm-team)"),
    )  # fmt: skip


def cases_of(record):
    return {case.name.split()[0]: case for suite in JUnitXml.fromstring(junit_xml(record).encode()) for case in suite}


# JUnit

def test_junit_has_a_suite_per_run_and_a_case_per_objective(session):
    xml = JUnitXml.fromstring(junit_xml(session()).encode())
    assert [(suite.name, suite.tests, suite.failures, suite.errors, suite.skipped) for suite in xml] == [("clean twin", 2, 1, 0, 0), ("lost-create-reply", 8, 4, 0, 2)]
    assert (xml.tests, xml.failures, xml.errors, xml.skipped) == (10, 5, 0, 2)
    facts = {p.name: p.value for p in list(xml)[1].properties()}
    assert facts["sfc.replay"] == "sfchaos replay sfx1.eJyrVkrLzCkp"
    assert facts["sfc.seed"] == "7"


@pytest.mark.parametrize(("objective", "kind", "words"), [
    ("SFC-RES-02", Failure, "no-growth"), ("SFC-RES-04", Skipped, "inconclusive: stimulus-absent: no Retry-After was sent"),
    ("SFC-RES-05", Error, "judge-crashed"), ("SFC-RES-09", Skipped, "not-applicable: declared"),
])  # fmt: skip
def test_junit_says_what_is_not_a_pass(session, objective, kind, words):
    case = cases_of(one_of_each(session()))[objective]
    assert [type(result) for result in case.result] == [kind]
    assert words in case.result[0].message


def test_junit_leaves_a_pass_alone(session):
    assert cases_of(one_of_each(session()))["SFC-RES-01"].result == []


def test_junit_properties_name_objective_verdict_and_controls_with_their_edition(session):
    case = ElementTree.fromstring(junit_xml(one_of_each(session()))).find("testsuite/testcase[@name='SFC-RES-01 Bounded attempts']")
    facts = [(p.get("name"), p.get("value")) for p in case.iterfind("properties/property")]
    assert facts[:2] == [("sfc.objective", "SFC-RES-01"), ("sfc.verdict", "pass")]
    controls = [value for name, value in facts if name == "control"]
    assert "iso27001:2022:A.8.6" in controls
    assert all(value.count(":") == 2 for value in controls)
    assert not any(value.startswith("iso27001:2013") for value in controls)


def test_an_outcome_that_is_not_allowed_is_a_case_of_its_own(session):
    record = with_judgements(session(), Judgement("SFC-RES-01", "pass", "held"))
    case = cases_of(record)["outcome"]
    assert case.result[0].message == "outcome duplicate; a sound target ends pass"


def test_junit_stands_what_xml_cannot_hold(session):
    record = with_judgements(session(), Judgement("SFC-RES-01", "fail", "x", 1, 1, (ExceptionRef("nul \0 bell \a <&>"),), 1, detail="\x1b[31mred\x1b[0m \ud800"))
    assert cases_of(record)["SFC-RES-01"].result[0].text == "nul \ufffd bell \ufffd <&>"


def test_a_harness_error_is_an_error_case(session):
    xml = JUnitXml.fromstring(junit_xml(session(harness_error="the journal broke")).encode())
    assert [(suite.name, suite.errors) for suite in xml][-1] == ("sfchaos", 1)


# CSV

def table(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_results_have_a_row_per_objective_and_run_and_one_per_exception(session):
    record = session()
    rows = table(results_csv(record))
    assert [row["row"] for row in rows].count("result") == sum(len(run.judgements) for run in record.runs)
    duplicated = [row for row in rows if row["objective"] == "SFC-INT-06"]
    assert [(row["row"], row["verdict"], row["run"], row["journal"], row["address"]) for row in duplicated] == [
        ("result", "fail", "r2", "", ""), ("exception", "fail", "r2", "8", "row.create/Account#1~2")]  # fmt: skip
    assert [row["replay"] for row in duplicated] == ["sfchaos replay sfx1.eJyrVkrLzCkp", ""]


def test_a_cell_is_never_a_formula(session):
    rows = table(results_csv(with_judgements(session(), Judgement("SFC-RES-01", "fail", "x", detail="=HYPERLINK(1)"), Judgement("SFC-RES-02", "fail", "x", detail="-1"))))
    assert [row["detail"] for row in rows if row["run"] == "r2"] == ["'=HYPERLINK(1)", "-1"]


def test_reconciliation_lists_differences_and_says_when_there_are_none(session):
    rows = table(reconcile_csv(session()))
    assert [(row["run"], row["basis"], row["kind"], row["sobject"]) for row in rows] == [("r1", "declared", "none", ""), ("r2", "declared", "duplicate", "Account")]
    assert rows[1]["key"] == "a1b2c3d4e5f6a7b8c9d0e1f2"


# OSCAL

def schema_of(version):
    """NIST's schema; `\\p{L}` and `\\p{N}`, which Python's re does not know, become word characters without and with digits."""
    text = gzip.decompress((SCHEMAS / f"oscal-complete-{version}.json.gz").read_bytes()).decode()
    text = text.replace(r"^(\\p{L}|_)(\\p{L}|\\p{N}|[.\\-_])*$", r"^[^\\W\\d][\\w.\\-]*$")
    assert "\\p{" not in text
    return json.loads(text)


@pytest.fixture(scope="module")
def validators():
    return {version: jsonschema.Draft7Validator(schema_of(version)) for version in ("1.1.3", "1.2.2")}


def errors(validator, tree):
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:120]}" for e in validator.iter_errors(tree)]


def documents(record, version="1.2.1"):
    return [assessment_results(record, bundle="run-0001", oscal_version=version), assessment_plan(record, bundle="run-0001", oscal_version=version)]


def test_oscal_is_valid_by_the_schemas_of_nist(session, validators):
    for record in (session(), one_of_each(session()), session(blocks={}), session(runs=(), objectives=()),
                   session(blocks={"target": {"name": " two\nlines ", "version": "\t1.0\n"}, "who": {"organisation": "a\nb"}})):
        for schema, version in (("1.1.3", "1.1.3"), ("1.2.2", "1.2.1")):
            for tree in documents(record, version):
                assert errors(validators[schema], tree) == []


@pytest.mark.parametrize("spoil", [
    lambda result: result["findings"][0]["target"]["status"].update(state="inconclusive"), lambda result: result["observations"][0].pop("collected"),
    lambda result: result["props"][0].update(name="two words"), lambda result: result.update(findings=[]), lambda result: result.update(start="2026-01-15"),
])  # fmt: skip
def test_the_schemas_would_find_what_is_wrong(session, validators, spoil):
    tree = assessment_results(session())
    spoil(tree["assessment-results"]["results"][0])
    assert errors(validators["1.1.3"], tree)
    assert errors(validators["1.2.2"], tree)


@pytest.mark.filterwarnings("ignore")  # trestle's own, on import
def test_oscal_loads_into_the_models_of_compliance_trestle(session):
    from trestle.oscal.assessment_plan import AssessmentPlan
    from trestle.oscal.assessment_results import AssessmentResults

    results, plan = documents(one_of_each(session()))
    read = AssessmentResults.parse_obj(results["assessment-results"])
    assert [finding.target.status.reason for finding in read.results[0].findings] == ["pass", "fail", "inconclusive", "error"]
    assert AssessmentPlan.parse_obj(plan["assessment-plan"]).import_ssp.href.startswith("#")


def test_inconclusive_is_never_satisfied_and_not_applicable_has_no_finding(session):
    result = assessment_results(one_of_each(session()))["assessment-results"]["results"][0]
    states = {f["target"]["target-id"]: (f["target"]["status"]["state"], f["target"]["status"]["reason"]) for f in result["findings"]}
    assert states == {
        "sfc-res-01_obj": ("satisfied", "pass"), "sfc-res-02_obj": ("not-satisfied", "fail"), "sfc-res-04_obj": ("not-satisfied", "inconclusive"),
        "sfc-res-05_obj": ("not-satisfied", "error"),
    }  # fmt: skip
    observed = [p["value"] for o in result["observations"] for p in o["props"] if p["name"] == "verdict"]
    assert "not-applicable" in observed


def test_an_objective_that_no_run_judged_is_observed_as_not_run(session):
    result = assessment_results(session())["assessment-results"]["results"][0]
    observation = next(o for o in result["observations"] if o["title"] == "SFC-AUTH-09 was not run")
    finding = next(f for f in result["findings"] if f["target"]["target-id"] == "sfc-auth-09_obj")
    assert finding["related-observations"] == [{"observation-uuid": observation["uuid"]}]
    assert finding["target"]["status"] == {"state": "not-satisfied", "reason": "inconclusive"}


def test_every_reference_inside_oscal_leads_somewhere(session):
    for tree in documents(session()):
        text = json.dumps(tree)
        known = set(re.findall(r'"uuid": "([0-9a-f-]{36})"', text))
        assert set(re.findall(r'"(?:[a-z]+-uuid|href)": "#?([0-9a-f-]{36})"', text)) <= known


def test_the_journal_is_named_by_its_digest(session):
    record = session()
    files = contents(record, Series(1))
    tree = json.loads(files["export/oscal/assessment-results.json"])["assessment-results"]
    stated = tree["back-matter"]["resources"][0]["rlinks"][0]
    artefacts = {a["path"]: a["sha256"] for a in json.loads(files["evidence.json"])["artefacts"]}
    assert stated["hashes"] == [{"algorithm": "SHA-256", "value": artefacts["journal.jsonl"]}]
    assert stated["href"] == "../../journal.jsonl"


def test_an_unknown_oscal_version_is_refused(session):
    with pytest.raises(UnknownName, match=r"1\.2\.1"):
        assessment_results(session(), oscal_version="1.2")


# No run is evidence about malware

def test_nothing_claims_protection_from_malware(session):
    record = session()
    everything = tuple(judge_all(record.runs[1].history)) + tuple(Judgement(name, "pass", "held") for name, item in objectives().items() if not item.judged)
    files = contents(with_judgements(record, *everything), Series(1))
    result = json.loads(files["export/oscal/assessment-results.json"])["assessment-results"]["results"][0]
    named = [p for f in result["findings"] for p in f.get("props", []) if MALWARE.fullmatch(p["value"])]
    assert {p["name"] for p in named} == {"source-tag"}
    for name in ("export/junit.xml", "export/results.csv", "export/oscal/assessment-plan.json"):
        assert not MALWARE.search(files[name].decode()), name
    tags = [tag["id"] for row in json.loads(files["evidence.json"])["results"] for tag in row["tags"]]
    assert not [tag for tag in tags if MALWARE.fullmatch(tag)]
    struck = re.sub(r"<s>.*?</s>|<p class=\"small notes\">.*?</p>", "", files["report.html"].decode(), flags=re.DOTALL)
    assert not MALWARE.search(struck)


# Markdown

def test_the_markdown_summary_keeps_its_tables_whole(session):
    record = with_judgements(session(), Judgement("SFC-RES-01", "fail", "x", detail="a | b <script> `c`\nd"))
    text = summary_markdown(record, Path("evidence/run-0001"))
    assert "| SFC-RES-01 | fail | a \\| b \\<script> \\`c\\` d |" in text
    assert "| r2 | lost-create-reply | fail | duplicate | 2 |" in text
