"""Connected apps put into the running org: who may log in, how, for how long. Source: Metadata API guide, "ConnectedApp" (D)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import Verb
from sfchaos.org.identity.apps import App, app_of_model, app_row
from sfchaos.org.mdapi.objects import Applied
from sfchaos.org.mdapi.parts import Component, Problem, Tree, flag, in_order
from sfchaos.org.schema.sfdx.rights import SCOPES, app_of
from sfchaos.org.schema.sfdx.source import Source

if TYPE_CHECKING:
    from sfchaos.org.org import Org

_REFRESH = {"until-revoked": "infinite", "immediately": "zero", "after-unused": "inactivity", "after-issued": "specific_lifetime"}
_HOUR_S, _DAY_S = 3600.0, 86400.0
_LEFT = ("canvasConfig", "mobileAppConfig", "samlConfig", "plugin", "pluginExecutionUser", "attributes")


def app_names(org: Org) -> list[str]:
    return sorted(app.name for app in org.apps.all() if app.is_installed)


def _named(org: Org, name: str) -> App | None:
    return next((app for app in org.apps.all() if app.name.lower() == name.lower() and app.is_installed), None)


def apply_app(org: Org, component: Component, user_id: str) -> Applied:
    node, name = component.node, component.name
    for tag in ("contactEmail", "label"):
        if not node.get(tag):
            raise Problem(f"Required field is missing: {tag}", node.line, "REQUIRED_FIELD_MISSING")  # text K
    source = Source(Path(component.file or component.type))
    model, known = app_of(name, node, source), _named(org, name)
    taken = org.apps.find(model.consumer_key) if model.consumer_key else None
    if taken is not None and (known is None or taken.client_id != known.client_id):
        raise Problem("Duplicate consumer key: another connected app has it", node.line, "DUPLICATE_VALUE")  # text a guess
    secret = (node.first("oauthConfig") or node).get("consumerSecret")
    app = app_of_model(org, model, known, secret)
    org.apps.put(app, known)
    _write_row(org, app, known, user_id)
    _approve(org, app, [*node.texts("permissionSetName"), *node.texts("permissionsetName")], list(node.texts("profileName")), node.line)
    left = sorted({child.tag for child in node.children} & set(_LEFT))
    return known is None, [*source.unread, *([f"{', '.join(left)}: not held by this org, and left out"] if left else [])]


def remove_app(org: Org, name: str, user_id: str) -> None:
    """Its tokens end with it (K)."""
    app = _named(org, name)
    if app is None:
        raise Problem(f"No ConnectedApp named: {name} found", code="INVALID_CROSS_REFERENCE_KEY")
    row_id = org.apps.row_id(app)
    if row_id:
        org.store.run('DELETE FROM "SetupEntityAccess" WHERE "SetupEntityId" = ?', (row_id,))
        org.dml.write("delete", "ConnectedApplication", [{"Id": row_id}], user_id=user_id, as_admin=True)
    org.apps.drop(app)


def app_tree(org: Org, name: str) -> Tree | None:
    """Never with the secret: neither does Salesforce (D)."""
    app = _named(org, name)
    if app is None:
        return None
    words = {value: key for key, value in reversed(SCOPES.items())}
    oauth = in_order([
        ("callbackUrl", "\n".join(app.callback_urls) or "https://login.salesforce.com/services/oauth2/success"), ("consumerKey", app.client_id),
        ("isAdminApproved", flag(app.admin_approved_only)), ("isConsumerSecretOptional", flag(not app.requires_secret)), ("isPkceRequired", flag(app.requires_pkce)),
        ("isRefreshTokenRotationEnabled", flag(app.rotates_refresh_tokens)), ("isSecretRequiredForRefreshToken", flag(app.requires_secret_to_refresh)),
        *(("scopes", words[scope]) for scope in app.scopes if scope in words),
    ])  # fmt: skip
    policy = in_order([("ipRelaxation", "BYPASS" if app.relax_ip else "ENFORCE"), ("refreshTokenPolicy", _refresh(app))])
    ranges = [("ipRanges", (("end", last), ("start", first))) for first, last in app.ip_ranges]
    session = [("sessionPolicy", (("sessionTimeout", str(int(app.session_timeout_s // 60))),))] if app.session_timeout_s else []
    holders = [("permissionSetName" if kind == "set" else "profileName", holder) for kind, holder in _holders(org, app)]
    return in_order([("contactEmail", f"admin@{org.my_domain.partition('.')[0]}.example"), ("label", app.label), ("oauthConfig", oauth), ("oauthPolicy", policy),
                     *ranges, *session, *holders])  # fmt: skip


def _refresh(app: App) -> str:
    word = _REFRESH[app.refresh_policy]
    if app.refresh_policy not in ("after-unused", "after-issued"):
        return word
    days = app.refresh_valid_s / _DAY_S
    return f"{word}:{int(days)}:DAYS" if days == int(days) else f"{word}:{int(app.refresh_valid_s // _HOUR_S)}:HOURS"


def _holders(org: Org, app: App) -> list[tuple[str, str]]:
    found = org.store.all(
        'SELECT p."IsOwnedByProfile", p."Name", f."Name" FROM "SetupEntityAccess" AS a JOIN "PermissionSet" AS p ON p."Id" = a."ParentId" '
        'LEFT JOIN "Profile" AS f ON f."Id" = p."ProfileId" WHERE a."SetupEntityId" = ? ORDER BY a."Id"', (org.apps.row_id(app),),
    )  # fmt: skip
    return [("profile", profile) if owned else ("set", name) for owned, name, profile in found]


def _write_row(org: Org, app: App, known: App | None, user_id: str) -> None:
    kind = org.schema.find("ConnectedApplication")
    if kind is None:
        return
    row: dict[str, Any] = {name: value for name, value in app_row(app).items() if kind.find(name)}
    row_id = org.apps.row_id(known) if known is not None else ""
    verb: Verb = "update" if row_id else "create"
    [result] = org.dml.write(verb, "ConnectedApplication", [{**row, "Id": row_id} if row_id else row], user_id=user_id, as_admin=True)
    if not result.ok:
        raise Problem(result.refusals[0].message, code=result.refusals[0].code)


def _approve(org: Org, app: App, sets: list[str], profiles: list[str], line: int) -> None:
    """Permission sets and profiles whose holders are approved for the app: those that the file names, and no others (a guess)."""
    kind, row_id = org.schema.find("SetupEntityAccess"), org.apps.row_id(app)
    if kind is None or not row_id:
        return
    wanted = [_holder(org, "PermissionSet", name, line) for name in sets] + [_holder(org, "Profile", name, line) for name in profiles]
    org.store.run('DELETE FROM "SetupEntityAccess" WHERE "SetupEntityId" = ?', (row_id,))
    from sfchaos.org.access.full import insert_rows

    insert_rows(org, kind, [{"ParentId": parent, "SetupEntityId": row_id, "SetupEntityType": "ConnectedApplication"} for parent in dict.fromkeys(wanted)])


def _holder(org: Org, kind: str, name: str, line: int) -> str:
    """Id of the permission set, a profile's own for a profile."""
    if kind == "PermissionSet":
        found = org.store.one('SELECT "Id" FROM "PermissionSet" WHERE "Name" = ? AND "IsOwnedByProfile" = 0', (name,))
    else:
        from sfchaos.org.mdapi.right_trees import profile_name

        found = org.store.one('SELECT p."Id" FROM "PermissionSet" AS p JOIN "Profile" AS f ON f."Id" = p."ProfileId" WHERE f."Name" = ?', (profile_name(name),))
    if found is None:
        raise Problem(f"In field: {'permissionSetName' if kind == 'PermissionSet' else 'profileName'} - no {kind} named {name} found", line, "INVALID_CROSS_REFERENCE_KEY")
    return str(found[0])
