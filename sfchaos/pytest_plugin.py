"""The pytest plugin: fixtures `rig` and `rig_server`, marker `sfchaos`, options, `*.sfchaos.yaml` tests, summary, evidence.

Costs nothing while unused: nothing of sfchaos but this file is imported before a fixture, a scenario file or an option
asks for it.
"""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sfchaos.scenario.live import LiveRig
    from sfchaos.scenario.suite import Suite

SUFFIX = ".sfchaos.yaml"
MARKED = ("seed", "scenario", "objectives", "tier")

def _whole(text: str) -> int:
    """A seed. Raises UsageError (pytest's) for anything but a whole number from 0."""
    if not text.isdecimal():
        raise pytest.UsageError(f"sfchaos-seed: {text!r} is not a whole number from 0\n  remedy: write `--sfchaos-seed 7`, or `sfchaos_seed = 7` in the ini file")
    return int(text)


_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--sfchaos-seed", {"type": _whole, "metavar": "N", "help": "seed of ids, secrets and chance (a fresh one is drawn and printed without it)"}),
    ("--sfchaos-scenario", {"metavar": "ID", "help": "arm this scenario's rules in every rig"}),
    ("--sfchaos-schedule", {"metavar": "TOKEN|FILE", "help": "arm this schedule instead of what tests inject (replays a printed failure)"}),
    ("--sfchaos-evidence", {"metavar": "DIR", "help": "write an evidence bundle of this session into DIR"}),
    ("--sfchaos-check", {"action": "store_true", "help": "also play the scenario library against the target of sfchaos.toml, one test each"}),
)
_SUITE: pytest.StashKey[Suite] = pytest.StashKey()
_SEED: pytest.StashKey[tuple[int, bool]] = pytest.StashKey()
_PASSED: pytest.StashKey[bool] = pytest.StashKey()
_BUNDLES: pytest.StashKey[list[str]] = pytest.StashKey()
_UNREAD: pytest.StashKey[list[str]] = pytest.StashKey()
PROPERTIES = ("sfc.objective", "sfc.verdict", "control")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("sfchaos", "chaos and compliance tests for Salesforce integrations")
    for name, how in _OPTIONS:
        group.addoption(name, **how)
        parser.addini(name.removeprefix("--").replace("-", "_"), f"the same as {name}", default=None)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sfchaos(seed=, scenario=, objectives=[...], tier=): settings of the rig; objectives are verified at teardown")
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(_WithXdist(), "sfchaos-xdist")


def pytest_sessionstart(session: pytest.Session) -> None:
    """What the command line names is looked at before anything runs: a mistake there is not every test's."""
    config = session.config
    option(config, "seed")
    if (option(config, "schedule") or option(config, "scenario")) and not hasattr(config, "workerinput"):
        with usage_errors():
            suite_of(config).ready()


@contextmanager
def usage_errors() -> Iterator[None]:
    """Errors of ours as pytest's own: a message, no traceback, exit code 4."""
    from sfchaos.core.errors import SfchaosError

    try:
        yield
    except SfchaosError as error:
        raise pytest.UsageError(str(error)) from None


def option(config: pytest.Config, name: str) -> Any:
    """A command-line option, or the ini key of the same name."""
    given = config.getoption(f"--sfchaos-{name}")
    if given not in (None, False):
        return given
    ini = config.getini(f"sfchaos_{name}")
    if name == "check":
        return str(ini).lower() in ("1", "true", "yes", "on")
    if name == "seed" and ini:
        return _whole(str(ini).strip())
    return ini or None


def suite_of(config: pytest.Config) -> Suite:
    """The session's runs; made when the first rig or scenario needs it."""
    if _SUITE not in config.stash:
        from sfchaos.scenario.suite import Suite

        seed, given = _seed(config)
        config.stash[_SUITE] = Suite(config.rootpath, seed, given, schedule=option(config, "schedule"), scenario=option(config, "scenario"),
                                     keep=bool(option(config, "evidence")))  # fmt: skip
    return config.stash[_SUITE]


def _seed(config: pytest.Config) -> tuple[int, bool]:
    """The session's seed and whether it was given. A fresh one has 31 bits; workers of xdist take the controller's."""
    if _SEED not in config.stash:
        given = option(config, "seed")
        handed = getattr(config, "workerinput", {}).get("sfchaos_seed")
        drawn = int.from_bytes(os.urandom(4), "big") >> 1
        config.stash[_SEED] = (next(int(seed) for seed in (given, handed, drawn) if seed is not None), given is not None)
    return config.stash[_SEED]


# ---------------------------------------------------------------------- fixtures


@pytest.fixture
def rig(request: pytest.FixtureRequest) -> Iterator[LiveRig]:
    """A Salesforce org in this process, in virtual time: every client on urllib3 (requests, simple-salesforce) talks to it."""
    from sfchaos.scenario.live import in_process

    with _live(request, virtual=True) as live, in_process(live):
        yield live
        _verify_marked(request, live)


@pytest.fixture
def rig_server(request: pytest.FixtureRequest) -> Iterator[LiveRig]:
    """The same org behind a socket on loopback (`rig_server.url`), in real time."""
    from sfchaos.scenario.live import served

    with _live(request, virtual=False) as live, served(live):
        yield live
        _verify_marked(request, live)


@contextmanager
def _live(request: pytest.FixtureRequest, *, virtual: bool) -> Iterator[LiveRig]:
    """A rig for the test; when it is over, what was judged becomes properties of its report (JUnit, summary; xdist carries them)."""
    from sfchaos.core.errors import SfchaosError

    node, config = request.node, request.config
    try:
        live = suite_of(config).rig(node.nodeid, _marked(request), virtual=virtual, again=_again(config, node.nodeid))
    except SfchaosError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    try:
        yield live
    finally:
        told = suite_of(config).finish(live, failed=not node.stash.get(_PASSED, False))
        node.user_properties[:] = [pair for pair in node.user_properties if pair[0] not in PROPERTIES] + told


def _again(config: pytest.Config, nodeid: str) -> str:
    """The command that plays this test alone, as seen from where pytest was started."""
    file, colons, name = nodeid.partition("::")
    place = os.path.relpath(config.rootpath / file, config.invocation_params.dir)
    return f"pytest {shlex.quote(Path(place).as_posix() + colons + name)}"


def _marked(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Keyword arguments of the nearest marker. Unknown ones are the user's mistake."""
    marker = request.node.get_closest_marker("sfchaos")
    found = dict(marker.kwargs) if marker else {}
    for name in found:
        if name not in MARKED:
            from sfchaos.core.errors import UnknownName

            raise UnknownName("argument of the sfchaos marker", name, MARKED, remedy="seed=, scenario=, objectives= and tier= there are")
    return found


def _verify_marked(request: pytest.FixtureRequest, live: LiveRig) -> None:
    """The marker's objectives. After a body that failed they are judged for the record only: one failure is told once."""
    from sfchaos.core.errors import ObjectiveFailed, UsageError

    objectives = _marked(request).get("objectives") or ()
    objectives = (objectives,) if isinstance(objectives, str) else tuple(objectives)
    if not objectives:
        return
    try:
        if request.node.stash.get(_PASSED, False):
            live.verify(*objectives)
        else:
            live.judge(*objectives)
    except (ObjectiveFailed, UsageError) as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Note how the body ended."""
    if call.when == "setup":
        item.stash[_PASSED] = False
    elif call.when == "call":
        item.stash[_PASSED] = call.excinfo is None
    return (yield)


# ---------------------------------------------------------------------- scenarios as tests


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    return ScenarioFile.from_parent(parent, path=file_path) if file_path.name.endswith(SUFFIX) else None


class ScenarioFile(pytest.File):
    """One scenario of the project's own."""

    def collect(self) -> Iterator[pytest.Item]:
        from sfchaos.core.errors import SfchaosError
        from sfchaos.scenario.load import load_scenario

        try:
            scenario = load_scenario(self.path)
        except SfchaosError as error:
            raise self.CollectError(str(error)) from None
        yield ScenarioItem.from_parent(self, name=scenario.id, scenario=scenario, named=True)


class ScenarioItem(pytest.Item):
    """A scenario against the target of sfchaos.toml: clean twin, faulted run, judgement."""

    def __init__(self, *, scenario: Any, named: bool, **rest: Any) -> None:
        super().__init__(**rest)
        self.scenario, self.named = scenario, named

    def runtest(self) -> None:
        suite_of(self.config).check(self.scenario, named=self.named, properties=self.user_properties)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        from sfchaos.core.errors import ObjectiveFailed, SfchaosError

        if isinstance(excinfo.value, ObjectiveFailed | SfchaosError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.scenario.path or self.path, 0, f"scenario {self.scenario.id}"


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --sfchaos-check: one test for each scenario that is not among the files already."""
    if not option(config, "check"):
        return
    from sfchaos.scenario.load import pack_of
    from sfchaos.scenario.session import target_of

    with usage_errors():
        target_of(suite_of(config).config)
        scenarios = pack_of("all", start=config.rootpath)
    held = [item.scenario.id for item in items if isinstance(item, ScenarioItem)]
    items += [ScenarioItem.from_parent(session, name=f"sfchaos[{s.id}]", scenario=s, named=False) for s in scenarios if s.id not in held]


# ---------------------------------------------------------------------- reports


def pytest_report_header(config: pytest.Config) -> str | None:
    given = option(config, "seed")
    return f"sfchaos: seed {given}" if given is not None else None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    reports = [r for group in terminalreporter.stats.values() for r in group if getattr(r, "when", "") == "teardown"]
    verdicts = [str(value) for report in reports for name, value in report.user_properties if name == "sfc.verdict"]
    bundles = config.stash.get(_BUNDLES, [])
    unread = _unread(config)
    if not verdicts and not bundles and not unread:
        return
    terminalreporter.section("sfchaos")
    seed, given = _seed(config)
    for line in [*summary_lines(verdicts), f"seed {seed}{'' if given else ' (drawn for this session; --sfchaos-seed repeats it)'}",
                 *(f"evidence: {bundle}" for bundle in bundles), *(f"not read: {sentence}" for sentence in unread)]:  # fmt: skip
        terminalreporter.write_line(line)


def _unread(config: pytest.Config) -> list[str]:
    """What the source of `[org] schema` holds and the org does not play, if any test of this process or of a worker used it."""
    told = config.stash.get(_UNREAD, [])
    suite = config.stash.get(_SUITE, None)
    return list(dict.fromkeys([*told, *(suite.unread if suite is not None else ())]))


def summary_lines(verdicts: Sequence[str]) -> list[str]:
    """`SFC-INT-02   3 pass, 1 fail` per objective, from `objective=verdict` texts."""
    counts: dict[str, Counter[str]] = {}
    for text in verdicts:
        name, _, verdict = text.partition("=")
        counts.setdefault(name, Counter())[verdict] += 1
    order = ("error", "fail", "inconclusive", "pass", "not-applicable")
    return [f"{name:<14} " + ", ".join(f"{counts[name][v]} {v}" for v in order if counts[name][v]) for name in sorted(counts)]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the bundle of what this process ran; a worker of xdist tells the controller its name."""
    config = session.config
    directory, suite = option(config, "evidence"), config.stash.get(_SUITE, None)
    if suite is not None and hasattr(config, "workeroutput"):
        config.workeroutput["sfchaos_unread"] = list(suite.unread)
    if not directory or suite is None or not suite.runs:
        return
    from sfchaos.core.errors import SfchaosError

    try:
        bundle = str(suite.write(Path(config.invocation_params.dir) / directory))
    except SfchaosError as error:
        bundle = f"not written: {error}"
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
    config.stash.setdefault(_BUNDLES, []).append(bundle)
    if hasattr(config, "workeroutput"):
        config.workeroutput["sfchaos_bundle"] = bundle


class _WithXdist:
    """Hooks that only pytest-xdist calls."""

    def pytest_configure_node(self, node: Any) -> None:
        """Every worker gets the controller's seed, so that the split changes nothing."""
        node.workerinput["sfchaos_seed"] = _seed(node.config)[0]

    def pytest_testnodedown(self, node: Any) -> None:
        node.config.stash.setdefault(_UNREAD, []).extend(getattr(node, "workeroutput", {}).get("sfchaos_unread") or ())
        bundle = getattr(node, "workeroutput", {}).get("sfchaos_bundle")
        if bundle:
            node.config.stash.setdefault(_BUNDLES, []).append(bundle)
