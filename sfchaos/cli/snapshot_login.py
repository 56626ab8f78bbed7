"""How a snapshot logs in: which secrets of the environment it takes, and where they go.

A login at a loopback address is one at another sfchaos: simple-salesforce writes https and a Salesforce host into every address, so
what it sends goes to that address instead, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sfchaos.core.errors import UsageError
from sfchaos.core.hosts import LOGIN_HOSTS, is_loopback, is_sandbox_host
from sfchaos.load.guard import refuse_production

if TYPE_CHECKING:
    from requests import Session
    from simple_salesforce.api import Salesforce

WHAT = "a snapshot"
REMEDY = "take it of a sandbox, a scratch org or a Developer Edition: --login-url https://test.salesforce.com, or the sandbox's My Domain"


@dataclass(frozen=True)
class LoggedIn:
    """A client whose addresses lead to `origin` (`https://host`, or `http://127.0.0.1:8080`)."""

    client: Salesforce
    origin: str


def logged_in(env: Mapping[str, str], *, login_url: str | None, instance_url: str | None, username: str | None, api_version: str) -> LoggedIn:
    """A session by what the environment holds. Raises UsageError for production, and when nothing fits."""
    from simple_salesforce.api import Salesforce

    token = env.get("SF_ACCESS_TOKEN")
    if token and instance_url:
        origin = refuse_production(instance_url, WHAT, REMEDY)
        return _aimed(Salesforce(instance_url=origin, session_id=token, version=api_version), origin, api_version)
    secrets = _secrets(env, username)
    local = _loopback_origin(login_url)
    if local:
        # a JWT is for the login host it names, client credentials are for a My Domain
        domain = "test" if "username" in secrets else "loopback.my"
        return _aimed(_login(secrets, domain, local, api_version, _session_to(local)), local, api_version)
    domain = _login_domain(login_url or "https://login.salesforce.com")
    client = _login(secrets, domain, f"{domain}.salesforce.com", api_version, None)
    return _aimed(client, refuse_production(f"https://{client.sf_instance}", WHAT, REMEDY), api_version)


def _login(secrets: Mapping[str, Any], domain: str, place: str, api_version: str, session: Session | None) -> Salesforce:
    from jwt.exceptions import PyJWTError  # simple-salesforce signs with it
    from requests.exceptions import RequestException
    from simple_salesforce.api import Salesforce
    from simple_salesforce.exceptions import SalesforceError

    try:
        return Salesforce(**secrets, domain=domain, version=api_version, session=session)
    except SalesforceError as error:
        raise UsageError(f"the login at {place} was refused: {error}", remedy="check the SF_* variables") from None
    except RequestException as error:
        raise UsageError(f"the login at {place} could not be reached: {error}", remedy="check the address and the network") from None
    except (OSError, ValueError, TypeError, PyJWTError) as error:  # of the key file
        raise UsageError(f"SF_PRIVATE_KEY cannot be used: {error}", remedy="name a readable file with the RSA private key in PEM") from None


def _aimed(client: Salesforce, origin: str, api_version: str) -> LoggedIn:
    client.base_url = f"{origin}/services/data/v{api_version}/"  # the client writes https, also for a loopback address
    return LoggedIn(client, origin)


def _loopback_origin(login_url: str | None) -> str:
    """`http://127.0.0.1:8080` of such a login address; "" for any other."""
    if not login_url or not is_loopback(urlsplit(login_url).hostname or ""):
        return ""
    return refuse_production(login_url, WHAT, REMEDY)


def _session_to(origin: str) -> Session:
    """A session whose every https request goes to `origin`."""
    import requests
    from requests.adapters import HTTPAdapter

    class Redirected(HTTPAdapter):
        def send(self, request: requests.PreparedRequest, *rest: Any, **more: Any) -> requests.Response:
            split = urlsplit(request.url or "")
            request.url = f"{origin}{split.path}{'?' + split.query if split.query else ''}"
            return super().send(request, *rest, **more)

    session = requests.Session()
    session.mount("https://", Redirected())
    return session


def _secrets(env: Mapping[str, str], username: str | None) -> dict[str, Any]:
    """The keyword arguments of simple-salesforce for the first way to log in that the environment allows."""
    if username and env.get("SF_PASSWORD"):
        return {"username": username, "password": env["SF_PASSWORD"], "security_token": env.get("SF_SECURITY_TOKEN", "")}
    if username and env.get("SF_CLIENT_ID") and env.get("SF_PRIVATE_KEY"):
        return {"username": username, "consumer_key": env["SF_CLIENT_ID"], "privatekey_file": env["SF_PRIVATE_KEY"]}
    if env.get("SF_CLIENT_ID") and env.get("SF_CLIENT_SECRET"):
        return {"consumer_key": env["SF_CLIENT_ID"], "consumer_secret": env["SF_CLIENT_SECRET"]}
    raise UsageError("there is nothing to log in with", remedy="set SF_ACCESS_TOKEN and SF_INSTANCE_URL, or SF_USERNAME, SF_PASSWORD and SF_SECURITY_TOKEN")


def _login_domain(url: str) -> str:
    """What simple-salesforce calls the domain: the login host without `.salesforce.com`. Raises UsageError for production."""
    host = urlsplit(url if "://" in url else f"https://{url}").hostname or ""
    if not is_sandbox_host(host) or not host.endswith(".salesforce.com"):
        why = "is the login of production orgs" if host in LOGIN_HOSTS else "may be the login of a production org"
        raise UsageError(f"{host or url} {why}: {WHAT} is refused there, nothing was sent", remedy=REMEDY)
    return host.removesuffix(".salesforce.com")
