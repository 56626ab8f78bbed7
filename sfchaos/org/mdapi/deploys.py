"""Deployments: what is asked, what became of it, and the doing. Source: Metadata API guide, "deploy()", "DeployOptions", "DeployResult" (D)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sfchaos.org.mdapi.components import KINDS, deploy, remove
from sfchaos.org.mdapi.package import DESTRUCTIVE, MANIFEST, BadPackage, Package, in_deployment_order, opened, read_package
from sfchaos.org.mdapi.parts import Component, Outcome, Problem

if TYPE_CHECKING:
    from sfchaos.org.org import Org

# State -> what may follow. Source: Metadata API guide, "DeployStatus" (D). Cancelling a deployment that has begun is not in the table: here
# it happens at once, at a single instant of the org's clock, so nobody meets it in the middle.
STATES = {
    "Pending": ("InProgress", "Canceled"), "InProgress": ("Succeeded", "SucceededPartial", "Failed", "Canceled"),
    "Succeeded": (), "SucceededPartial": (), "Failed": (), "Canceled": (),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Options:
    """DeployOptions. `rollbackOnError` is false when nobody says anything (D); production orgs want true."""

    check_only: bool = False
    rollback_on_error: bool = False
    ignore_warnings: bool = False
    single_package: bool = False
    purge_on_delete: bool = False
    test_level: str = ""
    run_tests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment. Times in org seconds, None until then; `zip_bytes` until it has been done."""

    id: str
    user_id: str
    options: Options
    created_s: float
    zip_bytes: bytes = b""
    status: str = "Pending"
    started_s: float | None = None
    done_s: float | None = None
    outcomes: tuple[Outcome, ...] = ()
    error: str = ""
    cancelled_by: str = ""

    @property
    def is_done(self) -> bool:
        return not STATES[self.status]

    @property
    def failures(self) -> tuple[Outcome, ...]:
        return tuple(one for one in self.outcomes if not one.ok)

    @property
    def successes(self) -> tuple[Outcome, ...]:
        return tuple(one for one in self.outcomes if one.ok)


class _TakeBack(Exception):
    """Leaves the unit of a deployment that is to leave nothing behind."""


def carried_out(org: Org, job: Deployment) -> Deployment:
    """The deployment, done: what it deployed stays, unless it was to be checked only, or something failed and all is to be taken back."""
    zip_bytes, job = job.zip_bytes, replace(job, zip_bytes=b"", done_s=org.now_s())
    kept = org.events_kept
    outcomes: list[Outcome] = []
    error = _tests_refused(job.options)
    try:
        package = read_package(opened(zip_bytes))
    except BadPackage as bad:
        return replace(job, status="Failed", error=str(bad))
    if error:
        return replace(job, status="Failed", error=error)
    try:
        with org.store.unit():
            outcomes = _all(org, package, job)
            if job.options.check_only or (job.options.rollback_on_error and not all(one.ok for one in outcomes)):
                raise _TakeBack
    except _TakeBack:
        org.drop_events(kept)
    return replace(job, status=_status(job.options, outcomes), outcomes=tuple(outcomes))


def _tests_refused(options: Options) -> str:
    """There are no Apex tests here, and none are pretended to have passed. Text for a class that is not there: K."""
    if options.run_tests:
        return f"INVALID_ID_FIELD: This org runs no Apex: the test classes {', '.join(options.run_tests)} are not there"
    return ""


def _status(options: Options, outcomes: list[Outcome]) -> str:
    failed = [one for one in outcomes if not one.ok]
    if not failed:
        return "Succeeded"
    return "Failed" if options.rollback_on_error or options.check_only or len(failed) == len(outcomes) - 1 else "SucceededPartial"


def _all(org: Org, package: Package, job: Deployment) -> list[Outcome]:
    """package.xml itself stands among the successes, as in recorded results (R: forcedotcom/cli#3220)."""
    outcomes = [Outcome("", MANIFEST, package.root + MANIFEST), *package.broken]
    pre, main, post = DESTRUCTIVE
    outcomes += _removed(org, package, pre, job.user_id)
    for some in in_deployment_order(package.components):
        outcomes += _in_rounds(org, some, job.user_id)
    return outcomes + _removed(org, package, main, job.user_id) + _removed(org, package, post, job.user_id)


def _in_rounds(org: Org, components: list[Component], user_id: str) -> list[Outcome]:
    """Components of one type in any order: those that fail are tried once more as long as others get done, since one may stand on another."""
    done: dict[int, Outcome] = {}
    waiting = dict(enumerate(components))
    while waiting:
        tried = {number: deploy(org, component, user_id) for number, component in waiting.items()}
        done |= tried
        left = {number: component for number, component in waiting.items() if not tried[number].ok}
        if len(left) == len(waiting):
            break
        waiting = left
    return [done[number] for number in sorted(done)]


def _removed(org: Org, package: Package, manifest: str, user_id: str) -> list[Outcome]:
    return [_one_removed(org, kind, name, package.root + manifest, user_id) for kind, name in package.removed.get(manifest, [])]


def _one_removed(org: Org, kind: str, name: str, file: str, user_id: str) -> Outcome:
    """What is not there is a warning, not a failure (K)."""
    known = KINDS.get(kind)
    if known is None or name == "*":
        return Outcome(kind, name, file, ok=False, problem="Not available for deploy for this organization" if known is None else "Wildcards are not taken in destructive changes")
    try:
        remove(org, known, name, user_id)
    except Problem as problem:
        missing = problem.code == "INVALID_CROSS_REFERENCE_KEY"
        return Outcome(kind, name, file, ok=missing, problem=problem.message)
    return Outcome(kind, name, file, deleted=True)


def options_of(said: Mapping[str, str], run_tests: tuple[str, ...]) -> Options:
    """From the words of a request; names as DeployOptions has them."""
    def on(name: str) -> bool:
        return str(said.get(name, "")).strip().lower() in ("true", "1")

    return Options(on("checkOnly"), on("rollbackOnError"), on("ignoreWarnings"), on("singlePackage"), on("purgeOnDelete"), str(said.get("testLevel") or ""), run_tests)
