"""Recording and replaying with vcrpy: any client on requests or urllib3, over real sockets, to any host.

vcrpy stands where the socket would be, so a door in process hides nothing but itself from it: record through a server or its proxy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sfchaos.core.errors import UsageError
from sfchaos.core.redact import SecretBook
from sfchaos.replayable.cassette import PROVENANCE
from sfchaos.replayable.scrub import Scrubber

MATCH_ON = ("method", "scheme", "host", "path", "query", "scrubbed body")


@contextmanager
def recording(path: Path, *, provenance: Mapping[str, str], book: SecretBook | None = None) -> Iterator[Any]:
    """Record every exchange of the block into a new file, in place of what stood there; nothing that fails is kept.

    `provenance` has the keys source, recorded_on, recorded_by, note. Raises UsageError when one is missing.
    """
    missing = [key for key in PROVENANCE if not provenance.get(key)]
    if missing:
        raise UsageError(f"provenance lacks {', '.join(missing)}", remedy=f"say where the exchanges come from: {', '.join(PROVENANCE)}")
    held = path.read_bytes() if path.exists() else None
    path.unlink(missing_ok=True)
    try:
        with _vcr(Scrubber(book), provenance, record_mode="once", record_on_exception=False).use_cassette(str(path)) as cassette:
            yield cassette
    except BaseException:
        if held is not None and not path.exists():
            path.write_bytes(held)
        raise


@contextmanager
def replaying(path: Path) -> Iterator[Any]:
    """Answer the block's requests from a cassette, each recorded reply once; a request it does not hold raises vcrpy's error.

    What it yields says how far it got: `play_count`, `all_played`.
    """
    if not path.is_file():
        raise UsageError(f"no cassette {str(path)!r}", remedy="cassettes lie under cassettes/<api>/<case>.yaml")
    with _vcr(Scrubber(), {}, record_mode="none").use_cassette(str(path), allow_playback_repeats=False) as cassette:
        yield cassette


def _vcr(scrubber: Scrubber, provenance: Mapping[str, str], **options: Any) -> Any:
    try:
        import vcr
        from vcr.serializers import yamlserializer
    except ImportError:
        raise UsageError("cassettes need vcrpy, which is not installed", remedy='pip install "sfchaos[cassettes]"') from None

    def serialize(tree: dict[str, Any]) -> str:
        """Provenance first: whoever opens the file must read it before anything else."""
        return str(yamlserializer.serialize({"provenance": dict(provenance)})) + str(yamlserializer.serialize(tree))

    player = vcr.VCR(
        before_record_request=lambda request: _scrub_request(scrubber, request), before_record_response=lambda reply: _scrub_response(scrubber, reply),
        decode_compressed_response=True, serializer="scrubbed", match_on=MATCH_ON, **options,
    )  # fmt: skip
    player.register_serializer("scrubbed", SimpleNamespace(serialize=serialize, deserialize=yamlserializer.deserialize))
    player.register_matcher("scrubbed body", _same_body)
    return player


def _scrub_request(scrubber: Scrubber, request: Any) -> Any:
    kind = str(request.headers.get("Content-Type", ""))
    request.headers = dict(scrubber.headers((str(name), _text(value)) for name, value in request.headers.items()))
    request.uri = scrubber.text(request.uri)
    if isinstance(request.body, bytes):
        request.body = scrubber.body(request.body, kind)
        request.headers = {name: str(len(request.body)) if name.lower() == "content-length" else value for name, value in request.headers.items()}
    return request


def _scrub_response(scrubber: Scrubber, reply: dict[str, Any]) -> dict[str, Any]:
    headers = {name: [value for _, value in scrubber.headers((name, text) for text in values)] for name, values in reply["headers"].items()}
    body = scrubber.body(reply["body"]["string"], "")
    kept = {name: [str(len(body))] if name.lower() == "content-length" else values for name, values in headers.items() if values}
    return {**reply, "headers": kept, "body": {"string": body}}


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _same_body(one: Any, other: Any) -> None:
    assert (one.body or b"") == (other.body or b""), f"{one.body!r} is not {other.body!r}"
