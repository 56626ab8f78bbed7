"""Headers as proxies and HTTP/2 pass them on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sfchaos.core.messages import Response
from sfchaos.faults.registry import fault

_TWICE = ("date", "cache-control", "x-sfdc-request-id")
_MISSING = "sforce-limit-info"


@fault("http.header_case", when="A", weight=10)
@dataclass(frozen=True)
class HeaderCase:
    """Header names in lower case, some headers twice, and no Sforce-Limit-Info; status and body are untouched, the work is done.

    HTTP/2 has names in lower case only, and proxies drop or repeat what they do not know.
    Source: RFC 9113, 8.2.1 (lower case); wire reference 1.3 and 1.4 (the headers of a reply).
    Right: names without case; nothing rests on a header that may be missing or come twice.
    """

    def shape(self, response: Response) -> Response:
        lowered = [(name.lower(), value) for name, value in response.headers if name.lower() != _MISSING]
        return replace(response, headers=tuple(pair for pair in lowered for _ in range(2 if pair[0] in _TWICE else 1)))
