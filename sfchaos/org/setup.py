"""Puts an org together: schema, tables, first rows, rooms, routes. The one place that knows all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sfchaos.org.access import RightsRoom
from sfchaos.org.access.changes import OwnerShares, RightsFollower
from sfchaos.org.access.delegation import Delegation
from sfchaos.org.access.full import write_when_read
from sfchaos.org.access.people import ADMINISTRATOR, INTEGRATION, add_people, add_standard_profiles
from sfchaos.org.admin import Admin
from sfchaos.org.apex import Apex
from sfchaos.org.audit.event_log import EventLog
from sfchaos.org.audit.trail import AuditTrail
from sfchaos.org.bulk.engine import BulkEngine
from sfchaos.org.bulk1.engine import Bulk1
from sfchaos.org.events.bus import EventBus
from sfchaos.org.events.changes import ChangeCapture
from sfchaos.org.events.clients import StreamClients
from sfchaos.org.events.push_topics import PushNotices
from sfchaos.org.events.selection import Selection, add_members
from sfchaos.org.files.blobs import Blobs
from sfchaos.org.files.files import Files
from sfchaos.org.formula import check_schema, python_functions
from sfchaos.org.identity.apps import app_rows
from sfchaos.org.identity.credentials import Credentials
from sfchaos.org.identity.identity import Identity
from sfchaos.org.identity.session_rows import watch_sessions
from sfchaos.org.ids import number_of
from sfchaos.org.mdapi.engine import MetadataApi
from sfchaos.org.metadata import Metadata
from sfchaos.org.model_rows import add_model_rows
from sfchaos.org.rows import duplicates, masks, record_types
from sfchaos.org.rows.activities import Activities
from sfchaos.org.rows.dml import Dml
from sfchaos.org.rows.history import FieldHistory
from sfchaos.org.rows.locks import Locks
from sfchaos.org.rows.plans import Plans
from sfchaos.org.rows.recent import Recent
from sfchaos.org.rows.recycle_bin import RecycleBin
from sfchaos.org.schema.load import OrgModel
from sfchaos.org.schema.model import Schema
from sfchaos.org.sosl.match import found
from sfchaos.org.store import quoted
from sfchaos.org.world import OrgWorld

if TYPE_CHECKING:
    from sfchaos.org.org import Org

_LOCALE = {"TimeZoneSidKey": "GMT", "LocaleSidKey": "en_US", "EmailEncodingKey": "UTF-8", "LanguageLocaleKey": "en_US"}


def furnish(org: Org, start: Schema | OrgModel | None) -> None:
    """Fill a new Org with its rooms, its first rows and what its model holds; then mark it, so that it can be reset."""
    model = start if isinstance(start, OrgModel) else OrgModel(start or _standard())
    org.schema = model.schema
    check_schema(org.schema)
    org.store.create_tables(org.schema)
    org.admin_user_id, org.integration_user_id = org.new_id("005"), org.new_id("005")
    _rooms(org)
    org.apps.configure(model.connected_apps)
    org.identity.policies.configure(model.profiles)
    is_new = _is_new(org)
    if is_new:
        with org.store.unit():
            _first_rows(org, model.organization)
            record_types.add_rows(org)
            duplicates.add_rows(org)
            add_people(org, model)
            add_model_rows(org, model)
            add_members(org, model.event_members)
    else:
        _go_on_counting(org)
    org.delegation.furnish(model, is_new=is_new)
    record_types.assign(org, "Profile", model.profiles)
    record_types.assign(org, "PermissionSet", model.permission_sets)
    org.limits.configure(model.limits)
    org.service_times = model.service_times
    org.bulk.pace = model.pace
    org.event_log.is_monitored = model.event_monitoring
    org.credentials.make_ready()
    _routes(org)
    _row_routes(org)
    _setup_routes(org)
    org.send_events()
    org.audit_trail.open()
    if org.store.path is None:
        org.mark()


def _standard() -> Schema:
    from sfchaos.org.schema.library import standard_schema

    return standard_schema()


def _rooms(org: Org) -> None:
    python_functions.register(org)
    masks.register(org)
    org.store.add_function("SF_FOUND", found, deterministic=True)
    org.rights = RightsRoom(org)
    org.delegation = Delegation(org)
    write_when_read(org)
    org.followers.add(RightsFollower())
    org.followers.add(OwnerShares())
    org.plans = Plans(org)
    org.locks = Locks(org)
    org.dml = Dml(org)
    org.recycle_bin = RecycleBin(org)
    org.recent = Recent(org)
    org.blobs = Blobs(org)
    org.followers.add(Files())
    org.followers.add(Activities())
    org.admin = Admin(org)
    org.world = OrgWorld(org)
    org.credentials = Credentials(org)
    org.identity = Identity(org)
    org.bulk = BulkEngine(org)
    org.bulk1 = Bulk1(org)
    org.audit_trail = AuditTrail(org)
    org.event_log = EventLog(org)
    org.followers.add(org.audit_trail)
    org.followers.add(FieldHistory(org))
    org.apex = Apex(org)
    org.metadata = Metadata(org)
    org.mdapi = MetadataApi(org)
    org.events = EventBus(org)
    org.streams = StreamClients(org)
    org.selection = Selection(org)
    org.changes = ChangeCapture(org)
    for follower in (org.selection, org.changes, PushNotices(org)):
        org.followers.add(follower)
    watch_sessions(org)


def _routes(org: Org) -> None:
    from sfchaos.org.api import bulk1, bulk2_ingest, bulk2_query, collections, describe, limits, login_page, meta, oauth, query, soap, sobjects

    for module in (sobjects, collections, meta, describe, query, oauth, login_page, soap, limits, bulk1, bulk2_ingest, bulk2_query):
        org.routes.add(module.ROUTES)
    _more_routes(org)


def _more_routes(org: Org) -> None:
    """Requests in requests, and what is built on rows: actions, a team's own Apex."""
    from sfchaos.org.api import actions, apexrest, batch, composite, graph, graphql, layouts, process, quick_actions, tooling, tree, ui_api

    for module in (composite, batch, graph, tree, layouts, actions, quick_actions, process, tooling, ui_api, graphql, apexrest):
        org.routes.add(module.ROUTES)


def _setup_routes(org: Org) -> None:
    """What the org is made of, changed: metadata; and code."""
    from sfchaos.org.api import metadata_deploy, soap_apex, soap_class, soap_metadata, soap_tooling

    for module in (soap_metadata, metadata_deploy, soap_apex, soap_class, soap_tooling):
        org.routes.add(module.ROUTES)


def _row_routes(org: Org) -> None:
    """What can be asked besides reading and writing a row: changes, events, relatives, what a user looked at, and who the user is."""
    from sfchaos.org.api import cometd, events, passwords, pubsub, recent, relationships, replication, search, userinfo

    for module in (replication, relationships, recent, passwords, search, pubsub, cometd, events, userinfo):
        org.routes.add(module.ROUTES)


def _is_new(org: Org) -> bool:
    """False when the org's file already holds its users."""
    return org.schema.find("User") is None or org.store.one('SELECT 1 FROM "User"') is None


def _go_on_counting(org: Org) -> None:
    """An org that comes from a file: new ids start after the last ones there."""
    for sobject in org.schema:
        found = org.store.one(f"SELECT MAX(Id) FROM {quoted(sobject.name)}")
        if found and found[0]:
            name = f"id:{sobject.key_prefix}"  # histories share one prefix, as the shares of custom objects do
            org.registers.counters[name] = max(org.registers.counters.get(name, 0), number_of(found[0]))


def _first_rows(org: Org, organization: Mapping[str, Any]) -> None:
    """The organization, the standard profiles, the administrator and the integration user, the standard price book."""
    domain = org.my_domain.partition(".")[0]
    usual = {"Name": domain.capitalize(), "OrganizationType": "Developer Edition", "InstanceName": "NA1", "IsSandbox": False}
    _add(org, "Organization", **{**usual, **organization, "Id": org.org_id})
    org.new_id("00D")
    profiles = add_standard_profiles(org)
    _add(org, "User", Id=org.admin_user_id, Username=f"admin@{domain}.example", FirstName="Ada", LastName="Admin", Email=f"admin@{domain}.example", Alias="admin",
         ProfileId=profiles.get(ADMINISTRATOR, ""), IsActive=True, UserType="Standard", **_LOCALE)  # fmt: skip
    _add(org, "User", Id=org.integration_user_id, Username=org.credentials.username, FirstName="Sync", LastName="Integration",
         Email=org.credentials.username, Alias="sync", ProfileId=profiles.get(INTEGRATION, ""), IsActive=True, UserType="Standard", **_LOCALE)  # fmt: skip
    for app in app_rows(org.apps):
        _add(org, "ConnectedApplication", **app)
    # every org has it from the start; that it is not active there is K (scratch orgs have to activate it)
    _add(org, "Pricebook2", Name="Standard Price Book", IsStandard=True, IsActive=False)


def _add(org: Org, name: str, **fields: Any) -> str:
    """A row of an object that the schema may lack, with those of its fields that there are; "" when it lacks it."""
    sobject = org.schema.find(name)
    if sobject is None:
        return ""
    row = {field: value for field, value in fields.items() if (found := sobject.find(field)) is not None and found.has_column and value != ""}
    result = org.dml.write("create", name, [row], user_id=org.admin_user_id, as_admin=True)[0]
    if not result.ok:
        raise RuntimeError(f"first row of {name}: {result.refusals[0]}")  # a mistake in the schema files
    return result.id
