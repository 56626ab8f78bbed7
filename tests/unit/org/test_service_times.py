"""How long the org works on a request, and the long requests that follow from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sfchaos.core.errors import BadFile
from sfchaos.core.messages import Request, Response
from sfchaos.org.org import Org
from sfchaos.org.schema.load import load_org_file


def org_with(tmp_path: Path, times: str) -> Org:
    path = tmp_path / "org.yaml"
    path.write_text(f"sfchaos_org: 1\nservice_times: {times}\n", encoding="utf-8")
    return Org(schema=load_org_file(path), seed=1)


def say(org: Org, method: str, path: str, body: object = None) -> Response:
    headers = (("Authorization", f"Bearer {org.credentials.access_token}"), ("Content-Type", "application/json"))
    return org.handle(Request(method, f"{org.instance_url}/services/data/v62.0{path}", headers, b"" if body is None else json.dumps(body).encode()))


def collection(rows: int) -> dict[str, object]:
    return {"records": [{"attributes": {"type": "Account"}, "Name": f"A{n}"} for n in range(rows)]}


def test_a_new_org_works_as_long_on_many_rows_as_on_one() -> None:
    org = Org(seed=1)
    assert say(org, "POST", "/composite/sobjects", collection(200)).work_s == say(org, "GET", "/limits").work_s == 0.05


def test_rows_written_and_read_take_the_time_that_the_file_gives_them(tmp_path: Path) -> None:
    org = org_with(tmp_path, "{request_s: 0.1, row_s: 0.2, read_row_s: 0.01}")
    assert say(org, "POST", "/composite/sobjects", collection(10)).work_s == pytest.approx(0.1 + 10 * 0.2)
    assert say(org, "GET", "/query?q=SELECT+Id,Name+FROM+Account").work_s == pytest.approx(0.1 + 10 * 0.01)
    assert say(org, "GET", "/limits").work_s == pytest.approx(0.1)


def test_slow_rows_make_long_requests_and_long_requests_fill_the_cap(tmp_path: Path) -> None:
    org = org_with(tmp_path, "{row_s: 0.1}")
    for _ in range(5):  # a Developer Edition takes five long requests at once (wire reference 7, D)
        assert say(org, "POST", "/composite/sobjects", collection(200)).work_s > 20
    refused = say(org, "GET", "/limits")
    assert refused.status == 403
    assert json.loads(refused.body)[0]["message"] == "ConcurrentRequests (Concurrent API Requests) Limit exceeded."


def test_a_word_that_is_no_number_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"org\.yaml:2.*row_s: 'slow' is not a number of seconds"):
        org_with(tmp_path, "{row_s: slow}")
    with pytest.raises(BadFile, match="row_s"):
        org_with(tmp_path, "{rows_s: 1}")


def test_a_model_with_other_times_is_another_org(tmp_path: Path) -> None:
    path = tmp_path / "org.yaml"
    digests = set()
    for times in ("{}", "{row_s: 0.1}"):
        path.write_text(f"sfchaos_org: 1\nservice_times: {times}\n", encoding="utf-8")
        digests.add(load_org_file(path).digest)
    assert len(digests) == 2
