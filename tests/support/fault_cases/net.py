"""Faults named net.*"""

from __future__ import annotations

from fault_case import CREATED, Case, Client, Pair, Seen, creates


def creates_again_after_a_pause(client: Client) -> list[Seen]:
    seen = creates(client)
    client.rig.clock.advance(90)
    return [*seen, *creates(client)]


def creates_and_counts(client: Client) -> list[Seen]:
    return [*creates(client), client.rig.org.count("Account", Name="Acme")]


def creates_three(client: Client) -> list[Seen]:
    return [client.say("POST", "/sobjects/Account", {"Name": f"Acme {n}"}) for n in range(3)]


SOCKET = ("real",)  # on a socket the line is made before anybody sees the request
UNSEEN = ("real",)  # a server does not learn why its client went away
CASES = [
    Case("net.response_lost", "A", "yes", creates, "row.create", ["ConnectionError"], CREATED),
    Case("net.reset_before", "B", "no", creates, "row.create", ["ConnectionError"], CREATED),
    Case("net.read_timeout", "B", "no", creates, "row.create", ["ReadTimeout"], CREATED),
    Case("net.read_timeout.pre", "B", "no", creates, "row.create", ["ReadTimeout"], CREATED),
    Case("net.read_timeout.post", "A", "yes", creates, "row.create", ["ReadTimeout"], CREATED),
    Case("net.dns_fail", "B", "no", creates, "row.create", ["ConnectionError"], CREATED),
    Case("net.refused", "B", "no", creates, "row.create", ["ConnectionError"], CREATED),
    Case("net.connect_timeout", "B", "no", creates, "row.create", ["ConnectTimeout"], CREATED, not_expressible=SOCKET),
    Case("net.connect_timeout", "B", "no", creates, "row.create", ["ConnectionError"], CREATED, (("hold", "100ms"),)),
    Case("net.slow_headers", "A", "yes", creates, "row.create", ["ReadTimeout"], CREATED, not_expressible=UNSEEN),
    Case("net.slow_headers", "A", "yes", creates, "row.create", CREATED, CREATED, (("delay", "100ms"),)),
    Case("net.slow_loris", "A", "yes", creates, "row.create", ["ConnectionError"], CREATED),
    Case("net.slow_loris", "A", "yes", creates, "row.create", CREATED, CREATED, (("gap", "20ms"), ("piece_bytes", 20))),
    Case("net.bandwidth", "A", "yes", creates, "row.create", ["ConnectionError"], CREATED, (("bytes_per_s", 1),)),
    Case("net.bandwidth", "A", "yes", creates, "row.create", CREATED, CREATED),
    Case("net.truncated", "A", "yes", creates, "row.create", ["ChunkedEncodingError"], CREATED),
    Case("net.truncated", "A", "yes", creates, "row.create", ["ChunkedEncodingError"], CREATED, (("cut", 0),)),
    Case("net.truncated", "A", "yes", creates, "row.create", ["ChunkedEncodingError"], CREATED, (("cut", "last"),)),
    Case("net.chunk_broken", "A", "yes", creates, "row.create", ["ChunkedEncodingError"], CREATED),
    Case("net.chunk_broken", "A", "yes", creates, "row.create", ["ChunkedEncodingError"], CREATED, (("cut", 7),)),
    Case("net.garbage", "A", "yes", creates, "row.create", ["ChunkedEncodingError"], CREATED),
    Case("net.empty_reply", "B", "no", creates, "row.create", ["ConnectionError"], CREATED),
    Case("net.empty_reply.pre", "B", "no", creates, "row.create", ["ConnectionError"], CREATED),
    Case("net.empty_reply.post", "A", "yes", creates, "row.create", ["ConnectionError"], CREATED),
    Case("net.keepalive_stale", "B", "no", creates_again_after_a_pause, "row.create", [(201, ""), "ConnectionError"], [(201, "")] * 2),
    Case("net.dup_request", "D", "yes", creates_and_counts, "row.create", [(201, ""), 2], [(201, ""), 1]),
    Case("net.flap", "B", "no", creates_three, "row.create", ["ConnectionError", (201, ""), "ConnectionError"], [(201, "")] * 3,
         (("period", "2s"),), rule={"for": "default"}),
]  # fmt: skip

UP = "net_clients:upserts_patiently"
BLIND = "net_clients:creates_until_it_works"
SKIPS = "net_clients:skips_what_fails"
WRITE = {"on": "row.*/*#3~1"}
BEFORE = ("net.dns_fail", "net.refused", "net.connect_timeout", "net.empty_reply.pre", "net.reset_before")
AFTER = ("net.empty_reply.post", "net.truncated", "net.chunk_broken", "net.garbage", "net.slow_loris", "net.bandwidth", "net.slow_headers")
SLOW = {"net.slow_headers": {"delay": "130s"}, "net.slow_loris": {"gap": "60s"}, "net.bandwidth": {"bytes_per_s": 1}}
PAIRS = [
    *(Pair(name, UP, SKIPS, WRITE, ("SFC-INT-01", "row-lost"), expect={"SFC-INT-02": "pass"}) for name in BEFORE),
    *(Pair(name, UP, BLIND, {**WRITE, "with": SLOW.get(name, {})}, "duplicate", expect={"SFC-INT-01": "pass"}) for name in AFTER if name != "net.bandwidth"),
    *(Pair("net.response_lost", f"async_clients:{library}_upserts", f"async_clients:{library}_creates", WRITE, "duplicate", expect={"SFC-INT-01": "pass"})
      for library in ("httpx", "aiohttp")),
    *(Pair("net.truncated", f"async_clients:{library}_upserts", f"async_clients:{library}_creates", WRITE, "duplicate", expect={"SFC-INT-01": "pass"})
      for library in ("httpx", "aiohttp")),
    Pair("net.bandwidth", "net_clients:reads_to_a_deadline", "net_clients:reads_for_hours", {"on": "query.first/*", "with": {"bytes_per_s": 1}}, "slow",
         outcomes=("loud_ok",), config="reading.toml"),
    Pair("net.dup_request", UP, "net_clients:creates_once", WRITE, "duplicate"),
    Pair("net.keepalive_stale", "net_clients:pauses_and_upserts", "net_clients:pauses_and_skips", {"on": "row.*/*"}, ("SFC-INT-01", "row-lost")),
    Pair("net.flap", UP, SKIPS, {"on": "row.*/*", "for": "default"}, ("SFC-INT-01", "row-lost")),
]  # fmt: skip
