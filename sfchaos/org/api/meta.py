"""What the API says about itself: its versions, and the resources of one of them.

Source: REST API Developer Guide, "Versions" and "Resources by Version"; wire reference 3.2 (D; order of keys and values R/L).
"""

from __future__ import annotations

from sfchaos.core.messages import Response
from sfchaos.org.call import Call
from sfchaos.org.routes import Route
from sfchaos.org.versions import FIRST, LAST
from sfchaos.org.versions import resources as resources_at


def label_of_version(version: int) -> str:
    """`62` -> `Winter '25`. Three releases a year since Summer '14, which is 31 (wire reference, head)."""
    years, season = divmod(version - 31, 3)
    return f"{('Summer', 'Winter', 'Spring')[season]} '{14 + years + (season > 0)}"


def versions(call: Call) -> Response:
    """All versions, oldest first. Needs no session and counts against no limit."""
    return call.reply([{"label": label_of_version(n), "url": f"/services/data/v{n}.0", "version": f"{n}.0"} for n in range(FIRST, LAST + 1)])


def resources(call: Call) -> Response:
    """Name to path, for every family of resources that Salesforce lists in the version, whether this org answers there or not."""
    paths = {name: f"{call.base}/{name}" for name in resources_at(call.version_number)}
    login = "https://login.salesforce.com" if call.request.scheme == "https" else call.origin
    paths["identity"] = f"{login}/id/{call.org.org_id}/{call.user_id}"
    return call.reply(paths)


ROUTES = [
    Route("GET", "/services/data", versions, auth=False, counts=False, source="REST API Developer Guide, Versions"),
    Route("GET", "/services/data/{v}", resources, source="REST API Developer Guide, Resources by Version"),
]
