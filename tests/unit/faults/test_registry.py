from dataclasses import dataclass

import jsonschema
import pytest

from sfchaos.core.errors import UnknownName
from sfchaos.faults.json_schema import schedule_schema
from sfchaos.faults.registry import FAULTS, applies_to, catalogue, catalogue_hash, fault, info_of, operations_of


def test_every_fault_says_what_it_is_where_it_comes_from_and_what_is_right():
    for info in catalogue():
        doc = info.cls.__doc__
        assert "Source: " in doc, info.id
        assert "Right: " in doc, info.id
        assert info.title, info.id
        assert all(param.doc and param.schema for param in info.params), info.id


def test_every_fault_is_buildable_without_parameters_and_frozen():
    for info in catalogue():
        made = info.cls()
        assert made == info.cls()
        for param in info.params:
            with pytest.raises(AttributeError):
                setattr(made, param.name, 1)


def test_the_bare_id_of_a_fault_in_two_phases_means_the_first():
    assert info_of("net.read_timeout").id == "net.read_timeout.pre"
    assert [info_of(name).when for name in ("net.read_timeout.pre", "net.read_timeout.post")] == ["B", "A"]


def test_an_unknown_fault_is_answered_with_the_nearest():
    with pytest.raises(UnknownName, match=r"net\.response_lost"):
        info_of("net.reply_lost")


def test_a_reply_lost_after_the_work_is_never_paired_with_reads_which_have_none():
    after = [info for info in catalogue() if info.when == "A" and (info.id.endswith("lost") or ".post" in info.id)]
    assert len(after) >= 7
    for info in after:
        assert not applies_to(info, "query.first"), info.id
        assert not applies_to(info, "bulk2.poll"), info.id
    assert applies_to(info_of("net.response_lost"), "row.create")
    assert operations_of(info_of("query.locator_dead")) == ["query.more"]
    assert not applies_to(info_of("auth.expired"), "auth.refresh")


def test_limits_are_never_paired_with_logins_which_they_let_through():
    for limit in ("limit.daily", "limit.concurrent"):
        operations = operations_of(info_of(limit))
        assert "row.create" in operations
        assert [op for op in operations if op.startswith("auth.")] == []


def test_natures_follow_the_catalogue():
    natures = {info.id: info.nature for info in catalogue()}
    assert natures["net.response_lost"] == "ambiguous"
    assert natures["limit.daily"] == "quota"
    assert natures["auth.revoked"] == "permanent"
    assert natures["row.locked"] == "transient"


def test_a_fault_without_a_hook_is_refused():
    with pytest.raises(TypeError, match="none of the hooks"):

        @fault("x.y", when="B")
        @dataclass(frozen=True)
        class Nothing:
            pass

    assert "x.y" not in FAULTS


def test_the_catalogue_hash_is_stable_within_a_version():
    assert catalogue_hash() == catalogue_hash()
    assert len(catalogue_hash()) == 16


GOOD = {"sfchaos_schedule": 1, "seed": 7, "rules": [
    {"fault": "row.locked", "on": "row.upsert/*", "p": 0.05, "times": 2, "with": {"hold": "10s", "scope": "parent"}},
    {"fault": "http.503", "on": "*/*", "for": "default", "from": "T+90s", "if": {"inflight": ">=8"}, "then": [{"fault": "auth.expired", "after": "*/*"}]},
    {"fault": "http.503_retry_after", "on": "*/*", "with": {"retry_after": None}}]}  # fmt: skip


def test_the_json_schema_takes_what_is_right_and_refuses_what_is_not():
    schema = schedule_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(GOOD, schema)
    for bad in ({"fault": "no.such", "on": "*/*"}, {"fault": "http.503"}, {"fault": "http.503", "on": "*/*", "befor": "x"},
                {"fault": "row.locked", "on": "*/*", "with": {"hodl": 1}}, {"fault": "row.locked", "on": "*/*", "with": {"hold": "long"}},
                {"fault": "http.503", "on": "*/*", "times": 0}):  # fmt: skip
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"sfchaos_schedule": 1, "rules": [bad]}, schema)
