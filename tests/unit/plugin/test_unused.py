"""A plugin that is installed and not used: nothing imported, nothing said; and one that is switched off."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture
def alone(project, monkeypatch):
    """Without the other plugins of this environment, some of which import what is looked for."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (project.path / "pyproject.toml").unlink()
    return project


def test_an_unrelated_session_imports_nothing_of_ours_and_nothing_heavy(alone):
    alone.makeconftest("""
        import sys

        def pytest_unconfigure(config):
            heavy = ("requests", "urllib3", "hypothesis", "lark", "sqlite3", "rich", "jinja2", "cryptography", "ruamel", "faker", "asyncio")
            ours = sorted(name for name in sys.modules if name.partition(".")[0] == "sfchaos")
            sys.__stdout__.write(f"ours: {ours} heavy: {sorted(n for n in heavy if n in sys.modules)}\\n")
    """)
    alone.makepyfile("def test_other(): pass")
    result = alone.runpytest_subprocess("-p", "sfchaos.pytest_plugin")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["ours: ['sfchaos', 'sfchaos.pytest_plugin'] heavy: []"])
    assert "sfchaos:" not in result.stdout.str()
    assert "= sfchaos =" not in result.stdout.str()


def test_off_means_off(project):
    project.makepyfile("def test_with(rig): pass")
    result = project.runpytest_subprocess("-p", "no:sfchaos")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'rig' not found*"])
    assert project.runpytest_subprocess("-p", "no:sfchaos", "--sfchaos-seed", "1").ret == pytest.ExitCode.USAGE_ERROR


def test_it_says_what_it_offers(project):
    result = project.runpytest_subprocess("--help")
    result.stdout.fnmatch_lines(["chaos and compliance tests for Salesforce*", "*--sfchaos-seed*", "*--sfchaos-evidence*"])
    result = project.runpytest_subprocess("--fixtures", "-q")
    result.stdout.fnmatch_lines(["rig -- *", "rig_server -- *"])
    project.runpytest_subprocess("--markers").stdout.fnmatch_lines(["@pytest.mark.sfchaos*"])
