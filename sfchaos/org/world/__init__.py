"""What may be done to the org between requests: the verbs of an administrator, for faults of phase E. All idempotent.

One file a family of faults; each verb is undone by `Org.heal()`.
"""

from __future__ import annotations

from sfchaos.org.world.composites import CompositesWorld
from sfchaos.org.world.data import DataWorld
from sfchaos.org.world.events import EventsWorld
from sfchaos.org.world.jobs import JobsWorld
from sfchaos.org.world.limits import LimitsWorld
from sfchaos.org.world.logins import LoginsWorld
from sfchaos.org.world.queries import QueriesWorld
from sfchaos.org.world.rights import RightsWorld
from sfchaos.org.world.rows import RowsWorld
from sfchaos.org.world.schema import SchemaWorld
from sfchaos.org.world.sessions import SessionsWorld
from sfchaos.org.world.whole import WholeWorld


class OrgWorld(SessionsWorld, LoginsWorld, LimitsWorld, RowsWorld, RightsWorld, SchemaWorld, WholeWorld, QueriesWorld, JobsWorld, CompositesWorld, DataWorld, EventsWorld):
    """Implements sfchaos.core.world.World."""
