"""`sfchaos explain ID`: a fault with its parameters, an objective with its rule, a scenario, or a file format."""

from __future__ import annotations

import inspect
from typing import Any

import click

from sfchaos.core.errors import UnknownName

CONFIG_KEYS = """\
sfchaos.toml (or [tool.sfchaos] in pyproject.toml)
  name            what reports call the integration
  target          "module:function", called without arguments       command  ["node", "sync.js"]: one of the two
  timeout_s       seconds one run may take (120)
  real_time       true: a command waits in real time (else waits of Python and Node take none)
  pubsub          true: the Pub/Sub API for a command (gRPC)
  source_paths    files and folders examined for credentials         logs     glob patterns of log files
  scopes grants hosts revokes concurrency conflict on_log_failure critical_fields soc2_categories env
  [[flow]]        id, direction (to-salesforce, from-salesforce), sobject, external_id, operations, fields, sensitive, owner, reviewed, controls
                  source / sink / rejects = {csv|jsonl|sqlite|python = "...", key = "column", table = "for sqlite"}
  [sla]           rto_s, alert_s
  [org]           schema, rows = {Contact = "rows.csv"}, populate = {Contact = 5000}, apexrest = ["module:function"]
  [thresholds]    names of the control catalogue's thresholds
  [[waiver]]      objective, reason, approver, ticket, expires
  [[not_applicable]]  objective, reason, owner"""

SCENARIO_KEYS = """\
scenarios/<theme>/<id>.yaml, or <id>.sfchaos.yaml anywhere
  id title why source packs
  org       {rows: {Account: [{Name: Old}]}}: an org file's tree, or a path
  rules     - {fault: net.response_lost, on: row.create/*, times: 1, with: {...}}
  target    {timeout_s: 60, reruns: 0}
  expect    {outcome: [pass], SFC-INT-02: pass}: verdicts of a sound target; these objectives are judged"""


@click.command(help="Explain a fault, an objective or a scenario by its id; or `config`, `scenario`.")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def explain(name: str, as_json: bool) -> None:
    found = _found(name)
    if as_json:
        from sfchaos.cli.options import print_json

        print_json(found)
        return
    click.echo(found if isinstance(found, str) else "\n".join(_lines(found)))


def _found(name: str) -> Any:
    from sfchaos.cli.options import project_root
    from sfchaos.controls.catalogue import objectives
    from sfchaos.faults.registry import FAULTS
    from sfchaos.scenario.load import known_scenarios

    texts = {"config": CONFIG_KEYS, "scenario": SCENARIO_KEYS}
    if name in texts:
        return texts[name]
    if name in FAULTS:
        return _fault(name)
    if name.upper() in objectives():
        return _objective(objectives()[name.upper()])
    scenarios = known_scenarios(project_root())
    if name in scenarios:
        return _scenario(scenarios[name])
    known = [*texts, *FAULTS, *objectives(), *scenarios]
    raise UnknownName("id", name, known, remedy="`sfchaos list scenarios|faults|objectives` shows what there is")


def _objective(objective: Any) -> dict[str, Any]:
    return {
        "id": objective.id, "title": objective.title, "kind": {"T": "tested by a run", "C": "examined", "A": "attested"}.get(objective.kind, objective.kind),
        "statement": objective.statement, "needs": objective.precondition, "fails when": objective.failure, "remedy": objective.remedy,
        "tags": [f"{t.framework} {t.edition} {t.id} ({t.relation}{'' if t.status == 'current' else ', ' + t.status})" for t in objective.tags],
    }  # fmt: skip


def _fault(name: str) -> dict[str, Any]:
    from sfchaos.faults.registry import info_of

    info = info_of(name)
    phases = {"B": "before processing", "A": "after commit, reply lost", "P": "partial commit", "E": "the org changes between requests"}
    return {
        "id": info.id, "title": info.title, "what": inspect.getdoc(info.cls) or "", "aliases": ", ".join(info.aliases) or "none",
        "phase": f"{info.when} ({phases.get(info.when, info.when)})", "nature": info.nature, "default window": f"{info.window_s:g} s" if info.window_s else "none",
        "operations": ", ".join(info.ops) if info.ops != ("*",) else "any", "kinds": ", ".join(info.kinds),
        "parameters": [f"{p.name} ({p.kind}) = {p.default!r}{'  ' + p.doc if p.doc else ''}" for p in info.params] or ["none"],
    }  # fmt: skip


def _scenario(scenario: Any) -> dict[str, Any]:
    return {"id": scenario.id, "title": scenario.title, "why": scenario.why, "source": scenario.source, "packs": list(scenario.packs),
            "rules": [dict(rule.tree) for rule in scenario.schedule.rules], "expect": {"outcome": list(scenario.outcomes), **scenario.expect}}  # fmt: skip


def _lines(found: dict[str, Any]) -> list[str]:
    width = max(len(str(key)) for key in found)
    lines: list[str] = []
    for key, value in found.items():
        items = value if isinstance(value, list) else [value]
        for index, item in enumerate(items or [""]):
            text = "  ".join(f"{k}={v}" for k, v in item.items()) if isinstance(item, dict) else str(item)
            for part in text.splitlines() or [""]:
                lines.append(f"{str(key) if index == 0 and part is (text.splitlines() or [''])[0] else '':<{width}}  {part}")
    return lines
