"""Cassettes: exchanges on file that the org must agree with, scrubbed of every secret, with their provenance on top.

`recording` and `replaying` are vcrpy's, with scrubbing; `fidelity` plays a cassette's requests against a handler and says what differs.
"""

from sfchaos.replayable.cassette import Cassette, Exchange, find_cassettes, read_cassette
from sfchaos.replayable.fidelity import Difference, fidelity
from sfchaos.replayable.record import recording, replaying
from sfchaos.replayable.scrub import Scrubber, secrets_in

__all__ = ["Cassette", "Difference", "Exchange", "Scrubber", "fidelity", "find_cassettes", "read_cassette", "recording", "replaying", "secrets_in"]
