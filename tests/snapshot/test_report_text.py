"""What the report says about one finding, as a reader sees it."""

import re
from html import unescape

from sfchaos.core.history import History
from sfchaos.core.judgement import ExceptionRef, Judgement
from sfchaos.evidence.html import report_html
from sfchaos.evidence.record import EvidenceRecord, RunRecord

CREATE = {"kind": "exchange", "op": "row.create", "method": "POST", "status": 201, "applied": "yes", "request_sha256": "d1"}
LOST = {"n": 1, "at_ms": 200, "address": "row.create/Account#1~1", **CREATE, "delivered": "lost", "delivered_ms": 250, "faults": ["net.response_lost"]}
AGAIN = {"n": 2, "at_ms": 1250, "address": "row.create/Account#1~2", **CREATE, "delivered_ms": 1300}


def seen(html):
    text = re.sub(r"<(?:svg|style).*?</(?:svg|style)>", "", html, flags=re.DOTALL)
    return [line for line in (" ".join(unescape(re.sub(r"<[^>]+>", " ", part)).split()) for part in re.split(r"</(?:h\d|p|li|tr|dd)>", text)) if line]


def test_a_finding_reads_like_a_story():
    judgement = Judgement("SFC-INT-06", "fail", "duplicate-after-lost-reply", 1, 1, (ExceptionRef("Account: 2 rows for one create", 2, "r2", story=(1, 2)),), 1)
    run = RunRecord("r2", False, "lost-create-reply", "A create", {}, 7, "duplicate", "", History("r2", (LOST, AGAIN)), (judgement,), replay="sfchaos replay sfx1.eJyr")
    record = EvidenceRecord("check", 7, "2026-01-15T09:30:00Z", "2026-01-15T09:34:12Z", (run,), b"", "0" * 64, ("SFC-INT-06",), {"target": {"name": "crm-sync"}})
    page = report_html(record, bundle="run-0001")
    article = page[page.index("<article") : page.index("</article>")]
    assert seen(article) == [
        "fail SFC-INT-06 · Idempotent under lost response",
        "Asked: A write whose reply is lost takes effect once, whatever the client does next.",
        "lost-create-reply · r2 · seed 7 · outcome duplicate",
        "#1 row.create/Account#1~1 POST 201, reply lost net.response_lost",
        "#2 row.create/Account#1~2 POST 201 same fields, 1.0 s later",
        "Account: 2 rows for one create",
        "Remedy Upsert on an external id, or look before repeating a create.",
        "Again sfchaos replay sfx1.eJyr",
    ]
    assert seen(page)[1:3] == ["crm-sync fail", "1 run under faults and 0 clean runs, judged against 1 objective: this shows that the controls as built behave as recorded, "
                               "at a point in time, against a mock org. It is evidence of design and of one operation of automated controls; it is not by itself operating effectiveness "
                               "over a period, and it says nothing about faults, objectives and systems that are not listed here."]  # fmt: skip


def two_runs(*judgements, outcome="pass"):
    runs = tuple(RunRecord(name, False, scenario, "", {}, 7, outcome, "", History(name, (LOST, AGAIN)), judgements, replay=f"sfchaos replay sfx1.{name}")
                 for name, scenario in (("r2", "lost-create-reply"), ("r3", "silent-after-commit")))  # fmt: skip
    return EvidenceRecord("check", 7, "2026-01-15T09:30:00Z", "2026-01-15T09:34:12Z", runs, b"", "0" * 64, tuple(j.objective for j in judgements), {})


def test_findings_of_one_objective_stand_together_and_print_opens_them():
    judgement = Judgement("SFC-INT-06", "fail", "duplicate-after-lost-reply", 1, 1, (ExceptionRef("2 rows", 2, "r2", story=(1, 2)),), 1)
    page = report_html(two_runs(judgement, outcome="duplicate"))
    assert page.count("<article") == 1
    folded = page[page.index("<details>") : page.index("</details>")]
    assert "and in 1 more run: silent-after-commit" in folded
    assert "sfchaos replay sfx1.r3" in folded
    assert "details::details-content{content-visibility:visible" in page.partition("@media print")[2]


def test_a_run_that_only_ended_wrongly_is_a_finding_of_the_report():
    page = report_html(two_runs(Judgement("SFC-INT-06", "pass", "held"), outcome="leak"))
    assert page.count("<article") == 2
    assert "No objective failed in this run, but a sound target ends pass." in page
    assert "sfchaos replay sfx1.r2" in page
