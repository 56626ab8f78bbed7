"""Rules by which a line of code or configuration is found to hold a credential, or to turn TLS checks off.

Shapes are those that Salesforce issues: a session id is the 15-character org id, `!` and about 96 characters (wire reference, tokens), at least
40 here; consumer keys begin with 3MVG9 and refresh tokens with 5Aep861, as known from practice. The shapes of other providers' keys, and how random
a quoted literal must be, are common practice.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

RULES_VERSION = "credentials@1"
LONG_ENTROPY_BITS = 4.2  # per character: generated literals of 32 characters and more lie above, prose and hex below


@dataclass(frozen=True)
class Hit:
    """`value` is the literal itself: it must never be written anywhere."""

    rule: str
    what: str
    value: str


_SHAPES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("sf-session-id", "a Salesforce session id", re.compile(r"\b(00D[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?![0-9A-Za-z._]{40,})")),
    ("sf-consumer-key", "a connected app's consumer key", re.compile(r"\b(3MVG9[0-9A-Za-z._]{40,})")),
    ("sf-refresh-token", "a Salesforce refresh token", re.compile(r"\b(5Aep861[0-9A-Za-z._]{30,})")),
    ("private-key", "a private key", re.compile(r"(-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----)")),
    ("sfdx-auth-url", "an SFDX auth URL", re.compile(r"(force://[^:\s\"']*:[^:\s\"']*:[^@\s\"'{$<]{20,}@)")),
    ("url-password", "a password in a URL", re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^/\s:@\"'{$<%]+:([^/\s:@\"'{$<%]{6,})@")),
    ("aws-access-key", "an AWS access key", re.compile(r"\b((?:AKIA|ASIA)[0-9A-Z]{16})\b")),
    ("github-token", "a GitHub token", re.compile(r"\b(gh[pousr]_[0-9A-Za-z]{36,}|github_pat_[0-9A-Za-z_]{40,})")),
    ("slack-token", "a Slack token", re.compile(r"\b(xox[abprs]-[0-9A-Za-z-]{20,})")),
    ("google-api-key", "a Google API key", re.compile(r"\b(AIza[0-9A-Za-z_-]{35})")),
    ("stripe-key", "a Stripe key", re.compile(r"\b([rs]k_live_[0-9A-Za-z]{20,})")),
    ("jwt", "a signed JSON web token", re.compile(r"\b(eyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{20,})")),
)
_NAMED = re.compile(
    r"""(?P<name>(?:password|passwd|passphrase|pwd|secret|security[_-]?token|api[_-]?key|apikey|access[_-]?token|refresh[_-]?token|auth[_-]?token|private[_-]?key
        |consumer[_-]?(?:key|secret)|client[_-]?secret|credential)[\w.-]{0,40})
        ["']?\s*(?:=>|:=|=(?!=)|:)\s*
        (?:(?P<quote>["'`])(?P<quoted>(?:(?!(?P=quote))[^\\\n]|\\.)*)(?P=quote)|(?P<bare>[^\s"'`#;,(){}\[\]<>]+)(?P<after>[^\n]*))""",
    re.IGNORECASE | re.VERBOSE,
)
_PREFIX = re.compile(r"[\w.-]+$")
_ABOUT_IT = re.compile(r"[\w.-]*(?:_?(?:url|uri|path|file|name|env|field|column|header|type|id|ttl|policy|length|expiry|expires|expires_in|age|min|max|prompt|hint|label|regex|pattern|param))$", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"""^(?:.*(?:change.?me|your.?|example|placeholder|redacted|dummy|sample|insert|todo|fixme|xxx|\*{3}|\.{3}|secret:\d+).*
        |<.*>|\$\{.*\}|\$[A-Z_a-z]\w*|\$\(.*|%\w+%?|%\(\w+\)s|\{\{?.*\}?\}|@\w[\w.]*|![a-z]+|env[:.].*|vault[:.].*|arn:.*|ssm:.*|keyring:.*|op://.*|file:.*
        |none|null|nil|true|false|undefined|test|tests|testing|secret|password|passwd|token|string|str|bool|int|bytes|optional|required|x+|\#+|-+|_+|\.+)$""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_CODE = re.compile(r"^(?:os\.|process\.|self\.|this\.|config|settings|env\b|getenv|args\.|options\.|params\.|request\.|ctx\.|system\.|secrets?\.|await\b|new\b|lambda\b|f$|r$|b$|getpass)", re.IGNORECASE)
_LITERAL = re.compile(r"""["'`]([0-9A-Za-z+/_=-]{32,200})["'`]""")
_WORDS = re.compile(r"[a-z]{8}")
_TLS = (
    ("tls-off-verify", re.compile(r"\bverify(?:_ssl|_certs?)?\s*[=:]\s*(?:False|false)\b|\bssl_verify\s*[=:]\s*(?:False|false|0)\b|\brejectUnauthorized\s*:\s*false\b")),
    ("tls-off-cert-none", re.compile(r"\bCERT_NONE\b|\b_create_unverified_context\b|\bcheck_hostname\s*=\s*False\b|\bInsecureSkipVerify\s*:\s*true\b")),
    ("tls-off-environment", re.compile(r"NODE_TLS_REJECT_UNAUTHORIZED[\"']?\]?\s*[=:]\s*[\"']?0|\bPYTHONHTTPSVERIFY[\"']?\]?\s*[=:]\s*[\"']?0|\bGIT_SSL_NO_VERIFY[\"']?\]?\s*[=:]\s*[\"']?(?:1|true)")),
    ("tls-off-option", re.compile(r"\bcurl\b[^\n|;&]*\s(?:-\w*k\w*|--insecure)(?=\s|$)")),
)


def credentials_in(line: str, *, quoted_only: bool) -> Iterator[Hit]:
    """Credentials in one line. In code (`quoted_only`) a bare word after `password =` is a variable; in a configuration file it is a value."""
    seen: dict[str, None] = {}
    for rule, what, shape in _SHAPES:
        for found in shape.finditer(line):
            if not is_placeholder(found[1]) and found[1] not in seen:
                seen[found[1]] = None
                yield Hit(rule, what, found[1])
    for found in _NAMED.finditer(line):
        hit = _named(found, quoted_only)
        if hit and not any(hit.value in value or value in hit.value for value in seen):
            seen[hit.value] = None
            yield hit
    for found in _LITERAL.finditer(line):
        if is_random(found[1]) and not any(found[1] in value or value in found[1] for value in seen):
            seen[found[1]] = None
            yield Hit("high-entropy", "a literal that looks generated", found[1])


def tls_switches_in(line: str) -> Iterator[tuple[str, str]]:
    """(rule, text) of everything in a line that turns certificate checks off."""
    for rule, shape in _TLS:
        found = shape.search(line)
        if found:
            yield rule, found[0].strip()


def _named(found: re.Match[str], quoted_only: bool) -> Hit | None:
    quoted, bare = found["quoted"], found["bare"]
    value = quoted if quoted is not None else bare
    if quoted is None and (quoted_only or _CODE.match(bare) or found["after"].startswith("(")):
        return None
    before = _PREFIX.search(found.string[max(0, found.start() - 40) : found.start()])
    name = ((before[0] if before else "") + found["name"]).strip(".-_")
    if len(value) < 6 or is_placeholder(value) or _ABOUT_IT.fullmatch(name) or value.lower() == name.lower():
        return None
    if " " in value or value.startswith(("http://", "https://", "/", "./", "~")) or _is_a_name(value):
        return None
    return Hit("credential-assignment", f"a literal given to {name}", value)


def _is_a_name(value: str) -> bool:
    """An identifier such as SF_CLIENT_SECRET, client_secret or acme.vault.reader: it names a secret, it is none."""
    if re.fullmatch(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", value) or re.fullmatch(r"[A-Za-z]+(?:[._-][A-Za-z]+)+", value):
        return True
    return bool(re.fullmatch(r"(?:\w+\.)+\w+", value)) and not any(c.isdigit() for c in value)


def is_placeholder(value: str) -> bool:
    """Text that stands for a value to come: <...>, ${...}, changeme, an environment or vault reference."""
    return bool(_PLACEHOLDER.match(value)) or len(set(value)) <= 2


def is_random(text: str) -> bool:
    """Whether a long literal looks generated: small and capital letters and digits mixed, no words, no path, more than 4.2
    bits of entropy a character. Digests (hex) stay below: 4 bits at most."""
    mixed = any(c.islower() for c in text) and any(c.isupper() for c in text) and sum(c.isdigit() for c in text) >= 3
    return mixed and text.count("/") < 3 and not _WORDS.search(text) and entropy_bits(text) >= LONG_ENTROPY_BITS and not is_placeholder(text)


def entropy_bits(text: str) -> float:
    """Shannon entropy in bits a character."""
    size = len(text)
    return -sum(n / size * math.log2(n / size) for n in Counter(text).values()) if size else 0.0
