"""JSON Schema of a schedule, made from the fault classes, for editors and other languages."""

from __future__ import annotations

from typing import Any

from sfchaos.faults.params import duration, params_of
from sfchaos.faults.registry import catalogue

_DURATION = dict(duration("1s", "").metadata["param"].schema)
_COMPARISON = {"type": ["string", "integer", "number"]}


def schedule_schema() -> dict[str, Any]:
    """Draft 2020-12. Parameters are checked per fault, so that an editor completes them."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sfchaos schedule",
        "type": "object",
        "required": ["sfchaos_schedule", "rules"],
        "additionalProperties": False,
        "properties": {
            "sfchaos_schedule": {"const": 1}, "seed": {"type": "integer"}, "org": {"type": "string"}, "scenario": {"type": "string"},
            "rules": {"type": "array", "items": {"$ref": "#/$defs/rule"}},
        },
        "$defs": {"rule": _rule()},
    }  # fmt: skip


def _rule() -> dict[str, Any]:
    names = [name for info in catalogue() for name in (info.id, *info.aliases)]
    address = {"type": "string", "minLength": 1}
    instant = {"anyOf": [*_DURATION["anyOf"], {"type": "string", "pattern": r"^\s*[Tt]\+"}]}
    return {
        "type": "object",
        "required": ["fault"],
        "oneOf": [{"required": [place]} for place in ("on", "before", "after")],
        "additionalProperties": False,
        "properties": {
            "id": {"type": "string", "minLength": 1}, "fault": {"enum": sorted(names)}, "on": address, "before": address, "after": address,
            "times": {"anyOf": [{"type": "integer", "minimum": 1}, {"enum": ["spent", "always"]}]},
            "for": {"anyOf": [*_DURATION["anyOf"], {"const": "default"}]}, "from": instant, "to": instant,
            "p": {"type": "number", "minimum": 0, "maximum": 1}, "every": {"type": "integer", "minimum": 1}, "phase": {"type": "string"},
            "if": _condition(), "with": {"type": "object"}, "then": {"type": "array", "items": {"$ref": "#/$defs/rule"}},
        },
        "allOf": [_parameters(info.cls, [info.id, *info.aliases]) for info in catalogue()],
    }  # fmt: skip


def _condition() -> dict[str, Any]:
    words = {name: {"type": "string"} for name in ("job_state", "object", "user", "client")}
    numbers = dict.fromkeys(("inflight", "rate_1m", "quota_used", "rows_committed"), _COMPARISON)
    header = {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1}
    return {"type": "object", "minProperties": 1, "additionalProperties": False, "properties": {**numbers, **words, "header": header}}


def _parameters(cls: type[Any], ids: list[str]) -> dict[str, Any]:
    properties = {param.name: {**param.schema, "description": param.doc} for param in params_of(cls)}
    return {
        "if": {"properties": {"fault": {"enum": ids}}},
        "then": {"properties": {"with": {"type": "object", "additionalProperties": False, "properties": properties}}},
    }
