"""`sfchaos`: the group of commands, and the one place where errors become exit codes.

Exit codes: 0 all pass; 1 an objective failed; 2 the harness or usage is at fault; 3 inconclusive.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from importlib import import_module

import click

import sfchaos
from sfchaos.core.errors import SfchaosError, nearest

# name -> (module, attribute, help): modules are imported when their command is used
COMMANDS = {
    "demo": ("sfchaos.cli.demo", "demo", "Play the library against two example integrations and show both sides."),
    "check": ("sfchaos.cli.check", "check", "Play the scenario library against the target of sfchaos.toml: the main job."),
    "run": ("sfchaos.cli.run", "run", "Run any program against the org, with or without faults."),
    "serve": ("sfchaos.cli.serve", "serve", "Serve the org over HTTP until stopped."),
    "replay": ("sfchaos.cli.replay", "replay", "Play a printed failure again."),
    "verify": ("sfchaos.cli.verify", "verify", "Check an evidence bundle and judge it again from its journal."),
    "list": ("sfchaos.cli.listing", "list_things", "List scenarios, faults, objectives or routes."),
    "org": ("sfchaos.cli.org", "org", "Make an org of your own from a live sandbox (`org snapshot`)."),
    "explain": ("sfchaos.cli.explain", "explain", "Explain a fault, an objective, a scenario or a file format."),
}


class Commands(click.Group):
    """Commands by name, imported when asked for; the nearest name for a wrong one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            close = nearest(args[0], COMMANDS, at_most=1)
            hint = f" Did you mean {close[0]!r}?" if close else f" Known: {', '.join(COMMANDS)}."
            raise click.UsageError(f"No such command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(sfchaos.__version__, prog_name="sfchaos")
def cli() -> None:
    """Chaos and compliance test harness for Salesforce integrations.

    Point it at the code that talks to Salesforce: it plays a Salesforce org that misbehaves, finds the smallest misbehaviour
    that loses a record, duplicates one, leaks a secret, hammers a limit or goes silent, and writes evidence for auditors.
    """


class Terminated(KeyboardInterrupt):
    """SIGTERM and SIGHUP end a session as Ctrl-C does. (A SystemExit would be taken for the target's own.)"""


def _terminated(number: int, _: object) -> None:
    raise Terminated(number)


def _ending_signals() -> list[signal.Signals]:
    """A hang-up that is ignored (`nohup`) stays so."""
    hang_up = [number for name in ("SIGHUP",) if (number := getattr(signal, name, None)) is not None and signal.getsignal(number) is not signal.SIG_IGN]
    return [signal.SIGTERM, *hang_up]


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the console script."""
    held = {number: signal.signal(number, _terminated) for number in _ending_signals()}  # so that children and temporary files go when we are asked to
    try:
        code = cli.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
    except click.exceptions.Abort as stopped:
        click.echo("stopped", err=True)
        code = 128 + int(stopped.__cause__.args[0] if isinstance(stopped.__cause__, Terminated) else signal.SIGINT)
    except click.ClickException as error:
        error.show()
        code = 2
    except SfchaosError as error:
        click.echo(f"error: {error}", err=True)
        code = error.exit_code
    except BrokenPipeError:
        code = 141  # whoever read our output went away
    except Exception:
        import traceback

        traceback.print_exc()
        click.echo("error: sfchaos itself failed, as shown above: nothing is said about the target", err=True)
        code = 2
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)
    sys.exit(code if isinstance(code, int) else 0)
