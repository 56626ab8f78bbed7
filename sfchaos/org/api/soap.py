"""The partner and enterprise SOAP APIs: one door for all calls of a WSDL. Source: wire reference 2.7 and 12."""

from __future__ import annotations

from collections.abc import Callable

from sfchaos.core.messages import Response
from sfchaos.org.call import Call
from sfchaos.org.refusals import Refused, render
from sfchaos.org.routes import Route
from sfchaos.org.soap import describing, leads, login, others, reading, saving, users
from sfchaos.org.soap.arguments import check_arguments, check_headers
from sfchaos.org.soap.dialects import ENTERPRISE, PARTNER
from sfchaos.org.soap.envelope import Envelope, read_envelope, served
from sfchaos.org.soap.writing import dialect_of

CALLS: dict[str, Callable[[Call, Envelope], Response]] = {
    "login": login.login, "logout": login.logout, "getUserInfo": login.get_user_info,
    **users.CALLS, **saving.CALLS, **leads.CALLS, **reading.CALLS, **describing.CALLS, **others.CALLS,
}  # fmt: skip


def soap(call: Call) -> Response:
    envelope = read_envelope(call.body)
    answer = served(envelope, dialect_of(call), CALLS)
    check_arguments(envelope)
    check_headers(envelope)
    if envelope.name != "login":
        return answer(call, envelope)
    try:
        return answer(call, envelope)
    except Refused as refused:  # rendered here, so that the row of LoginHistory stays
        call.receipt.error_codes = tuple(r.code for r in refused.refusals)
        return render(call.surface, refused.refusals)


ROUTES = [
    Route("POST", f"/services/Soap/{dialect.letter}/{{v}}{org}", soap, dialect.surface, False, False, "wire reference 2.7, 12")
    for dialect in (PARTNER, ENTERPRISE) for org in ("", "/{org}")
]  # fmt: skip
