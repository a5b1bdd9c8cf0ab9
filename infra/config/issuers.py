"""Reads the configured issuers: one in separate keys, or up to five in the list `issuers`."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from authorizer.environment import OWN_CONTEXT, context_key
from authorizer.issuer import MAX_ISSUERS, Issuer, Scalar
from authorizer.key_set import ALGORITHMS
from infra.config import validators
from infra.config.config_reader import Check, Reader, stray
from infra.mistakes import Mistake, Problem, did_you_mean

_DEFAULTS: Mapping[str, Any] = Issuer._field_defaults
# The members by their names in `issuers`, with their defaults.
MEMBERS: Mapping[str, Any] = {
    "issuer": "",
    "audience": "",
    "jwksUri": "",
    "algorithms": list(_DEFAULTS["algorithms"]),
    "clientIds": [],
    "scopeClaims": list(_DEFAULTS["scope_claims"]),
    "principalClaim": list(_DEFAULTS["principal_claim"]),
    "requiredClaims": {},
}
# Each may have MAX_CONTEXT_LENGTH characters, the scopes 4,096 and the principal 255.
MAX_CONTEXT_CLAIMS = 5
_SHORT = {"issuer": "tokenIssuer"}  # its key for one issuer; the other keys have the names of the members
_OBJECT = 'Write it as `{"org_id": ["org_1"]}`.'


def read_issuers(reader: Reader) -> tuple[Issuer, ...]:
    """Read the issuers, in either form. The reader collects the mistakes."""
    short = {member: reader.parsed(_SHORT.get(member, member), MEMBERS[member]) for member in MEMBERS}
    listed = reader.parsed("issuers", [])
    given = [_SHORT.get(member, member) for member, value in short.items() if value != MEMBERS[member]]
    if listed == []:
        return (_Source(reader, short).issuer(),)
    if given:
        others = ", ".join(reader.name(key) for key in given)
        fix = f"For several issuers, keep only {reader.name('issuers')}. For one issuer, remove it."
        reader.wrong("issuers", "two-forms", f"is set together with {others}", fix)
    sources = _sources(reader, listed)
    issuers = tuple(source.issuer() for source in sources)
    names = [issuer.issuer for issuer in issuers]
    for source, name in zip(sources, names, strict=True):
        if name and name in names[: source.at]:
            source.wrong("issuer", Problem("issuer-twice", "is listed twice", "Merge the two objects."), name)
    here = [validators.is_loopback(name) for name in names]
    if any(here) and not all(here):
        at = here.index(True)
        problem = Problem("loopback", "is on this machine, but other issuers are not", "List it in another stack.")
        sources[at].wrong("issuer", problem, names[at])
    return issuers or (Issuer("", ""),)


def read_context_claims(reader: Reader) -> tuple[str, ...]:
    names = reader.lines("contextClaims")
    if len(names) > MAX_CONTEXT_CLAIMS:
        what = f"has more than {MAX_CONTEXT_CLAIMS} claims, and API Gateway allows 10,240 bytes for all headers"
        reader.wrong("contextClaims", "too-many-claims", what, "Keep those that the backend reads.", str(len(names)))
    taken = {key.lower() for key in OWN_CONTEXT}  # in small letters, because the names of headers have no case
    for name in names:
        if (key := context_key(name)).lower() in taken:
            what = f"becomes the context key {key}, which already exists"
            reader.wrong("contextClaims", "context-key-taken", what, "Remove it.", name)
        taken.add(key.lower())
    return names


def _sources(reader: Reader, listed: object) -> list["_Source"]:
    objects = cast("list[Any]", listed) if isinstance(listed, list) else []
    if not 1 <= len(objects) <= MAX_ISSUERS or not all(isinstance(each, dict) for each in objects):
        what = f"is not a list of one to {MAX_ISSUERS} objects"
        fix = "Write each issuer as an object with issuer, audience and jwksUri; see docs/issuers.md."
        reader.wrong("issuers", "not-issuers", what, fix, listed if isinstance(listed, str) else json.dumps(listed))
        return []
    return [_Source(reader, each, at) for at, each in enumerate(objects)]


@dataclass(frozen=True, slots=True)
class _Source:
    """The values of one issuer, by member. `at` is its index in `issuers`, or None for one issuer in separate keys."""

    reader: Reader
    values: Mapping[str, object]
    at: int | None = None

    def issuer(self) -> Issuer:
        """The issuer with these values. Do not use it if the values have mistakes."""
        for member in self.values:
            if member not in MEMBERS:
                fix = did_you_mean(member, MEMBERS)
                self.wrong(member, Problem("unknown-key", "is not a key of an issuer", fix))
        address = self.values.get("jwksUri")
        known = address if isinstance(address, str) else ""
        name = self._text("issuer", lambda value: validators.token_issuer(value, known))
        if not self._given("issuer"):
            self._missing("issuer", "is not set")
        jwks_uri = self._text("jwksUri", lambda value: validators.jwks_uri(value, name))
        audiences = self._audiences(name)
        clients = self._texts(
            "clientIds", lambda text: validators.several_names(text) or validators.stray_characters(text)
        )
        if not self._given("audience") and not self._given("clientIds"):
            self._missing(
                "audience", "is not set, and neither is clientIds: one of them must bind the tokens to this API"
            )
        return Issuer(
            issuer=name,
            jwks_uri=jwks_uri or f"{name.rstrip('/')}/.well-known/jwks.json",
            audiences=audiences,
            client_ids=clients,
            algorithms=self._texts("algorithms", _algorithm),
            scope_claims=self._texts("scopeClaims", validators.several_names),
            principal_claim=self._texts("principalClaim", validators.several_names),
            required_claims=self._required_claims(),
        )

    def key(self, member: str) -> str:
        """The configuration key of a member."""
        return _SHORT.get(member, member) if self.at is None else f"issuers[{self.at}].{member}"

    def wrong(self, member: str, problem: Problem, got: object = None) -> None:
        shown = "" if got is None else repr(got)
        self.reader.mistakes.append(Mistake.of(self.reader.name(self.key(member)), problem, shown))

    def _given(self, member: str) -> bool:
        return self.values.get(member, MEMBERS[member]) != MEMBERS[member]

    def _missing(self, member: str, what: str) -> None:
        key = self.key(member)
        options = "--plaintext" if self.at is None else "--plaintext --path"
        self.wrong(member, Problem("required", what, self.reader.how_to_set(key, options)))

    def _text(self, member: str, check: Check, value: object = None) -> str:
        if not self._given(member):
            return ""
        value = self.values[member] if value is None else value
        if not isinstance(value, str):
            self.wrong(member, Problem("not-a-text", "is not a string", "Put it in quotes."), value)
            return ""
        problem = validators.no_tenant(value) or validators.stray_characters(value) or check(value)
        if problem:
            self.wrong(member, problem, value)
        return value

    def _audiences(self, name: str) -> tuple[str, ...]:
        def check(value: str) -> Problem | None:
            return validators.audience(value, name)

        value = self.values.get("audience", "")
        if self.at is not None and isinstance(value, list):
            texts = self._list("audience", cast("list[object]", value))
        elif self._given("audience"):
            texts = (value,)
        else:
            return ()
        for text in texts:
            if isinstance(text, str) and (problem := validators.several_audiences(text)):
                self.wrong("audience", problem, text)
                return ()
        return tuple(self._text("audience", check, text) for text in texts)

    def _list(self, member: str, value: object) -> tuple[str, ...]:
        items = cast("list[object]", value if isinstance(value, list) else [])
        texts = tuple(item for item in items if isinstance(item, str) and not stray(item))
        if texts and len(texts) == len(items):
            return texts
        example = f"Write it as `{json.dumps(MEMBERS[member] or ['VALUE'])}`."
        self.wrong(member, Problem("not-texts", "is not a list of one or more strings", example), cast("object", value))
        return ()

    def _texts(self, member: str, check: Callable[[str], Problem | None] = lambda _: None) -> tuple[str, ...]:
        if not self._given(member):
            return tuple(MEMBERS[member])
        texts = self._list(member, self.values[member])
        for text in texts:
            if problem := check(text):
                self.wrong(member, problem, text)
        return texts

    def _required_claims(self) -> tuple[tuple[str, tuple[Scalar, ...]], ...]:
        value = self.values.get("requiredClaims", {})
        claims = cast("dict[str, Any]", value) if isinstance(value, dict) else {"": value}
        if all(not stray(name) and _are_scalars(allowed) for name, allowed in claims.items()):
            return tuple((name, tuple(cast("list[Scalar]", allowed))) for name, allowed in claims.items())
        what = "is not an object that maps claims to lists of strings, whole numbers or booleans"
        self.wrong("requiredClaims", Problem("not-claims", what, _OBJECT), cast("object", value))
        return ()


def _are_scalars(value: object) -> bool:
    values = cast("list[object]", value if isinstance(value, list) else [])
    return bool(values) and all(isinstance(each, Scalar) for each in values)


def _algorithm(value: str) -> Problem | None:
    if value in ALGORITHMS:
        return None
    if re.fullmatch("HS[0-9]+", value):
        what = "has an algorithm with a shared secret, and everyone who knows the secret can sign"
        fix = f"Configure the issuer to sign with one of {', '.join(ALGORITHMS)}."
        return Problem("shared-secret", what, fix)
    fix = f"Use one of {', '.join(ALGORITHMS)}."
    return Problem("unknown-algorithm", "is not an algorithm that the authorizer supports", fix)
