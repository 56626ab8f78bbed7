"""A request that the org answers later: the reply gets its headers, and the org is asked in a unit, as for any other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sfchaos.core.messages import Hold, Response
from sfchaos.org.headers import common_headers

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.org import Org
    from sfchaos.org.routes import Route


def held(org: Org, call: Call, route: Route | None, hold: Hold) -> Response:
    """What `Org.handle` answers for a request whose endpoint gave a hold."""

    def resume() -> Response | None:
        org.settle()
        with org.store.unit():
            reply = hold.resume()
        if reply is None:
            return None
        org.receipt = call.receipt
        org.send_events()
        return replace(reply, headers=common_headers(org, call, route, reply))

    return Response(200, work_s=0.0, hold=Hold(hold.until_s, resume, hold.dropped))
