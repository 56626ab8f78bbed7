"""`sfchaos org snapshot`: the schema of a live sandbox, and a scrubbed sample of its rows, as a folder for `--org`."""

from __future__ import annotations

import os
from pathlib import Path

import click


@click.group(help="Make an org of your own from a live sandbox.")
def org() -> None: ...


@org.command(help="Write the describes of a sandbox, and a scrubbed sample of its rows, into a folder that --org takes. Logs in with SF_ACCESS_TOKEN and "
             "SF_INSTANCE_URL, or SF_USERNAME with SF_PASSWORD and SF_SECURITY_TOKEN, or SF_USERNAME, SF_CLIENT_ID and SF_PRIVATE_KEY, or SF_CLIENT_ID and SF_CLIENT_SECRET. Production is refused.")  # fmt: skip
@click.option("--objects", metavar="A,B", help="Only these objects. Without it: custom objects, and the standard ones that sfchaos knows.")
@click.option("--rows", "rows", default=0, show_default=True, type=click.IntRange(0, 2000), metavar="N", help="Rows of each object to take along, scrubbed. 0 takes none.")
@click.option("--permissions", is_flag=True, help="Also take what the running user may do; the integration user of the snapshot may do the same and no more.")
@click.option("--out", default="org", show_default=True, metavar="DIR", help="Folder to write.")
@click.option("--login-url", envvar="SF_LOGIN_URL", metavar="URL", help="Where to log in, such as https://test.salesforce.com. Also SF_LOGIN_URL.")
@click.option("--instance-url", envvar="SF_INSTANCE_URL", metavar="URL", help="The org itself, with SF_ACCESS_TOKEN. Also SF_INSTANCE_URL.")
@click.option("--username", envvar="SF_USERNAME", metavar="NAME", help="Also SF_USERNAME. Passwords and tokens are taken from the environment only.")
@click.option("--api-version", default="62.0", show_default=True, metavar="V", help="API version to describe with.")
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Makes the scrubbing repeatable, and guessable. Without it a fresh one is drawn and forgotten.")
def snapshot(objects: str | None, rows: int, permissions: bool, out: str, login_url: str | None, instance_url: str | None, username: str | None, api_version: str,
             seed: int | None) -> None:  # fmt: skip
    from sfchaos.cli.progress import tracked
    from sfchaos.cli.snapshot import Live, connected, write_snapshot

    live: Live = connected(os.environ, login_url=login_url, instance_url=instance_url, username=username, api_version=api_version)
    wanted = [name.strip() for name in objects.split(",") if name.strip()] if objects else None
    drawn = seed if seed is not None else int.from_bytes(os.urandom(8), "big")
    done = write_snapshot(live, Path(out), wanted, rows, drawn, keeps_seed=seed is not None, permissions=permissions,
                          watch=lambda items: tracked(items, total=len(items), what="describe"))  # fmt: skip
    for sentence in done.left_out:
        click.echo(f"left out: {sentence}", err=True)
    click.echo(f"{done.objects} objects and {done.rows} scrubbed rows of {live.host} are in {out}; use them with `--org {out}`")
