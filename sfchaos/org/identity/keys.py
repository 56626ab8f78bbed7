"""The org's own signing key: id_token, its public half at /id/keys, the discovery document. Source: wire reference 2.1; OpenID Connect Core 1.0.

The key comes from the seed, as /id/keys is in the journal and a run has to read the same again. Finding its primes takes about half
a second, so it is made when it is first asked for, once a process and seed.
"""

from __future__ import annotations

import base64
import hashlib
import math
from functools import cache
from typing import TYPE_CHECKING, Any

from sfchaos.core import chance

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from sfchaos.org.org import Org

_EXPONENT = 65537
KEY_ID = "240"  # Salesforce numbers its keys (K)
ID_TOKEN_S = 120  # an id_token is good for two minutes (K)


_PRIME_DIGITS = 256  # hexadecimal: two primes of 1024 bits


@cache
def _key(seed: int) -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric import rsa

    p, q = _prime(seed, "p"), _prime(seed, "q")
    d = rsa.rsa_recover_private_exponent(_EXPONENT, p, q)
    public = rsa.RSAPublicNumbers(_EXPONENT, p * q)
    return rsa.RSAPrivateNumbers(p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), public).private_key()


def _prime(seed: int, name: str) -> int:
    """The first probable prime (Fermat's test to four bases) from a number of the seed on, its two highest bits set."""
    small = math.prod(n for n in range(3, 4000, 2) if all(n % d for d in range(3, math.isqrt(n) + 1, 2)))  # most candidates share a factor
    start = int(chance.token(_PRIME_DIGITS, seed, "signing key", name, alphabet="0123456789abcdef"), 16)
    number = start | 3 << (_PRIME_DIGITS * 4 - 2) | 1
    while math.gcd(number, small) > 1 or math.gcd(number - 1, _EXPONENT) > 1 or any(pow(base, number - 1, number) != 1 for base in (2, 3, 5, 7)):
        number += 2
    return number


def id_token(org: Org, *, subject: str, client_id: str, issuer: str, access_token: str, nonce: str = "") -> str:
    """A signed statement (RS256) of who logged in; `subject` is the identity URL."""
    import jwt

    now_s = int(org.now_s())
    half = hashlib.sha256(access_token.encode()).digest()[:16]  # at_hash of OpenID Connect Core 3.1.3.6
    claims: dict[str, Any] = {"at_hash": _base64url(half), "sub": subject, "aud": client_id, "iss": issuer, "exp": now_s + ID_TOKEN_S, "iat": now_s}
    if nonce:
        claims["nonce"] = nonce
    text = jwt.encode(claims, _key(org.seed), algorithm="RS256", headers={"kid": KEY_ID})
    org.secrets.learn(text, "id_token")
    return text


def key_set(seed: int) -> dict[str, Any]:
    """The JSON Web Key Set of /id/keys."""
    numbers = _key(seed).public_key().public_numbers()
    return {"keys": [{"kty": "RSA", "n": _whole(numbers.n), "e": _whole(numbers.e), "alg": "RS256", "use": "sig", "kid": KEY_ID}]}


def discovery(origin: str, scopes: tuple[str, ...]) -> dict[str, Any]:
    """What /.well-known/openid-configuration says, keys in the order of the real document (K)."""
    oauth = f"{origin}/services/oauth2"
    return {
        "issuer": origin, "authorization_endpoint": f"{oauth}/authorize", "token_endpoint": f"{oauth}/token", "revocation_endpoint": f"{oauth}/revoke",
        "userinfo_endpoint": f"{oauth}/userinfo", "jwks_uri": f"{origin}/id/keys",
        "introspection_endpoint": f"{oauth}/introspect", "scopes_supported": list(scopes), "response_types_supported": ["code", "token"],
        "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"], "display_values_supported": ["page", "popup", "touch"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic", "private_key_jwt"],
        "claims_supported": ["active", "address", "email", "email_verified", "family_name", "given_name", "is_app_installed", "language", "locale", "name", "nickname",
                             "organization_id", "phone_number", "phone_number_verified", "photos", "picture", "preferred_username", "profile", "sub", "updated_at",
                             "urls", "user_id", "user_type", "zoneinfo"],
    }  # fmt: skip


def _whole(number: int) -> str:
    return _base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
