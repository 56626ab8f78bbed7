"""Faults named auth.*"""

from __future__ import annotations

from typing import Any

from fault_case import CREATED, Case, Client, Pair, Seen, creates, seen_of


def creates_then_refreshes(client: Client) -> list[Seen]:
    return [*creates(client), seen_of(client.refresh())]


def refreshes_twice(client: Client) -> list[Seen]:
    return ["refresh_token" in client.refresh().json(), seen_of(client.refresh())]


def refreshes(client: Client) -> list[Seen]:
    return [_asked(client)]


def refreshes_again(client: Client) -> list[Seen]:
    return [_asked(client), _asked(client)]


def _asked(client: Client) -> Seen:
    import requests

    try:
        return seen_of(client.refresh())
    except requests.RequestException as error:
        return type(error).__name__


def uses_an_old_refresh_token_again(client: Client) -> list[Seen]:
    """The new token after the old one came again; and what became of the session that it brought."""
    granted = client.refresh().json()
    newest = granted.get("refresh_token", client.known.refresh_token)
    again = seen_of(client.refresh())
    session = client.say("GET", "/limits", headers={"Authorization": f"Bearer {granted['access_token']}"})
    return [again, seen_of(_token(client, grant_type="refresh_token", refresh_token=newest)), session]


def _token(client: Client, **form: str) -> Any:
    known = client.known
    return client.session.post(f"{client.base}/services/oauth2/token", data={"client_id": known.client_id, "client_secret": known.client_secret, **form}, timeout=0.5)


def same_session_twice(client: Client) -> list[Seen]:
    return [client.refresh().json()["access_token"] == client.refresh().json()["access_token"]]


def logs_in_by_jwt(client: Client) -> list[Seen]:
    import jwt

    known, now_s = client.known, int(client.rig.clock.now_s())
    claims = {"iss": known.client_id, "sub": known.username, "aud": "https://login.salesforce.com", "exp": now_s + 180}
    assertion = jwt.encode(claims, known.private_key_pem(), algorithm="RS256")
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    return [seen_of(client.session.post(f"{client.base}/services/oauth2/token", data=form, timeout=0.5))]


ENVELOPE = ('<se:Envelope xmlns:se="http://schemas.xmlsoap.org/soap/envelope/"><se:Body><login xmlns="urn:partner.soap.sforce.com">'
            "<username>{}</username><password>{}</password></login></se:Body></se:Envelope>")  # fmt: skip


def logs_in_by_soap(client: Client) -> list[Seen]:
    known = client.known
    body = ENVELOPE.format(known.username, known.password + known.security_token)
    reply = client.session.post(f"{client.base}/services/Soap/u/59.0", data=body.encode(), headers={"Content-Type": "text/xml", "SOAPAction": "login"}, timeout=0.5)
    words = ("<passwordExpired>true", "<passwordExpired>false", "INVALID_LOGIN")
    return [reply.status_code, next(word for word in words if word in reply.text)]


def logs_in_by_password(client: Client) -> list[Seen]:
    known = client.known
    return [seen_of(_token(client, grant_type="password", username=known.username, password=known.password + known.security_token))]


def pages(client: Client) -> list[Seen]:
    client.rig.org.populate("Contact", 201)
    first = client.raw("GET", "/query?q=SELECT+Id+FROM+Contact", headers={"Sforce-Query-Options": "batchSize=200"}).json()
    return [client.say("GET", first["nextRecordsUrl"].partition("v62.0")[2])]


def polls(client: Client) -> list[Seen]:
    return [client.say("GET", client.job())]


def closes(client: Client) -> list[Seen]:
    path = "/jobs/ingest/" + client.raw("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"}).json()["id"]
    client.raw("PUT", path + "/batches", data=b"Name\nA\n", headers={"Content-Type": "text/csv"})
    return [client.say("PATCH", path, {"state": "UploadComplete"})]


def creates_and_asks_where(client: Client) -> list[Seen]:
    seen = creates(client)
    client.base = client.base.replace("acme.my", "login")  # where nothing has moved; a socket has one address only
    return [*seen, "-moved." in client.refresh().json()["instance_url"]]


GONE: list[Seen] = [(401, "INVALID_SESSION_ID")]
NO: list[Seen] = [(400, "invalid_grant")]
YES: list[Seen] = [(200, "")]
TLS_ONLY = ("real",)  # over plain HTTP the org's address is the socket's, which does not move
CASES = [
    Case("auth.expired", "E", "no", creates, "row.create", GONE, CREATED),
    Case("auth.revoked", "E", "no", creates_then_refreshes, "row.create", GONE + NO, CREATED + YES),
    Case("auth.rotated", "E", "yes", refreshes_twice, "auth.refresh", [True, (400, "invalid_grant")], [False, (200, "")]),
    Case("auth.expired_in_pages", "E", "no", pages, "query.more", GONE, YES),
    Case("auth.expired_in_bulk", "E", "no", polls, "bulk2.*", GONE, YES),
    Case("auth.expired_in_bulk", "E", "no", closes, "bulk2.*", GONE, YES, (("step", "close"),)),
    Case("auth.refresh_dead", "B", "no", refreshes, "auth.refresh", NO, YES),
    Case("auth.refresh_lost", "A", "yes", refreshes_again, "auth.refresh", ["ConnectionError", *NO], YES * 2),
    Case("auth.refresh_replay", "E", "yes", uses_an_old_refresh_token_again, "auth.refresh", NO * 2 + GONE, YES * 3),
    Case("auth.401_html", "B", "no", creates, "row.create", [(401, "<!DOCTYPE html>")], CREATED),
    Case("auth.401_other", "B", "no", creates, "row.create", [(401, "INVALID_AUTH_HEADER")], CREATED),
    Case("auth.not_for_rest", "B", "no", creates, "row.create", GONE, CREATED),
    Case("auth.403_session", "B", "no", creates, "row.create", [(403, "API_DISABLED_FOR_ORG")], CREATED),
    Case("auth.grant_bare", "B", "no", refreshes, "auth.refresh", NO, YES),
    Case("auth.bad_instance", "B", "no", refreshes, "auth.refresh", NO, YES),
    Case("auth.jwt_skew", "E", "no", logs_in_by_jwt, "auth.jwt", NO, YES),
    Case("auth.jwt_skew", "E", "no", logs_in_by_jwt, "auth.jwt", NO, YES, (("skew", "-10m"),)),
    Case("auth.password_expired", "E", "yes", logs_in_by_soap, "auth.soap", [200, "<passwordExpired>true"], [200, "<passwordExpired>false"]),
    Case("auth.password_expired", "E", "no", logs_in_by_password, "auth.password", NO, YES),
    Case("auth.mfa_policy", "E", "no", logs_in_by_password, "auth.password", NO, YES),
    Case("auth.mfa_policy", "E", "no", logs_in_by_soap, "auth.soap", [500, "INVALID_LOGIN"], [200, "<passwordExpired>false"]),
    Case("auth.same_session", "E", "yes", same_session_twice, "auth.refresh", [True], [False]),
    Case("auth.instance_moved", "E", "no", creates_and_asks_where, "row.create", [(404, "<html>"), True], [*CREATED, False], not_expressible=TLS_ONLY),
    Case("auth.instance_moved", "E", "no", creates_and_asks_where, "row.create", [(420, "<html>"), True], [*CREATED, False], (("old_host", "420"),), not_expressible=TLS_ONLY),
]  # fmt: skip

HAMMERED, LOST = ("SFC-AUTH-06", "credential-hammered"), ("SFC-INT-01", "row-lost")
STILL = ("SFC-AUTH-01", "still-rejected")
STOPS, LOUD = "auth_clients:stops_at_a_refusal", ("loud_ok",)
WRITES = {"on": "row.*/*", "times": "always"}
LOGINS = {"on": "auth.*/*", "times": "always"}
PAIRS = [
    Pair("auth.expired_in_pages", "auth_clients:reads_on", "auth_clients:reads_until_it_fails", {"before": "query.more/*"}, ("SFC-AUTH-01", "operation-lost"), config="reading.toml"),
    Pair("auth.expired_in_bulk", "auth_clients:polls_with_a_new_session", "auth_clients:loads_by_the_library", {"before": "bulk2.poll/*"}, ("SFC-AUTH-01", "operation-lost")),
    Pair("auth.refresh_dead", "auth_clients:refreshes_or_stops", "auth_clients:refreshes_for_ever", {"before": "auth.refresh/*"}, HAMMERED, LOUD),
    Pair("auth.refresh_lost", "auth_clients:has_another_grant", "auth_clients:refreshes_for_ever", {"on": "auth.refresh/*"}, HAMMERED),
    Pair("auth.refresh_replay", "auth_clients:keeps_the_new_token", "auth_clients:keeps_the_old_token",
         {"before": "auth.refresh/*", "then": [{"fault": "auth.expired", "before": "row.*/*#3~1"}]}, LOST),
    Pair("auth.401_html", STOPS, "auth_clients:logs_in_at_every_refusal", WRITES, STILL, LOUD),
    Pair("auth.401_other", STOPS, "auth_clients:logs_in_at_every_refusal", WRITES, STILL, LOUD),
    Pair("auth.not_for_rest", STOPS, "auth_clients:logs_in_at_every_refusal", WRITES, STILL, LOUD),
    Pair("auth.403_session", STOPS, "auth_clients:repeats_the_same", WRITES, ("SFC-RES-05", "repeated-unchanged"), LOUD),
    Pair("auth.grant_bare", "auth_clients:refreshes_or_stops", "auth_clients:refreshes_for_ever", LOGINS, HAMMERED, LOUD),
    Pair("auth.bad_instance", "auth_clients:refreshes_or_stops", "auth_clients:refreshes_for_ever", LOGINS, HAMMERED, LOUD),
    Pair("auth.jwt_skew", "auth_clients:asserts_once", "auth_clients:asserts_for_ever", {"before": "auth.jwt/*"}, HAMMERED, LOUD),
    Pair("auth.mfa_policy", STOPS, "auth_clients:tries_the_password_again", {"before": "auth.soap/*"}, HAMMERED, LOUD),
    Pair("auth.password_expired", STOPS, "auth_clients:swallows_what_is_refused", {"before": "auth.soap/*"}, LOST, LOUD),
    Pair("auth.same_session", "auth_clients:two_workers_that_leave_quietly", "auth_clients:two_workers_that_log_out", {"before": "auth.refresh/*"}, LOST),
    Pair("auth.instance_moved", "auth_clients:follows_the_instance", "auth_clients:stays_at_the_old_host", {"before": "row.*/*#3~1"}, LOST),
]  # fmt: skip
