"""`sfchaos verify BUNDLE`: manifest, chain, and every verdict judged again from the journal."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(help="Exit 0: verified and judged alike. 1: tampered with, or judged otherwise. 2: not readable as a bundle.")
@click.argument("bundle", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
@click.pass_context
def verify(ctx: click.Context, bundle: str, as_json: bool) -> None:
    from sfchaos.evidence.verify import verify_bundle

    report = verify_bundle(Path(bundle))
    if as_json:
        from sfchaos.cli.options import print_json

        print_json({"ok": report.ok, "checks": [{"name": name, "ok": ok, "detail": detail} for name, ok, detail in report.checks],
                    "unverifiable": list(report.unverifiable)})  # fmt: skip
    for line in report.lines():
        click.echo(line, err=as_json)
    ctx.exit(report.exit_code)
