"""Writes docs/reference/*.md from the code. `--check` only compares: the committed pages must be the present ones."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent / "reference"
HEAD = "<!-- Written by docs/generate.py from the code. Do not edit. -->\n\n"


def table(columns: list[str], rows: list[list[Any]]) -> str:
    def cell(value: Any) -> str:
        return str(value).replace("|", "\\|").replace("\n", " ")

    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell(value) for value in line) + " |" for line in lines) + "\n"


def faults() -> str:
    from sfchaos.faults.registry import catalogue

    parts = ["# Faults\n\nPhases: B before processing, A after commit, P partial, E the org changes between requests. "
             "Parameters are the keys of a rule's `with`.\n\n"]  # fmt: skip
    rows = [[f"`{i.id}`", i.when, i.nature, i.title] for i in catalogue()]
    parts.append(table(["id", "phase", "nature", "what happens"], rows))
    for info in catalogue():
        doc = "\n".join(line.strip() for line in (info.cls.__doc__ or "").strip().splitlines())
        parts.append(f"\n## {info.id}\n\n{doc}\n")
        if info.params:
            parts.append("\n" + table(["parameter", "kind", "default", "meaning"], [[f"`{p.name}`", p.kind, f"`{p.default!r}`", p.doc] for p in info.params]))
    return "".join(parts)


def objectives() -> str:
    from sfchaos.controls.catalogue import objectives as all_objectives

    rows = [[o.id, o.kind, "yes" if o.judged else "no", o.title, o.statement] for o in all_objectives().values()]
    head = "# Control objectives\n\nKinds: T tested by a run, C examined (code, configuration, metadata), A attested by a person. \"Judged\" says which this version judges.\n\n"
    return head + table(["id", "kind", "judged", "title", "statement"], rows)


def thresholds() -> str:
    from sfchaos.controls.thresholds import thresholds as all_thresholds

    rows = [[f"`{t.name}`", t.default, t.unit, t.source] for t in all_thresholds().values()]
    return "# Thresholds\n\nEach can be set in `[thresholds]` of sfchaos.toml; a looser value is reported as relaxed.\n\n" + table(["name", "default", "unit", "source"], rows)


def routes() -> str:
    from sfchaos.org.org import Org

    found = sorted(Org().routes.all(), key=lambda r: (r.template, r.method))
    return "# Routes of the org\n\n" + table(["method", "path", "session", "source"], [[r.method, f"`{r.template}`", "yes" if r.auth else "no", r.source] for r in found])


def scenarios() -> str:
    from sfchaos.scenario.load import library

    rows = [[f"`{s.id}`", s.theme, s.title, s.why, ", ".join(s.objectives)] for s in library().values()]
    return "# Scenarios\n\n" + table(["id", "theme", "title", "why", "objectives"], rows)


def commands() -> str:
    import click

    from sfchaos.cli.main import COMMANDS, cli

    parts = ["# Commands\n\nExit codes: 0 all pass, 1 an objective failed, 2 the harness or usage is at fault, 3 inconclusive.\n"]
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        with click.Context(command, info_name=f"sfchaos {name}", max_content_width=110, terminal_width=110) as context:
            parts.append(f"\n## sfchaos {name}\n\n```\n{command.get_help(context)}\n```\n")
            for inner in command.commands.values() if isinstance(command, click.Group) else ():
                with click.Context(inner, info_name=str(inner.name), parent=context, max_content_width=110, terminal_width=110) as own:
                    parts.append(f"\n### sfchaos {name} {inner.name}\n\n```\n{inner.get_help(own)}\n```\n")
    return "".join(parts)


def bulk_jobs() -> str:
    from dataclasses import fields

    from sfchaos.org.bulk.jobs import DELETABLE, MOVES
    from sfchaos.org.bulk.pace import PACES, Pace

    acts = ("close", "start", "finish", "fail", "abort")
    rows = [[f"`{state}`", *(moves.get(act, "") for act in acts), *("yes" if state in DELETABLE[kind] else "no" for kind in ("bulk2", "bulk2q"))] for state, moves in MOVES.items()]
    parts = ["# Bulk API 2.0 jobs\n\nWhat leads from which state to which. A client closes and aborts; the org starts, finishes and fails. A query job is made UploadComplete.\n"
             "An upload leaves an Open job Open; results are there from the end on, and for seven days.\n\n"]  # fmt: skip
    parts.append(table(["state", *acts, "an ingest job can be deleted", "a query job can be deleted"], rows))
    parts.append(f"\n## Paces\n\nWhat `bulk:` of an org file names or changes.\n\n{(Pace.__doc__ or '').strip().splitlines()[0]}\n\n")
    figures = [[f"`{f.name}`", *(getattr(pace, f.name) for pace in PACES.values())] for f in fields(Pace)]
    return "".join([*parts, table(["figure", *PACES], figures)])


PAGES: dict[str, Callable[[], str]] = {"faults": faults, "objectives": objectives, "thresholds": thresholds, "routes": routes, "scenarios": scenarios, "commands": commands, "bulk-jobs": bulk_jobs}


def main(arguments: list[str]) -> int:
    """0 when all pages are as the code says; 1 with --check when one is not."""
    stale = []
    HERE.mkdir(exist_ok=True)
    for name, write in PAGES.items():
        path, text = HERE / f"{name}.md", HEAD + write()
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.name)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    print(f"{len(PAGES)} pages, {len(stale)} {'stale' if '--check' in arguments else 'written'}: {', '.join(stale) or 'none'}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
