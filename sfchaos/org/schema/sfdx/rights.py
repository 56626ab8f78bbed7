"""Profiles, permission sets, their groups, and connected apps of the source."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import replace

from sfchaos.org.schema.model import Schema
from sfchaos.org.schema.people import ConnectedApp, PermissionSet
from sfchaos.org.schema.sfdx.source import Source
from sfchaos.org.schema.sfdx.xml import Node

OBJECT_RIGHTS = (("read", "allowRead"), ("create", "allowCreate"), ("edit", "allowEdit"), ("delete", "allowDelete"), ("view_all", "viewAllRecords"),
                  ("modify_all", "modifyAllRecords"))  # fmt: skip
# What falls with a right that is muted
_FALLS = {
    "read": ("read", "create", "edit", "delete", "view_all", "modify_all"), "create": ("create", "modify_all"), "edit": ("edit", "delete", "modify_all"),
    "delete": ("delete", "modify_all"), "view_all": ("view_all", "modify_all"), "modify_all": ("modify_all",),
}  # fmt: skip
_READ = frozenset({"objectPermissions", "fieldPermissions", "userPermissions", "recordTypeVisibilities", "loginIpRanges", "loginHours", "label", "description",
                   "custom", "fullName", "license", "userLicense", "hasActivationRequired", "@xmlns", "@xsi"})  # fmt: skip
_PAGES = frozenset({"layoutAssignments", "tabVisibilities", "tabSettings", "applicationVisibilities", "pageAccesses", "categoryGroupVisibilities", "loginFlows"})
# OAuth scope of a connected app's file -> of the token endpoint. Source: Metadata API guide, "ConnectedApp", ConnectedAppOauthAccessScope (D).
SCOPES = {
    "Basic": "id", "Api": "api", "Web": "web", "Full": "full", "Chatter": "chatter_api", "CustomApplications": "visualforce", "RefreshToken": "refresh_token",
    "OfflineAccess": "offline_access", "OpenID": "openid", "Profile": "profile", "Email": "email", "Address": "address", "Phone": "phone",
    "CustomPermissions": "custom_permissions", "Wave": "wave_api", "Eclair": "eclair_api", "Content": "content", "Pardot": "pardot_api", "Lightning": "lightning",
}  # fmt: skip
_REFRESH = {"infinite": "until-revoked", "immediately": "immediately", "inactivity": "after-unused", "specific_lifetime": "after-issued"}
_UNIT_S = {"HOURS": 3600.0, "DAYS": 86400.0, "MONTHS": 30 * 86400.0}
_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_rights(source: Source, kind: str, schema: Schema) -> dict[str, PermissionSet]:
    """By the file's name: `kind` is "profile" or "permissionset"."""
    from urllib.parse import unquote

    found = {unquote(file.name): _rights(file.node, unquote(file.name), kind, schema, source) for file in source.of(kind)}
    pages = sorted({child.tag for file in source.of(kind) for child in file.node.children} & _PAGES)
    others = sorted({child.tag for file in source.of(kind) for child in file.node.children} - _PAGES - _READ)
    if pages:
        source.leave(f"{kind}s: {', '.join(pages)} concern pages and are not read")
    if others:
        source.leave(f"{kind}s: {', '.join(others)} not read")
    return found


def _rights(node: Node, name: str, kind: str, schema: Schema, source: Source) -> PermissionSet:
    objects: dict[str, tuple[str, ...]] = {}
    fields: dict[str, tuple[str, ...]] = {}
    lacking: list[str] = []
    for part in node.all("objectPermissions"):
        sobject = schema.find(part.get("object"))
        if sobject is None:
            lacking.append(part.get("object"))
        else:
            objects[sobject.name] = tuple(right for right, tag in OBJECT_RIGHTS if part.flag(tag))
    for part in node.all("fieldPermissions"):
        object_name, _, field_name = part.get("field").partition(".")
        sobject = schema.find(object_name)
        f = (sobject.find(field_name) or sobject.find(f"{field_name}Id")) if sobject else None
        if sobject is None or f is None:
            lacking.append(part.get("field"))
        else:
            fields[f"{sobject.name}.{f.name}"] = tuple(right for right, tag in (("read", "readable"), ("edit", "editable")) if part.flag(tag))
    if lacking:
        shown = ", ".join(lacking[:4]) + (f" and {len(lacking) - 4} more" if len(lacking) > 4 else "")
        source.leave(f"{kind} {name}: rights to what this org lacks are left out ({shown})")
    system = tuple(part.get("name") for part in node.all("userPermissions") if part.flag("enabled"))
    types = tuple(part.get("recordType") for part in node.all("recordTypeVisibilities") if part.flag("visible"))
    ranges = tuple(address_range(part, "startAddress", "endAddress") for part in node.all("loginIpRanges"))
    return PermissionSet(objects, fields, system, (), _known_types(types, schema), node.get("label") or name, ranges, login_hours(node.first("loginHours")))


def _known_types(names: Iterable[str], schema: Schema) -> tuple[str, ...]:
    found = []
    for name in names:
        object_name, _, own = name.partition(".")
        sobject = schema.find(object_name)
        if sobject is not None and any(t.developer_name == own for t in sobject.record_types):
            found.append(f"{sobject.name}.{own}")
    return tuple(found)


def address_range(part: Node, first: str, last: str) -> tuple[str, str]:
    """Raises BadFile for what is no range of addresses."""
    ends = part.get(first), part.get(last)
    try:
        low, high = (ipaddress.ip_address(end) for end in ends)
        if low.version != high.version or int(low) > int(high):
            raise ValueError
    except ValueError:
        raise part.bad(f"{ends[0]!r} to {ends[1]!r} is no range of addresses", "write two addresses of one kind, the lower one first") from None
    return ends


def login_hours(node: Node | None) -> tuple[tuple[str, int, int], ...]:
    if node is None:
        return ()
    return tuple((day, node.number(f"{day}Start"), node.number(f"{day}End")) for day in _DAY_NAMES if node.get(f"{day}End"))


def read_groups(source: Source, sets: dict[str, PermissionSet], muting: dict[str, PermissionSet]) -> dict[str, PermissionSet]:
    """Permission set groups, each as the set that its members come to, less what its muting permission sets name (D: Metadata API guide,
    "MutingPermissionSet")."""
    found: dict[str, PermissionSet] = {}
    for file in source.of("permissionsetgroup"):
        members = file.node.texts("permissionSets")
        missing = [name for name in members if name not in sets]
        if missing:
            source.leave(f"permission set group {file.name}: {', '.join(missing)} not in the source")
        muted = file.node.texts("mutingPermissionSets")
        unknown = [name for name in muted if name not in muting]
        if unknown:
            source.leave(f"permission set group {file.name}: muting permission set {', '.join(unknown)} not in the source")
        joined = less(_joined([sets[name] for name in members if name in sets]), [muting[name] for name in muted if name in muting])
        found[file.name] = replace(joined, label=file.node.get("label") or file.name)
    return found


def less(given: PermissionSet, muting: list[PermissionSet]) -> PermissionSet:
    """Without the rights that one of the others names. What stands on a right that is gone goes with it (K): edit on read, for one."""
    objects, fields = dict(given.objects), dict(given.fields)
    for one in muting:
        for name, rights in one.objects.items():
            objects[name] = tuple(right for right in objects.get(name, ()) if not any(right in _FALLS[muted] for muted in rights))
        for name, rights in one.fields.items():
            fields[name] = () if "read" in rights else tuple(right for right in fields.get(name, ()) if right not in rights)
    system = tuple(name for name in given.system if not any(name in one.system for one in muting))
    return replace(given, objects=objects, fields=fields, system=system)


def _joined(sets: list[PermissionSet]) -> PermissionSet:
    objects: dict[str, tuple[str, ...]] = {}
    fields: dict[str, tuple[str, ...]] = {}
    for one in sets:
        for held, given in ((objects, one.objects), (fields, one.fields)):
            for name, rights in given.items():
                held[name] = tuple(dict.fromkeys((*held.get(name, ()), *rights)))
    system, apps, types = (tuple(dict.fromkeys(x for one in sets for x in getattr(one, key))) for key in ("system", "apps", "record_types"))
    return PermissionSet(objects, fields, system, apps, types)


def read_apps(source: Source) -> tuple[tuple[ConnectedApp, ...], dict[str, tuple[str, ...]]]:
    """The connected apps, and per profile or permission set the apps that name it."""
    apps: list[ConnectedApp] = []
    approved: dict[str, tuple[str, ...]] = {}
    for file in source.of("connectedApp"):
        apps.append(app_of(file.name, file.node, source))
        for holder in (*file.node.texts("profileName"), *file.node.texts("permissionSetName"), *file.node.texts("permissionsetName")):
            approved[holder] = (*approved.get(holder, ()), file.name)
    return tuple(apps), approved


def app_of(name: str, node: Node, source: Source) -> ConnectedApp:
    oauth, policy, session = (node.first(tag) or Node("", node.file) for tag in ("oauthConfig", "oauthPolicy", "sessionPolicy"))
    unknown = [scope for scope in oauth.texts("scopes") if scope not in SCOPES]
    if unknown:
        source.leave(f"connected app {name}: scopes {', '.join(unknown)} not read")
    if oauth.first("certificate") is not None:
        source.leave(f"connected app {name}: its certificate is not used; the org checks JWT signatures with the key that it hands out")
    kind, _, rest = policy.get("refreshTokenPolicy", "infinite").partition(":")
    number, _, unit = rest.partition(":")
    valid_s = float(number) * _UNIT_S.get(unit.upper(), 0.0) if number.isdigit() else 0.0
    return ConnectedApp(
        name, node.get("label") or name, oauth.get("consumerKey"), tuple(SCOPES[s] for s in oauth.texts("scopes") if s in SCOPES),
        tuple(url.strip() for url in oauth.get("callbackUrl").splitlines() if url.strip()),
        "admin-approved" if oauth.flag("isAdminApproved") else "all",
        tuple(address_range(part, "start" if part.get("start") else "startAddress", "end" if part.get("end") else "endAddress") for part in node.all("ipRanges")),
        policy.get("ipRelaxation", "ENFORCE").upper().startswith(("BYPASS", "RELAX")), _REFRESH.get(kind.lower(), "until-revoked"), valid_s,
        oauth.flag("isRefreshTokenRotationEnabled"), _minutes_s(session.get("sessionTimeout")), oauth.flag("isPkceRequired"), "", 0,
        not oauth.flag("isConsumerSecretOptional"), oauth.flag("isSecretRequiredForRefreshToken", True),
    )  # fmt: skip


def _minutes_s(text: str) -> float:
    return float(text) * 60 if text.isdigit() else 0.0
