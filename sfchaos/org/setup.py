"""Puts an org together: schema, tables, first rows, rooms, routes. The one place that knows all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import Schema


def furnish(org: Org, schema: Schema | None) -> None:
    """Fill a new Org. Rooms are imported here, because each of them is built on the Org."""
    # schema: from sfchaos.org.schema.standard import standard_schema
    # rooms:  org.admin = Admin(org); org.world = OrgWorld(org); org.dml = ...
    # routes: org.routes.add(api.sobjects.ROUTES) ...
    raise NotImplementedError
