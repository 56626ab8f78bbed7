"""One way to call Salesforce: patient, bounded, and honest about what it does not know.

simple-salesforce logs in and builds URLs and headers. The calls go through its session one level below, because its
exceptions do not carry the reply's headers (Retry-After), and because it repeats nothing.
"""

import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from simple_salesforce import Salesforce, SalesforceAuthenticationFailed

MAX_ATTEMPTS = 5
FIRST_DELAY_S, LONGEST_DELAY_S = 5, 60
LONGEST_RETRY_AFTER_S = 600  # what asks for more is given up and said
TIMEOUT_S = (10, 60)  # to connect, to read
PASSING = {408, 420, 429, 500, 502, 503, 504}
PASSING_CODES = {"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "TooManyLockFailure", "temporarily_unavailable", "server_error"}

log = logging.getLogger("crm_sync")


class Stop(Exception):
    """No call will work until somebody acts: access is gone, or today's allowance is spent."""


class Refused(Exception):
    """The org said no, and will say it again. `in_doubt`: an earlier try of this call had no reply."""

    def __init__(self, code: str, message: str, in_doubt: bool) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.in_doubt = code, in_doubt


class Unavailable(Exception):
    """Every try failed for a passing reason. `in_doubt`: one of them may have worked."""

    def __init__(self, what: str, why: str, in_doubt: bool) -> None:
        super().__init__(f"{what} failed {MAX_ATTEMPTS} times, at last with {why}")
        self.in_doubt = in_doubt


class TimedSession(requests.Session):
    """No request without a time-out; simple-salesforce sets none."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", TIMEOUT_S)
        return super().request(*args, **kwargs)


@dataclass(frozen=True)
class Failure:
    """One failed try: `status` 0 when no reply came. `passing`: another try may work. `in_doubt`: this one may have."""

    status: int
    code: str
    message: str
    passing: bool
    in_doubt: bool = False
    retry_after_s: float | None = None


class Calls:
    """Calls to one org. `login` are the keyword arguments for simple-salesforce."""

    def __init__(self, login: Mapping[str, str]) -> None:
        self._login, self._session = login, TimedSession()
        self._sf: Salesforce | None = None

    def connect(self) -> None:
        """Log in. Raises Stop when the credentials are refused: trying again would only lock the user."""
        self._tried("login", self._log_in)
        log.info("logged in", extra={"event": "login", "op": "login", "principal": self._login["username"], "outcome": "ok"})

    def call(self, what: str, method: str, path: str, *, done_already: Callable[[], bool] | None = None, **request: Any) -> requests.Response | None:
        """The reply, or None when a lost reply turns out to have been a success: `done_already` is asked before a repeat.

        Raises Refused, Unavailable or Stop.
        """
        return self._tried(what, lambda: self._send(method, path, **request), done_already)

    def _tried(self, what: str, send: Callable[[], requests.Response | Failure | None], done_already: Callable[[], bool] | None = None) -> requests.Response | None:
        attempt, in_doubt, logged_in_again = 0, False, False
        while True:
            result = send()
            if not isinstance(result, Failure):
                return result
            in_doubt |= result.in_doubt
            if result.status == 401 and what != "login" and not logged_in_again:
                log.info("session ended, logging in again", extra={"event": "reauth", "op": what, "code": result.code})
                self.connect()
                logged_in_again = True
                continue
            attempt += 1
            self._raise_if_final(what, result, attempt, in_doubt)
            time.sleep(self._pause_s(attempt, result))
            if result.in_doubt and done_already is not None and done_already():
                log.warning("the reply was lost, the work was done", extra={"event": "resolved", "op": what, "outcome": "ok"})
                return None

    def _raise_if_final(self, what: str, failure: Failure, attempt: int, in_doubt: bool) -> None:
        if "TotalRequests" in failure.message or failure.status == 401:
            raise Stop(f"{what}: {failure.code}: {failure.message}")
        if not failure.passing:
            raise Stop(f"{what}: {failure.code}: {failure.message}") if what == "login" else Refused(failure.code, failure.message, in_doubt)
        if attempt == MAX_ATTEMPTS or (failure.retry_after_s or 0) > LONGEST_RETRY_AFTER_S:
            raise Unavailable(what, failure.code, in_doubt)

    def _pause_s(self, attempt: int, failure: Failure) -> float:
        """Full jitter under a growing cap; never sooner than the org asked for."""
        pause_s = random.uniform(0, min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** (attempt - 1)))
        return max(pause_s, failure.retry_after_s or 0)

    def _send(self, method: str, path: str, headers: Mapping[str, str] | None = None, **request: Any) -> requests.Response | Failure:
        assert self._sf is not None
        try:
            reply = self._session.request(method, self._sf.base_url + path, headers={**self._sf.headers, **(headers or {})}, **request)
        except requests.RequestException as error:
            return Failure(0, type(error).__name__, "no reply", passing=True, in_doubt=True)
        return reply if reply.ok else failure_of(reply)

    def _log_in(self) -> Failure | None:
        try:
            self._sf = Salesforce(**self._login, session=self._session)
        except requests.RequestException as error:
            return Failure(0, type(error).__name__, "no reply", passing=True)
        except SalesforceAuthenticationFailed as error:
            status = error.code if isinstance(error.code, int) else 400
            return Failure(status, str(error.code), error.auth_message, passing=status in PASSING or error.code in PASSING_CODES)
        return None


def failure_of(reply: requests.Response) -> Failure:
    """What an error reply says. Its body may be JSON, a page for people, or empty."""
    try:
        first = reply.json()[0]
        code, message = str(first["errorCode"]), str(first.get("message", ""))
    except (ValueError, LookupError, TypeError):
        code, message = f"HTTP_{reply.status_code}", "no error document"
    passing = reply.status_code in PASSING or code in PASSING_CODES or "ConcurrentRequests" in message
    return Failure(reply.status_code, code, message, passing, retry_after_s=retry_after_s(reply.headers.get("Retry-After")))


def retry_after_s(text: str | None) -> float | None:
    """Seconds, from a number or an HTTP date; None for anything else."""
    from email.utils import parsedate_to_datetime

    if text is None:
        return None
    try:
        return max(0.0, float(text) if text.strip().isdigit() else parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
