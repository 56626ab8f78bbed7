"""`sfchaos list scenarios|faults|objectives|routes`."""

from __future__ import annotations

from typing import Any

import click

Rows = list[dict[str, Any]]


def _scenarios() -> Rows:
    from sfchaos.cli.options import project_root
    from sfchaos.scenario.load import known_scenarios

    return [{"id": s.id, "theme": s.theme, "title": s.title, "packs": ", ".join(s.packs), "objectives": ", ".join(s.objectives)} for s in known_scenarios(project_root()).values()]


def _faults() -> Rows:
    from sfchaos.faults.registry import catalogue

    return [{"id": i.id, "when": i.when, "nature": i.nature, "title": i.title.replace("`", ""), "parameters": ", ".join(p.name for p in i.params)} for i in catalogue()]


def _objectives() -> Rows:
    from sfchaos.controls.catalogue import objectives

    return [{"id": o.id, "kind": o.kind, "title": o.title, "judged": "yes" if o.judged else "no"} for o in objectives().values()]


def _routes() -> Rows:
    from sfchaos.org.org import Org

    routes = sorted(Org().routes.all(), key=lambda route: (route.template, route.method))
    return [{"method": r.method, "path": r.template, "needs_session": "yes" if r.auth else "no", "surface": r.surface} for r in routes]


THINGS = {"scenarios": _scenarios, "faults": _faults, "objectives": _objectives, "routes": _routes}


@click.command("list", help="List what there is: scenarios, faults, objectives or routes.")
@click.argument("what", type=click.Choice(list(THINGS)))
@click.option("--json", "as_json", is_flag=True, help="Print rows as JSON.")
def list_things(what: str, as_json: bool) -> None:
    rows = THINGS[what]()
    if as_json:
        from sfchaos.cli.options import print_json

        print_json(rows)
        return
    from rich.table import Table

    from sfchaos.cli.progress import console

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    console().print(table)
    click.echo(f"{len(rows)} {what}")
