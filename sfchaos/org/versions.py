"""What differs between API versions: which resources a version lists, which keys and objects its describes have.

Every line says where the version comes from. D: documented ("available in API version ..."), R: seen in a captured reply of that
version and absent from one of an older, guess: neither.
"""

from __future__ import annotations

from collections.abc import Iterable

from sfchaos.org.schema.model import Field, SObject

FIRST, LAST = 31, 67

# Name of a resource of `/services/data/vXX.X` -> first version that lists it. Order as in the guide's example (wire reference 3.2, D).
# The reference pages name the version of each resource ("This resource is available in REST API version ..."); those marked are guesses.
RESOURCES = {
    "tooling": 26, "metadata": 33,  # deployRequest: guess
    "folders": 41,  # guess
    "eclair": 41,  # guess
    "prechatForms": 42,  # guess
    "contact-tracing": 50,  # guess
    "chatter": 23, "tabs": 31, "appMenu": 29, "quickActions": 28, "queryAll": 29, "commerce": 47,  # commerce: guess
    "wave": 36,  # guess
    "search": 20, "identity": 20, "composite": 34,  # composite/batch came with Summer '15 (release notes, D)
    "parameterizedSearch": 36, "theme": 29, "nouns": 36,  # nouns: guess
    "recent": 20, "connect": 20, "licensing": 31, "limits": 24, "process": 30, "dedupe": 42,  # dedupe: guess
    "query": 20, "jobs": 41, "localizedvalue": 39, "sobjects": 20, "support": 38, "actions": 32, "event": 40, "ui-api": 41, "graphql": 55,
    "compactLayouts": 31, "knowledgeManagement": 38, "consent": 44, "async-queries": 35,  # the last two: guess
}  # fmt: skip

# Keys of an object's describe that came later
OBJECT_KEYS = {
    "associateEntityType": 50, "associateParentEntity": 50,  # SOAP API Developer Guide, "DescribeSObjectResult" (D)
    "sobjectDescribeOption": 53,  # in captures that are newer than 52.0 (R); where it begins is a guess
}  # fmt: skip
# The scope "Filter by scope" stands in the same newer captures (R); scoping rules came with Winter '22
SCOPING_RULES = 53


def resources(version: float) -> tuple[str, ...]:
    """The names that a version lists, in order."""
    return tuple(name for name, since in RESOURCES.items() if version >= since)


def knows(sobject: SObject, version: float) -> bool:
    return version >= sobject.since


def fields_at(fields: Iterable[Field], version: float) -> tuple[Field, ...]:
    """Those that a version shows."""
    return tuple(f for f in fields if version >= f.since)


def keys_at(tree: dict[str, object], version: float) -> dict[str, object]:
    """A describe without the keys that a version does not have."""
    return {key: value for key, value in tree.items() if version >= OBJECT_KEYS.get(key, 0)}
