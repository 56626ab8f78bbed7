"""What the caller gets to see of a reply, and when: computed from the delivery, before a door acts it out."""

from __future__ import annotations

from dataclasses import dataclass

from sfchaos.core.messages import WHOLE, Delivery, Fate, Request, Response


@dataclass(frozen=True, slots=True)
class Sight:
    """`after_s` counts from the moment the request came. `status` is 0 when no status line arrived."""

    delivered: Fate
    after_s: float
    status: int


def sight_of(request: Request, response: Response) -> Sight:
    """A caller with a read time-out gives up when the first byte is later than that."""
    how = response.delivery
    if how is WHOLE and request.timeout_s is None:
        return Sight("whole", response.work_s, response.status)
    if how.fate == "unconnected" and request.connected:
        return Sight("lost", how.delay_s, 0)
    if how.fate == "unconnected":
        return Sight("unconnected", how.delay_s + (how.hold_s if how.connect == "unanswered" else 0.0), 0)
    first_byte_s = response.work_s + how.delay_s
    silent_s = first_byte_s + how.hold_s if how.fate == "never" else first_byte_s
    if request.timeout_s is not None and silent_s > request.timeout_s:
        return Sight("never", request.timeout_s, 0)
    if how.fate in ("never", "lost"):
        return Sight(how.fate, silent_s, 0)
    sent_bytes = min(how.cut_after, len(response.body)) if how.fate == "cut" else len(response.body)
    fate: Fate = "cut" if how.chunks else how.fate
    return Sight(fate, first_byte_s + _travel_s(how, sent_bytes), response.status)


def _travel_s(how: Delivery, sent_bytes: int) -> float:
    if how.gap_s:
        return how.gap_s * -(-sent_bytes // max(1, how.piece_bytes))
    return sent_bytes / how.bytes_per_s if how.bytes_per_s else 0.0
