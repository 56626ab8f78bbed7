"""A live sandbox read through simple-salesforce, and the folder that comes of it.

Only sandboxes, scratch orgs, Developer Editions and loopback addresses are ever contacted: the host is judged before the login, and
again when the login says where the org lives. Rows are scrubbed in memory; what they were is never written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sfchaos.cli.snapshot_login import logged_in
from sfchaos.cli.snapshot_rights import rights_of_caller
from sfchaos.core.errors import UnknownName, UsageError
from sfchaos.org.schema.describes import GLOBAL, PERMISSIONS, PROVENANCE, ROWS

if TYPE_CHECKING:
    from simple_salesforce.api import Salesforce

Describe = dict[str, Any]
# What no sample of rows is taken of: people, setup, and what the org writes itself.
_NO_ROWS = ("History", "Share", "Feed", "ChangeEvent", "Tag", "__mdt", "__e", "__b", "__x")
_MOST_QUERY = 8_000  # characters of one query: URIs end at 16,384 (wire reference 7)


class Unanswered(UsageError):
    """The live org refused a request."""


@dataclass
class Live:
    """A session with an org, and how many calls it took."""

    client: Salesforce
    host: str
    api_version: str
    calls: int = 0

    def get(self, path: str, **parameters: str) -> Any:
        """Raises UsageError with what the org said."""
        from requests.exceptions import RequestException
        from simple_salesforce.exceptions import SalesforceError

        self.calls += 1
        try:
            return self.client.restful(path, params=parameters or None)
        except SalesforceError as error:
            raise Unanswered(f"{self.host} refused {path}: {error}", remedy="check the user's rights in the sandbox") from None
        except RequestException as error:
            raise UsageError(f"{self.host} could not be read: {error}", remedy="check the address and the network") from None

    def rows(self, name: str, fields: Sequence[str], n: int) -> list[dict[str, Any]]:
        """The first `n` rows by id, with all `fields`."""
        return self.rows_of(name, fields, order=f"ORDER BY Id LIMIT {n}")

    def rows_of(self, name: str, fields: Sequence[str], where: str = "", order: str = "") -> list[dict[str, Any]]:
        """Rows with all `fields`: several queries where one would be too long."""
        merged: dict[str, dict[str, Any]] = {}
        parts = list(_chunks(fields))
        for part in parts:
            for row in self.query(f"SELECT Id, {', '.join(part)} FROM {name}{' WHERE ' + where if where else ''} {order}".rstrip()):
                row.pop("attributes", None)
                merged.setdefault(row["Id"], {}).update(row)
        return [row for row in merged.values() if all(set(part) <= set(row) for part in parts)]

    def query(self, soql: str) -> list[dict[str, Any]]:
        page = self.get("query", q=soql)
        found = list(page["records"])
        while not page["done"]:
            page = self.get(str(page["nextRecordsUrl"]).partition(f"/v{self.api_version}/")[2])
            found += page["records"]
        return found


@dataclass
class Done:
    objects: int = 0
    rows: int = 0
    left_out: list[str] = field(default_factory=list)


def connected(env: Mapping[str, str], *, login_url: str | None, instance_url: str | None, username: str | None, api_version: str) -> Live:
    """A session by what the environment holds. Raises UsageError for production, and when nothing fits."""
    session = logged_in(env, login_url=login_url, instance_url=instance_url, username=username, api_version=api_version)
    return Live(session.client, urlsplit(session.origin).netloc, api_version)


def write_snapshot(live: Live, out: Path, wanted: Sequence[str] | None, rows: int, seed: int, *, keeps_seed: bool = False, permissions: bool = False,
                   watch: Callable[[list[str]], Iterable[str]] = iter) -> Done:  # fmt: skip
    """Everything is read first; then each file is written whole or not at all, the provenance last."""
    from sfchaos.org.schema.anonymous import Anonymizer

    done = Done()
    listing = live.get("sobjects/")
    names = _chosen(listing["sobjects"], wanted, done)
    describes: dict[str, Describe] = {}
    sample: dict[str, list[dict[str, Any]]] = {}
    for name in watch(names):
        describe = live.get(f"sobjects/{name}/describe")
        describes[name] = describe
        if rows and _has_rows(describe):
            try:
                sample[name] = live.rows(name, _columns(describe), rows)
            except Unanswered as error:  # some objects are only queried with filters; others need a right of their own
                done.left_out.append(f"rows of {name}: {error.message.partition('Response content: ')[2] or error.message}")
    rights = rights_of_caller(live, describes) if permissions else None
    scrubbed = Anonymizer(describes, seed).rows(sample)
    listed = [entry for entry in listing["sobjects"] if entry["name"] in describes]
    files: dict[str, Any] = {f"{name}.json": tree for name, tree in describes.items()}
    files[GLOBAL] = {**listing, "sobjects": listed}
    files |= {f"{ROWS}/{name}.json": some for name, some in scrubbed.items() if some}
    if rights is not None:
        files[PERMISSIONS] = {"sfchaos_permissions": 1, **rights}
    for path, tree in {**files, PROVENANCE: _provenance(live, names, scrubbed, seed if keeps_seed else None)}.items():
        _write(out / path, tree)
    done.objects, done.rows = len(describes), sum(len(some) for some in scrubbed.values())
    dropped = sum(len(some) for some in sample.values()) - done.rows
    if dropped:
        done.left_out.append(f"{dropped} rows whose required parents are not in the sample")
    return done


def _chosen(listing: Sequence[Mapping[str, Any]], wanted: Sequence[str] | None, done: Done) -> list[str]:
    """Canonical names, in the order of the org's list. Raises UnknownName."""
    from sfchaos.org.schema.library import standard_schema

    known = {str(entry["name"]).lower(): str(entry["name"]) for entry in listing}
    if wanted is None:
        standard = standard_schema()
        names = [entry["name"] for entry in listing if entry.get("custom") or standard.find(entry["name"])]
        others = len(listing) - len(names)
        if others:
            done.left_out.append(f"{others} standard objects that sfchaos does not know; name them with --objects to have them")
        return names
    for name in wanted:
        if name.lower() not in known:
            raise UnknownName("sObject of the live org", name, known.values(), remedy="--objects takes API names, separated by commas")
    return list(dict.fromkeys(known[name.lower()] for name in wanted))


def _has_rows(describe: Mapping[str, Any]) -> bool:
    from sfchaos.org.admin import SETUP_OBJECTS

    name = str(describe["name"])
    return bool(describe.get("queryable") and describe.get("createable") and describe.get("keyPrefix")) and name not in SETUP_OBJECTS and not name.endswith(_NO_ROWS)


def _columns(describe: Mapping[str, Any]) -> list[str]:
    """What a sample needs: what a create may set, but no files."""
    return [f["name"] for f in describe["fields"] if f["createable"] and f["type"] not in ("base64", "address", "location") and f["name"] != "Id"]


def _chunks(fields: Sequence[str]) -> Iterable[list[str]]:
    part: list[str] = []
    for name in fields:
        if part and sum(map(len, part)) + 2 * len(part) + len(name) > _MOST_QUERY:
            yield part
            part = []
        part.append(name)
    if part:
        yield part


def _provenance(live: Live, names: Sequence[str], rows: Mapping[str, Sequence[Any]], seed: int | None) -> dict[str, Any]:
    import sfchaos

    return {
        "sfchaos_snapshot": 1, "source": live.host, "taken_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "made_by": f"sfchaos {sfchaos.__version__}", "api_version": live.api_version, "objects": list(names),
        "rows": {"counts": {name: len(some) for name, some in rows.items()}, "provenance": "scrubbed",
                 "method": "text, e-mail, telephone, URL and external id values replaced consistently by Faker and keyed hashes; dates of birth moved; "
                           "ids numbered anew; owners, coordinates, files and encrypted text left out; numbers, dates and picklist values kept",
                 "seed": seed if seed is not None else "drawn and not kept"},
    }  # fmt: skip


def _write(path: Path, tree: Any) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.part")
    draft.write_text(json.dumps(tree, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(draft, path)
