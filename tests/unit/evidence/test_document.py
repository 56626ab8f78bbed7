"""evidence.json, plan.json and the report."""

import json
from dataclasses import replace
from html.parser import HTMLParser

from sfchaos.core.declaration import Declaration, Waiver
from sfchaos.core.judgement import ExceptionRef, Judgement
from sfchaos.evidence.contents import Series, contents
from sfchaos.evidence.document import claim, document, plan, thresholds_from, thresholds_tree
from sfchaos.evidence.html import report_html
from sfchaos.evidence.terminal import findings, summary_lines


def floats_in(value):
    if isinstance(value, dict):
        return [f for item in value.values() for f in floats_in(item)]
    return [f for item in value for f in floats_in(item)] if isinstance(value, list) else [value] if isinstance(value, float) else []


def test_the_document_has_the_keys_of_its_format(session):
    record = session()
    tree = document(record)
    assert {key: tree[key] for key in ("schema", "mode", "seed", "start", "end", "verdict", "exit_code", "journal_head")} == {
        "schema": "sfchaos.evidence/1", "mode": "check", "seed": 7, "start": record.start, "end": record.end, "verdict": "fail", "exit_code": 1,
        "journal_head": record.journal_head}  # fmt: skip
    row = next(row for row in tree["results"] if row["objective"] == "SFC-INT-06")
    assert {"objective", "verdict", "reason", "stimuli", "checked", "exceptions", "measured", "thresholds", "tags"} <= set(row)
    assert row["exceptions"][0]["journal"] == 8
    assert {"framework": "iso27001", "edition": "2022", "id": "A.8.26", "relation": "supports", "status": "current"} in row["tags"]
    run = tree["runs"][1]
    assert {"id", "clean", "scenario", "schedule", "seed", "outcome", "trace_digest", "target_exit", "fired", "unfired", "judgements", "replay"} <= set(run)


def test_documents_hold_no_floats_and_survive_json(session):
    for tree in (document(session()), plan(session())):
        assert floats_in(tree) == []
        assert json.loads(json.dumps(tree, allow_nan=False)) == tree
    assert document(session())["runs"][1]["schedule"]["rules"][0]["p"] == "0.5"


def test_references_of_the_source_document_are_kept_apart_from_tags(session):
    row = next(row for row in document(session())["results"] if row["objective"] == "SFC-INT-01")
    assert [(tag["id"], tag["assessment"]) for tag in row["source_tags"]] == [("A.12.2", "mis-tagged")]
    assert "A.12.2" not in [tag["id"] for tag in row["tags"]]


def test_a_waiver_is_shown_beside_a_failure_that_stays_one(session):
    waivers = (Waiver("SFC-INT-06", "known", "ciso", "T-1", "2026-02-01"), Waiver("SFC-INT-02", "known", "ciso", "T-2", "2026-01-14"))
    record = session(declaration=Declaration("crm-sync", waivers=waivers))
    rows = {row["objective"]: row for row in document(record)["results"]}
    assert rows["SFC-INT-06"]["verdict"] == "fail"
    assert rows["SFC-INT-06"]["waiver"]["expires"] == "2026-02-01"
    assert "waiver" not in rows["SFC-INT-02"]
    assert record.exit_code == 1
    assert any(line.startswith("waived until 2026-02-01: SFC-INT-06") for line in summary_lines(record, None))
    assert "waived until 2026-02-01" in report_html(record)


def test_the_plan_holds_what_a_second_judge_needs(session):
    tree = plan(session())
    assert tree["declaration"]["flows"][0]["external_id"] == "External_Id__c"
    assert tree["thresholds"]["max_attempts"] == {"value": 9, "default": 5, "unit": "attempts", "source": tree["thresholds"]["max_attempts"]["source"],
                                                  "overridden_by": "sfchaos.toml", "relaxed": True}  # fmt: skip
    assert [(s["run"], s["scenario"]) for s in tree["scenarios"]] == [("r2", "lost-create-reply")]
    assert tree["exceptions"] == {}


def test_thresholds_come_back_exactly(session):
    limits = session().runs[0].history.thresholds
    awkward = {**limits, "growth_min": replace(limits["growth_min"], value=1.1234567890123)}
    assert thresholds_from(json.loads(json.dumps(thresholds_tree(awkward)))) == awkward


def test_a_run_judged_by_other_limits_says_so(session):
    record = session()
    other = replace(record.runs[1], history=replace(record.runs[1].history, thresholds={}))
    assert plan(replace(record, runs=(record.runs[0], other)))["exceptions"] == {"r2": {"thresholds": {}}}


def test_the_claim_counts_what_was_played_and_does_not_overclaim(session):
    text = claim(session())
    assert text.startswith("1 run under faults and 1 clean run, judged against 9 objectives")
    assert "not by itself operating effectiveness" in text
    for word in ("compliant", "certified", "approved"):
        assert word not in report_html(session()).lower()


def test_the_bundle_counts_what_was_redacted(session):
    tree = json.loads(contents(session(), Series(1))["evidence.json"])
    assert tree["redaction"]["replaced"]["logs/r2.jsonl.gz"] == 2
    assert tree["redaction"]["replaced"]["journal.jsonl"] == 6
    assert tree["retain_until"] == "2027-02-19"


def test_the_session_of_a_record_without_runs_can_be_written(session):
    record = session(runs=(), objectives=(), blocks={})
    tree = json.loads(contents(record, Series(1))["evidence.json"])
    assert (tree["verdict"], tree["exit_code"], tree["results"]) == ("inconclusive", 3, [])


# The report

class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.stack, self.styles = [], [], []

    def handle_starttag(self, tag, attributes):
        self.stack.append(tag)
        self.found += [(tag, name, value) for name, value in attributes if name in ("src", "href", "srcset", "action", "data", "poster", "xlink:href", "background")]
        self.found += [(tag, "element", "") for _ in [0] if tag in ("script", "link", "iframe", "object", "embed", "base", "form")]

    def handle_data(self, data):
        if self.stack and self.stack[-1] == "style":
            self.styles.append(data)


def test_the_report_needs_nothing_from_outside(session):
    page = Links()
    page.feed(report_html(session()))
    assert page.found
    assert all(tag == "a" and value.startswith("#") for tag, name, value in page.found)
    style = "".join(page.styles)
    assert "@import" not in style
    assert "url(" not in style
    assert "@media print" in style


def test_the_report_escapes_what_others_wrote(session):
    record = session()
    evil = Judgement("SFC-RES-01", "fail", "x", 1, 1, (ExceptionRef("<script>alert(1)</script>", 3),), 1)
    run = replace(record.runs[1], judgements=(evil,), title="<img src=x>", scenario='"><script>')
    page = report_html(replace(record, runs=(record.runs[0], run), objectives=("SFC-RES-01",), blocks={"limits": ["<iframe>"], "target": {"name": "<svg/onload=1>"}}))
    assert "<script" not in page
    assert "<img" not in page
    assert "<iframe" not in page
    assert "<svg/onload" not in page


def test_the_report_tells_the_story_with_digests_and_the_terminal_with_keys(session):
    record = session()
    page = report_html(record, bundle="run-0042")
    assert "A-1" not in page.replace("A-12", "")
    assert "key:a1b2c3d4e5f6a7b8c9d0e1f2 is in the org 2x" in page
    assert "201, reply lost" in page
    assert "sfchaos verify run-0042" in page
    assert any("Account A-1 is in the org 2x" in text for text in findings(record))


def test_the_report_strikes_out_mis_tagged_references_and_corrects_them(session):
    page = report_html(session())
    assert "<s>iso27001 2013 A.12.2</s>" in page
    assert "mis-tagged; here A.8.26, A.5.14" in page
    assert "Reference used in the source document" in page


def test_the_report_marks_relaxed_limits(session):
    page = report_html(session())
    assert '<code>max_attempts</code> <span class="badge relaxed">relaxed</span>' in page
    assert "changed in sfchaos.toml" in page
