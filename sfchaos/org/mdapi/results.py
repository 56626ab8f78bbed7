"""Deployments and retrievals as their results say them: the same keys over SOAP and REST. Source: Metadata API guide, "DeployResult",
"DeployMessage" (D); order and words as recorded by several clients (R: forcedotcom/cli#3220, #2008)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sfchaos.org.mdapi.deploys import Deployment, Options
from sfchaos.org.mdapi.listing import moment, person
from sfchaos.org.mdapi.parts import Outcome

if TYPE_CHECKING:
    from sfchaos.org.org import Org

_NO_TESTS = {"numFailures": 0, "numTestsRun": 0, "totalTime": 0.0}


def deploy_result(org: Org, job: Deployment, *, details: bool) -> dict[str, Any]:
    """Keys in order; those that have no value are left out. A component is a success or a failure, never both."""
    last_s = job.done_s if job.done_s is not None else job.started_s if job.started_s is not None else job.created_s
    total = [one for one in job.outcomes if one.type]
    result: dict[str, Any] = {
        "canceledBy": job.cancelled_by, "canceledByName": person(org, job.cancelled_by) if job.cancelled_by else "", "checkOnly": job.options.check_only,
        "completedDate": moment(job.done_s) if job.is_done and job.done_s is not None else "", "createdBy": job.user_id, "createdByName": person(org, job.user_id),
        "createdDate": moment(job.created_s), "details": _details(job) if details else {}, "done": job.is_done,
        "errorMessage": job.error, "errorStatusCode": "UNKNOWN_EXCEPTION" if job.error else "", "id": job.id, "ignoreWarnings": job.options.ignore_warnings,
        "lastModifiedDate": moment(last_s), "numberComponentErrors": len(job.failures), "numberComponentsDeployed": sum(one.ok for one in total),
        "numberComponentsTotal": len(total), "numberTestErrors": 0, "numberTestsCompleted": 0, "numberTestsTotal": 0,
        "rollbackOnError": job.options.rollback_on_error, "runTestsEnabled": _runs_tests(job.options),
        "startDate": moment(job.started_s) if job.started_s is not None else "", "status": job.status,
        "success": job.status in ("Succeeded", "SucceededPartial") and not job.failures,
    }  # fmt: skip
    return {key: value for key, value in result.items() if value not in ("", {})}


def _runs_tests(options: Options) -> bool:
    return bool(options.run_tests) or options.test_level not in ("", "NoTestRun")


def _details(job: Deployment) -> dict[str, Any]:
    at = moment(job.done_s) if job.done_s is not None else ""
    return {
        "componentFailures": [_message(one, at) for one in job.failures], "componentSuccesses": [_message(one, at) for one in job.successes], "runTestResult": _NO_TESTS,
    }  # fmt: skip


def _message(one: Outcome, at: str) -> dict[str, Any]:
    said: dict[str, Any] = {"changed": one.ok, "columnNumber": 1 if one.line and not one.ok else None, "componentType": one.type, "created": one.created,
                            "createdDate": at, "deleted": one.deleted, "fileName": one.file, "fullName": one.name, "id": one.id or None}  # fmt: skip
    if one.line and not one.ok:
        said["lineNumber"] = one.line
    if one.problem:
        said |= {"problem": one.problem, "problemType": "Warning" if one.ok else "Error"}
    return {key: value for key, value in (said | {"success": one.ok}).items() if value is not None}


def options_shown(options: Options) -> dict[str, Any]:
    """deployOptions of the REST resource."""
    return {
        "allowMissingFiles": False, "autoUpdatePackage": False, "checkOnly": options.check_only, "ignoreWarnings": options.ignore_warnings, "performRetrieve": False,
        "purgeOnDelete": options.purge_on_delete, "rollbackOnError": options.rollback_on_error, "runTests": list(options.run_tests) or None,
        "singlePackage": options.single_package, "testLevel": options.test_level or "NoTestRun",
    }  # fmt: skip
