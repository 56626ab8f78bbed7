"""What the integration under test is given to log in with: secrets that exist for this run alone.

All of them come from the seed, are known to the run's SecretBook before anybody sees them, and have the shapes of real
ones, so that scanners and scrubbers recognise them. Only the RSA key is made by the machine, once per process: making
one takes a tenth of a second, and no journal shows it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sfchaos.core import chance
from sfchaos.org.identity.apps import App

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    from sfchaos.org.org import Org


class Credentials:
    """The integration user and its connected app.

    `access_token` and `refresh_token` belong to a session that is opened at furnish (`make_ready`); reading them never
    brings a dead one back to life.
    """

    def __init__(self, org: Org) -> None:
        self._org = org

    @property
    def username(self) -> str:
        """The integration user's, as its row has it."""
        found = self._org.store.one('SELECT "Username" FROM "User" WHERE "Id" = ?', (self._org.integration_user_id,)) if self._org.schema.find("User") else None
        return str(found[0]) if found else f"sync@{self._org.my_domain.partition('.')[0]}.example"

    @property
    def password(self) -> str:
        return self.password_of(self.username)

    @property
    def security_token(self) -> str:
        return self.security_token_of(self.username)

    def password_of(self, username: str) -> str:
        """The password of any user of the org, the one who has not changed it since."""
        return chance.token(20, self._org.seed, "password", username.lower())

    def security_token_of(self, username: str) -> str:
        """The token of any user. A new password brings a new one by mail (Salesforce Help, "Reset Your Security Token", D); sessions live on."""
        renewed: int = self._org.registers.identity.get(f"security_tokens:{username.lower()}", 0)
        return chance.token(24, self._org.seed, "security token", username.lower(), *([renewed] if renewed else []))

    def renew_security_token(self, username: str) -> None:
        """From now on the user's token is another one."""
        key = f"security_tokens:{username.lower()}"
        self._org.registers.identity[key] = self._org.registers.identity.get(key, 0) + 1
        self._org.secrets.learn(self.security_token_of(username), "security_token")

    @property
    def client_id(self) -> str:
        """The consumer key of the org's first connected app."""
        return self.app.client_id

    @property
    def client_secret(self) -> str:
        return self.app.client_secret

    @property
    def app(self) -> App:
        """The connected app that SF_CLIENT_ID names."""
        return self._org.apps.first

    @property
    def access_token(self) -> str:
        self.make_ready()
        return str(self._org.registers.identity["ready"][0])

    @property
    def refresh_token(self) -> str:
        self.make_ready()
        return str(self._org.registers.identity["ready"][1])

    def private_key_pem(self) -> str:
        """The private key of JWT bearer, PKCS#8 PEM, RSA 2048; its public half is what the connected app knows."""
        pem = _key_pair()[0]
        self._org.secrets.learn(pem, "private_key")
        return pem

    def public_key(self) -> RSAPublicKey:
        return _key_pair()[1]

    def make_ready(self) -> None:
        """Open the session that SF_ACCESS_TOKEN and SF_REFRESH_TOKEN name; once, however often it is called."""
        org = self._org
        if "ready" in org.registers.identity:
            return
        self._learn()
        app = self.app
        refresh = org.sessions.new_refresh_token(org.integration_user_id, app.client_id, app.scopes)
        session = org.sessions.open(org.integration_user_id, grant="web-server", app_id=app.client_id, scopes=app.scopes, refresh_token=refresh.family)
        org.registers.identity["ready"] = (session.token, refresh.token)

    def environment(self, http_url: str = "", key_path: str = "") -> dict[str, str]:
        """The names every target gets. `http_url` is the org's plain HTTP origin, "" under the proxy and in process.

        SF_PRIVATE_KEY is the path of the PEM file, so it is there only with a `key_path` (whoever runs the target writes it).
        """
        org = self._org
        env = {
            "SF_LOGIN_URL": http_url or "https://login.salesforce.com", "SF_INSTANCE_URL": http_url or org.instance_url,
            "SF_USERNAME": self.username, "SF_PASSWORD": self.password, "SF_SECURITY_TOKEN": self.security_token, "SF_DOMAIN": "login",
            "SF_MY_DOMAIN": org.my_domain, "SF_CLIENT_ID": self.client_id, "SF_CLIENT_SECRET": self.client_secret,
            "SF_REFRESH_TOKEN": self.refresh_token, "SF_ACCESS_TOKEN": self.access_token, "SF_ORG_ID": org.org_id,
        }  # fmt: skip
        if key_path:
            env["SF_PRIVATE_KEY"] = key_path
        if http_url:
            env["SFCHAOS_HTTP"] = http_url
        return env

    def _learn(self) -> None:
        learn = self._org.secrets.learn
        learn(self.password, "password")
        learn(self.security_token, "security_token")
        learn(self.client_secret, "client_secret")


@cache
def _key_pair() -> tuple[str, RSAPublicKey]:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode(), key.public_key()
