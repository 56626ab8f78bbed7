"""What replies are made of, by operation: where a fault of the body would find none, or none of its kind."""

from __future__ import annotations

# Replies in JSON, with something in them. Source: wire reference 2.2, 3 and 5.1; 204 and an empty 201 have no body.
JSON_OPS = (
    "auth.password", "auth.jwt", "auth.client", "auth.refresh", "auth.introspect", "meta.*", "query.*", "search.*", "repl.*",
    "row.get", "row.create", "row.upsert", "coll.*", "tree.*", "comp.*", "bulk2.create", "bulk2.close", "bulk2.abort", "bulk2.poll",
    "bulk2.list", "bulk2q.create", "bulk2q.abort", "bulk2q.poll", "bulk2q.list", "apex.call", "graphql.*", "event.publish",
)  # fmt: skip
CSV_OPS = ("bulk2.ok", "bulk2.failed", "bulk2.unprocessed", "bulk2q.results")
TEXT_OPS = (*JSON_OPS, *CSV_OPS, "auth.soap", "soap.*", "bulk1.*")
BODY_OPS = (*TEXT_OPS, "blob.get")
