"""One org behind each door, and the unmodified client in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from simple_salesforce import Salesforce

from sfchaos.core.clock import Clock, SystemClock, VirtualClock
from sfchaos.core.messages import Handler, Request, Response
from sfchaos.doors.responses import responses_door
from sfchaos.doors.server import Server
from sfchaos.doors.urllib3 import urllib3_door
from sfchaos.org.org import Org
from sfchaos.rig.rig import Rig
from sfchaos.vtime.virtual import virtual_time

DOORS = ("urllib3", "responses", "proxy")
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass
class Place:
    """The org, the rig around it, and logins the way the client's documentation shows them."""

    door: str
    org: Org
    rig: Rig
    sessions: list[requests.Session]

    @property
    def poll_s(self) -> float:
        """Between two looks at a job: real seconds behind a socket."""
        return 0.02 if self.door == "proxy" else 5

    def session(self) -> requests.Session:
        """Of the client's own kind; closed when the test ends, as the client itself never does."""
        found = requests.Session()
        self.sessions.append(found)
        return found

    def login(self, **changed: Any) -> Salesforce:
        """By user name, password and security token: SOAP."""
        known = self.org.credentials
        given = {"username": known.username, "password": known.password, "security_token": known.security_token, "version": "62.0"}
        return Salesforce(**{**given, "session": self.session(), **changed})

    def with_token(self, token: str) -> Salesforce:
        """With a session id of somebody's: the client cannot renew it."""
        return Salesforce(instance_url=self.org.instance_url, session_id=token, version="62.0", session=self.session())


def paced(handle: Handler, clock: Clock) -> Handler:
    """Real time is too slow for jobs: on the org's clock two seconds pass between requests."""

    def handler(request: Request) -> Response:
        clock.advance(2)
        return handle(request)

    return handler


Opener = Callable[[str], AbstractContextManager[Place]]


@pytest.fixture
def open_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Opener:
    """A fresh org behind the door of that name, until the block ends."""
    for name in (*PROXY_VARIABLES, *(name.upper() for name in PROXY_VARIABLES), *BUNDLE_VARIABLES):
        monkeypatch.delenv(name, raising=False)

    @contextmanager
    def opened(door: str) -> Iterator[Place]:
        clock: Clock = SystemClock() if door == "proxy" else VirtualClock()
        org = Org(seed=7, clock=clock)
        place = Place(door, org, Rig(org, clock=clock, seed=7), [])
        with ExitStack() as stack:
            if isinstance(clock, VirtualClock):
                stack.enter_context(virtual_time(clock))
                serve = urllib3_door if door == "urllib3" else responses_door
                stack.enter_context(serve(place.rig.handle, clock=clock))
            else:
                server = stack.enter_context(Server(paced(place.rig.handle, clock), clock=clock, proxy=True, settle=place.rig.settle, next_due_s=place.rig.next_due_s))
                variables = stack.enter_context(monkeypatch.context())
                variables.setenv("HTTPS_PROXY", server.proxy_url)
                variables.setenv("REQUESTS_CA_BUNDLE", str(server.authority.write_bundle(tmp_path / "ca.pem")))
            yield place
            for session in place.sessions:
                session.close()
        assert "defect" not in org.receipt.facts, org.receipt.facts["defect"]

    return opened


@pytest.fixture(params=DOORS)
def place(request: pytest.FixtureRequest, open_place: Opener) -> Iterator[Place]:
    with open_place(request.param) as found:
        yield found


@pytest.fixture
def sf(place: Place) -> Salesforce:
    return place.login()


# ---------------------------------------------------------------------- plain HTTP

INSTANCE = "https://acme.my.salesforce.com"


class Wire:
    """One integration user with a ready token; `say` is one HTTP request under the API version, `get` a shorthand."""

    def __init__(self, place: Place) -> None:
        self.rig, self.org, self.known = place.rig, place.org, place.org.credentials
        self.session = place.session()
        self.token = self.known.access_token

    def say(self, method: str, path: str, json: Any = None, *, version: str = "62.0", scheme: str = "Bearer", token: str = "", **more: Any) -> requests.Response:
        headers = {"Authorization": f"{scheme} {token or self.token}", **more.pop("headers", {})}
        return self.session.request(method, f"{INSTANCE}/services/data/v{version}{path}", json=json, headers=headers, **more)

    def get(self, path: str, **more: Any) -> Any:
        return self.say("GET", path, **more).json()

    def query(self, soql: str, **more: Any) -> Any:
        return self.get("/query?q=" + quote(soql), **more)

    def create(self, sobject: str, **fields: Any) -> str:
        return str(self.say("POST", f"/sobjects/{sobject}", fields).json()["id"])

    def login(self, path: str = "token", **form: Any) -> requests.Response:
        return self.session.post(f"{INSTANCE}/services/oauth2/{path}", data=form)

    def refresh(self, refresh_token: str) -> requests.Response:
        return self.login(grant_type="refresh_token", refresh_token=refresh_token, client_id=self.known.client_id, client_secret=self.known.client_secret)

    def password(self) -> requests.Response:
        return self.login(grant_type="password", client_id=self.known.client_id, client_secret=self.known.client_secret, username=self.known.username,
                          password=self.known.password + self.known.security_token)  # fmt: skip

    def soap(self, password: str) -> requests.Response:
        body = ('<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:partner.soap.sforce.com"><env:Body><urn:login>'
                f"<urn:username>{self.known.username}</urn:username><urn:password>{password}</urn:password></urn:login></env:Body></env:Envelope>")  # fmt: skip
        return self.session.post(f"{INSTANCE}/services/Soap/u/59.0", data=body, headers={"Content-Type": "text/xml", "SOAPAction": "login"})

    def ingest(self, data: str, *, sobject: str = "Account", operation: str = "insert", **fields: str) -> str:
        """Path of a job that took `data` and is done with it."""
        path = "/jobs/ingest/" + self.say("POST", "/jobs/ingest", {"object": sobject, "operation": operation, **fields}).json()["id"]
        assert self.put(path, data).status_code == 201
        self.say("PATCH", path, {"state": "UploadComplete"})
        self.rig.clock.advance(60)
        return path

    def put(self, path: str, data: str) -> requests.Response:
        return self.say("PUT", path + "/batches", data=data.encode(), headers={"Content-Type": "text/csv"})


@pytest.fixture
def wire(place: Place) -> Wire:
    """Plain HTTP behind each door."""
    return Wire(place)
