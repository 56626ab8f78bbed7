"""The pytest plugin: fixtures `rig` and `rig_server`, marker `sfchaos`, options, `*.sfchaos.yaml` tests, summary, evidence.

Costs nothing while unused: nothing of sfchaos but this file is imported before a fixture, a scenario file or an option
asks for it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sfchaos.scenario.live import LiveRig
    from sfchaos.scenario.suite import Suite

SUFFIX = ".sfchaos.yaml"
_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--sfchaos-seed", {"type": int, "metavar": "N", "help": "seed of ids, secrets and chance (a fresh one is drawn and printed without it)"}),
    ("--sfchaos-scenario", {"metavar": "ID", "help": "arm this scenario's rules in every rig"}),
    ("--sfchaos-schedule", {"metavar": "TOKEN|FILE", "help": "arm this schedule instead of what tests inject (replays a printed failure)"}),
    ("--sfchaos-evidence", {"metavar": "DIR", "help": "write an evidence bundle of this session into DIR"}),
    ("--sfchaos-check", {"action": "store_true", "help": "also play the scenario library against the target of sfchaos.toml, one test each"}),
)
_SUITE: pytest.StashKey[Suite] = pytest.StashKey()
_RIG: pytest.StashKey[LiveRig] = pytest.StashKey()
_SEED: pytest.StashKey[tuple[int, bool]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("sfchaos", "chaos and compliance tests for Salesforce integrations")
    for name, how in _OPTIONS:
        group.addoption(name, **how)
        parser.addini(name.removeprefix("--").replace("-", "_"), f"the same as {name}", default=None)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sfchaos(seed=, scenario=, objectives=[...]): settings of the rig; objectives are verified at teardown")


def option(config: pytest.Config, name: str) -> Any:
    """A command-line option, or the ini key of the same name."""
    given = config.getoption(f"--sfchaos-{name}")
    if given not in (None, False):
        return given
    ini = config.getini(f"sfchaos_{name}")
    if name == "check":
        return str(ini).lower() in ("1", "true", "yes", "on")
    return int(ini) if name == "seed" and ini else ini


def suite_of(config: pytest.Config) -> Suite:
    """The session's runs; made when the first rig or scenario needs it."""
    if _SUITE not in config.stash:
        from sfchaos.scenario.suite import Suite

        seed, given = _seed(config)
        config.stash[_SUITE] = Suite(config.rootpath, seed, given, schedule=option(config, "schedule"), scenario=option(config, "scenario"),
                                     keep=bool(option(config, "evidence")))  # fmt: skip
    return config.stash[_SUITE]


def _seed(config: pytest.Config) -> tuple[int, bool]:
    """Given, or drawn once per session; workers of xdist take the controller's."""
    if _SEED not in config.stash:
        given = option(config, "seed")
        handed = getattr(config, "workerinput", {}).get("sfchaos_seed")
        if given is None and handed is None:
            from sfchaos.scenario.suite import fresh_seed

            config.stash[_SEED] = (fresh_seed(), False)
        else:
            config.stash[_SEED] = (int(given or handed or 0), given is not None)
    return config.stash[_SEED]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """pytest-xdist: every worker gets the controller's seed, so that the split changes nothing."""
    node.workerinput["sfchaos_seed"] = _seed(node.config)[0]


# ---------------------------------------------------------------------- fixtures


@pytest.fixture
def rig(request: pytest.FixtureRequest) -> Iterator[LiveRig]:
    """A Salesforce org in this process, in virtual time: every client on urllib3 (requests, simple-salesforce) talks to it."""
    from sfchaos.scenario.live import in_process

    live = suite_of(request.config).rig(request.node.nodeid, _marked(request), virtual=True)
    request.node.stash[_RIG] = live
    with in_process(live):
        yield live
        _verify_marked(request, live)


@pytest.fixture
def rig_server(request: pytest.FixtureRequest) -> Iterator[LiveRig]:
    """The same org behind a socket on loopback (`rig_server.url`), in real time."""
    from sfchaos.scenario.live import served

    live = suite_of(request.config).rig(request.node.nodeid, _marked(request), virtual=False)
    request.node.stash[_RIG] = live
    with served(live):
        yield live
        _verify_marked(request, live)


def _marked(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Keyword arguments of the nearest marker. Unknown ones are the user's mistake."""
    marker = request.node.get_closest_marker("sfchaos")
    found = dict(marker.kwargs) if marker else {}
    for name in found:
        if name not in ("seed", "scenario", "objectives"):
            from sfchaos.core.errors import UnknownName

            raise UnknownName("argument of the sfchaos marker", name, ("seed", "scenario", "objectives"))
    return found


def _verify_marked(request: pytest.FixtureRequest, live: LiveRig) -> None:
    objectives = _marked(request).get("objectives")
    if objectives:
        live.verify(*objectives)


# ---------------------------------------------------------------------- scenarios as tests


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    return ScenarioFile.from_parent(parent, path=file_path) if file_path.name.endswith(SUFFIX) else None


class ScenarioFile(pytest.File):
    """One scenario of the project's own."""

    def collect(self) -> Iterator[pytest.Item]:
        from sfchaos.scenario.load import load_scenario

        scenario = load_scenario(self.path)
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
    if option(config, "check"):
        from sfchaos.scenario.load import pack_of

        for scenario in pack_of("all", start=config.rootpath):
            items.append(ScenarioItem.from_parent(session, name=f"sfchaos[{scenario.id}]", scenario=scenario, named=False))


# ---------------------------------------------------------------------- reports


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """After the body: note how it ended, and attach what was judged as properties (JUnit, summary; xdist carries them)."""
    report = yield
    live = item.stash.get(_RIG, None)
    if live is not None and call.when == "teardown":
        del item.stash[_RIG]
        properties = suite_of(item.config).finish(live, failed=item.stash.get(_FAILED, False))
        report.user_properties = [*report.user_properties, *properties]
    if call.when == "call":
        item.stash[_FAILED] = call.excinfo is not None
    return report


_FAILED: pytest.StashKey[bool] = pytest.StashKey()


def pytest_report_header(config: pytest.Config) -> str | None:
    given = option(config, "seed")
    return f"sfchaos: seed {given}" if given is not None else None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    reports = [r for group in terminalreporter.stats.values() for r in group if getattr(r, "user_properties", None)]
    verdicts = [value for report in reports for name, value in report.user_properties if name == "sfc.verdict"]
    if not verdicts:
        return
    from sfchaos.scenario.suite import summary_lines

    terminalreporter.section("sfchaos")
    seed, given = _seed(config)
    for line in summary_lines(verdicts):
        terminalreporter.write_line(line)
    terminalreporter.write_line(f"seed {seed}{'' if given else ' (drawn for this session; --sfchaos-seed repeats it)'}")
    bundle = config.stash.get(_BUNDLE, None)
    if bundle:
        terminalreporter.write_line(f"evidence: {bundle}")


_BUNDLE: pytest.StashKey[str] = pytest.StashKey()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    directory = option(session.config, "evidence")
    suite = session.config.stash.get(_SUITE, None)
    if directory and suite is not None and suite.runs:
        session.config.stash[_BUNDLE] = str(suite.write(Path(session.config.invocation_params.dir) / directory))
