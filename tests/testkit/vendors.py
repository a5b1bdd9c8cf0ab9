"""Tokens and key sets as the vendors' documentation shows them, by the section of docs/issuers.md and its rows.

Auth0: Access Token Profiles. Okta: OpenID Connect & OAuth 2.0 API, token claims. Entra ID: Access token claims
reference. Keycloak: Server Administration Guide, and its source for the header. Cognito: Understanding the access
token; Scopes, M2M, and resource servers; Pre token generation Lambda trigger. Firebase: Verify ID Tokens.
PingFederate: JSON Web Token access token management. WorkOS: Session tokens.
"""

from typing import Any, NamedTuple

from tests.testkit.tokens import KID, OMIT, Json, Sign, ec_key, es256, hs256, jwk, rs256, segment

SUB = "1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d"
ROLES = {"realm_access": {"roles": ["create:pets"]}, "resource_access": {"petstore-api": {"roles": ["create:pets"]}}}


class Shape(NamedTuple):
    """A token's claims in addition to `iss`, `aud` and dates, or instead of them; `head`: the same for the header."""

    claims: Json
    head: Json = {}  # noqa: RUF012 - never changed
    sign: Sign | None = None
    opaque: bool = False


def _without_typ(**claims: Any) -> Shape:
    return Shape(claims, {"typ": OMIT})


def _auth0(**claims: Any) -> Shape:
    return Shape({"sub": "auth0|123456", "azp": "my_client_id", "scope": "openid create:pets"} | claims)


_AUTH0_RFC9068 = Shape(
    {"sub": "auth0|123456", "client_id": "my_client_id", "jti": "73W", "scope": "", "permissions": ["create:pets"]},
    {"typ": "at+jwt"},
)


def _okta(**claims: Any) -> Shape:
    usual = {"ver": 1, "jti": "AT.0mP4", "cid": "0oa1", "uid": "00u1", "scp": ["openid", "create:pets"]}
    return _without_typ(**(usual | {"auth_time": 1, "sub": "somebody@example.com"} | claims))


def _entra(head: Json | None = None, **claims: Any) -> Shape:
    usual = {
        "aio": "x",
        "azp": "CLIENT_ID",
        "azpacr": "1",
        "oid": SUB,
        "rh": "x",
        "scp": "openid create:pets",
        "sub": "AAA",
    }
    return Shape(usual | {"tid": "TENANT_ID", "uti": "x", "ver": "2.0"} | claims, head or {})


def _entra_1(**claims: Any) -> Shape:
    usual = {
        "appid": "CLIENT_ID",
        "appidacr": "1",
        "azp": OMIT,
        "azpacr": OMIT,
        "ver": "1.0",
        "unique_name": "a@b.example",
    }
    return _entra({"x5t": "key-1"}, **(usual | claims))


def _keycloak(head: Json | None = None, sign: Sign | None = None, **claims: Any) -> Shape:
    usual = {"jti": "onrtac:1", "sub": SUB, "typ": "Bearer", "azp": "web", "sid": "x", "acr": "1"}
    usual |= {"aud": ["petstore-api", "account"], "scope": "openid create:pets email", "preferred_username": "x"}
    return Shape(usual | claims, head or {}, sign)


def _cognito(**claims: Any) -> Shape:
    usual = {"sub": SUB, "version": 2, "client_id": "1example23456789", "origin_jti": "x", "token_use": "access"}
    usual |= {
        "scope": "openid https://api.example.com/petstore/create:pets",
        "auth_time": 1,
        "username": "x",
        "jti": "x",
    }
    return _without_typ(**(usual | claims))


def _supabase(**claims: Any) -> Shape:
    usual = {"sub": SUB, "aal": "aal1", "role": "authenticated", "session_id": SUB, "is_anonymous": False}
    return Shape(usual | {"user_metadata": {}, "amr": [{"method": "password"}]} | claims, {"alg": "ES256"}, es256)


def _clerk(**claims: Any) -> Shape:
    return Shape({"sub": "user_1", "sid": "sess_1", "azp": "https://app.example.com", "fva": [0, -1]} | claims)


def _workos(**claims: Any) -> Shape:
    usual = {"sub": "user_1", "sid": "session_1", "jti": "x", "org_id": "org_1", "role": "member", "nbf": OMIT}
    return _without_typ(**(usual | {"roles": ["member"], "permissions": ["read:pets"]} | claims))


def _firebase(**claims: Any) -> Shape:
    usual = {"sub": "dOqfVn4tGZ", "user_id": "dOqfVn4tGZ", "auth_time": 1, "email_verified": False}
    return Shape(usual | {"firebase": {"identities": {}, "sign_in_provider": "anonymous"}} | claims)


def _ping(**claims: Any) -> Shape:
    usual = {"scope": "openid create:pets", "client_id": "web", "sub": "joe", "jti": "x", "nbf": OMIT}
    return Shape(usual | claims, {"typ": OMIT, "pi.atm": "1"})


def _adfs(**claims: Any) -> Shape:
    usual = {
        "sub": SUB,
        "appid": SUB,
        "apptype": "Public",
        "authmethod": "x",
        "ver": "1.0",
        "scp": "openid create:pets",
    }
    return Shape(usual | claims, {"kid": OMIT, "x5t": "key-1"})


SHAPES: dict[str, dict[str, Shape]] = {
    "Auth0": {
        "of a user, `aud` a list with `/userinfo`": _auth0(
            aud=["https://api.example.com/petstore", "https://tenant.eu.auth0.com/userinfo"]
        ),
        "of the RFC 9068 profile, scope in `permissions`": _AUTH0_RFC9068,
        "of an application that was not granted the scope": _auth0(
            sub="my_client_id@clients", gty="client-credentials", scope=OMIT
        ),
        "asked for without `audience`": Shape({}, {"alg": "dir", "enc": "A256GCM", "kid": OMIT}, opaque=True),
        "of an API that signs with HS256": _auth0()._replace(head={"alg": "HS256", "kid": OMIT}, sign=hs256(b"secret")),
        "an ID token": _auth0(aud="my_client_id", azp=OMIT, scope=OMIT),
    },
    "Okta": {
        "of a user, `scp` a list": _okta(),
        "of a service application": _okta(sub="0oa1", uid=OMIT, scp=["create:pets"]),
        "of an application that must use DPoP": _okta(cnf={"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}),
        "of the org authorization server": _okta(iss="https://tenant.okta.com", aud="https://tenant.okta.com")._replace(
            head={"typ": "application/okta-internal-at+jwt"}
        ),
        "an ID token": _okta(aud="0oa1", cid=OMIT, scp=OMIT, sub="00u1"),
    },
    "Entra ID": {
        "of a user, `scp` a text": _entra(),
        "of an application, with app roles in `roles`": _entra(scp=OMIT, sub=SUB, roles=["create:pets"], idtyp="app"),
        "an ID token of the API's own registration": _entra(scp=OMIT, azp=OMIT, azpacr=OMIT),
        "an ID token of another registration": _entra(scp=OMIT, azp=OMIT, azpacr=OMIT, aud="CLIENT_ID"),
        "of version 1.0": _entra_1(iss="https://sts.windows.net/TENANT_ID/", aud="api://API_CLIENT_ID"),
        "for Microsoft Graph": _entra_1(
            iss="https://sts.windows.net/TENANT_ID/", aud="00000003-0000-0000-c000-000000000000"
        )._replace(head={"nonce": "x", "x5t": "key-1"}, sign=rs256("attacker")),
    },
    "Entra ID, version 1.0": {
        "of a user, `scp` a text": _entra_1(),
        "of an application, with app roles in `roles`": _entra_1(scp=OMIT, sub=SUB, roles=["create:pets"]),
        "asked for by the client ID": _entra_1(aud="API_CLIENT_ID"),
    },
    "Keycloak": {
        "of a user, with the client scope": _keycloak(),
        'with *Use "at+jwt" as access token header type*': _keycloak({"typ": "at+jwt"}),
        "of a service account, with the client scope": _keycloak(
            aud="petstore-api", sid=OMIT, client_id="batch", azp="batch", scope="create:pets"
        ),
        "with roles alone, in `realm_access` and `resource_access`": _keycloak(scope="openid email", **ROLES),
        "without the mapper": _keycloak(aud="account"),
        "a lightweight one, without `sub`": _keycloak(sub=OMIT),
        "of a client that signs with ES256": _keycloak({"alg": "ES256"}, es256),
        "an ID token": _keycloak(aud="web", typ="ID", at_hash="x", scope=OMIT),
    },
    "Cognito": {
        "of a user, asked for with `resource`": _cognito(aud="https://api.example.com/petstore"),
        "of a user, asked for without `resource`, or through the SDKs": _cognito(),
        "of an application (client credentials)": _cognito(sub="1example23456789", username=OMIT),
        "with the group alone, in `cognito:groups`": _cognito(scope="openid", **{"cognito:groups": ["create:pets"]}),
        "of another client": _cognito(client_id="2example"),
        "with an `aud` from the pre token generation trigger": _cognito(aud="1example23456789"),
        "an ID token": _cognito(aud="1example23456789", token_use="id", client_id=OMIT, scope=OMIT),
    },
    "Supabase": {
        "of a user": _supabase(),
        "of a user with `role: create:pets` from a hook": _supabase(role="create:pets"),
        "of the legacy secret": _supabase()._replace(head={"alg": "HS256", "kid": OMIT}, sign=hs256(b"secret")),
    },
    "Firebase": {
        "of a user": _firebase(),
        "of a user with the custom claim `scope: create:pets`": _firebase(scope="create:pets"),
        "a custom one, before it is exchanged": _firebase(
            iss="firebase-adminsdk@PROJECT_ID.iam.gserviceaccount.com",
            aud="https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit",
            uid="dOqfVn4tGZ",
        )._replace(head={"kid": OMIT}, sign=rs256("attacker")),
    },
    "Clerk": {
        "of a session": _clerk(),
        "of a template with a `scope`": _clerk(scope="create:pets"),
        "of a page on another origin": _clerk(azp="https://other.example.com"),
        "without `azp`": _clerk(azp=OMIT),
    },
    "WorkOS": {
        "of a session, with the template": _workos(),
        "of a session whose role has the permission `create:pets`": _workos(permissions=["create:pets"]),
        "of a session, without the template": _workos(aud=OMIT),
    },
    "AD FS": {
        "of a user, `scp` a text": _adfs(),
        "of an application, without `sub`": _adfs(sub=OMIT, scp=OMIT),
        "with the issuer of ID tokens, `https://adfs.example.com/adfs`": _adfs(iss="https://adfs.example.com/adfs"),
    },
    "PingFederate": {
        "of a user, `scope` a text": _ping(),
        "of a user, `scope` a list": _ping(scope=["openid", "create:pets"]),
        "of an application, without `sub`": _ping(sub=OMIT, client_id="batch", scope="create:pets"),
        "of an access token manager without an *Issuer Claim Value*": _ping(iss=OMIT),
        "of an access token manager without an *Audience Claim Value*": _ping(aud=OMIT),
        "of an access token manager with opaque tokens": Shape({}, {"alg": "dir", "enc": "A256GCM"}, opaque=True),
    },
}

_EC = ec_key().public_key().public_numbers()
EC: Json = {
    "kty": "EC",
    "crv": "P-256",
    "alg": "ES256",
    "use": "sig",
    "kid": KID,
    "ext": True,
    "key_ops": ["verify"],
    "x": segment(_EC.x.to_bytes(32)),
    "y": segment(_EC.y.to_bytes(32)),
}
# Other keys of a set, and the members that the signing key lacks.
KEY_SETS: dict[str, list[Json]] = {
    "Auth0": [jwk(x5t="x", x5c=["x"]), jwk("next", kid="next")],
    "Okta": [jwk()],
    "Entra ID": [jwk(alg=OMIT, x5t="x", x5c=["x"], cloud_instance_name="microsoftonline.com"), jwk("next", kid="n")],
    "Entra ID, version 1.0": [jwk(alg=OMIT, x5t="x", x5c=["x"])],
    "Keycloak": [jwk("other", kid="encryption", use="enc", alg="RSA-OAEP"), jwk(x5t="x", x5c=["x"])],
    "Cognito": [jwk("other", kid="of ID tokens"), jwk()],
    "Supabase": [EC],
    "Firebase": [jwk(), jwk("next", kid="next")],
    "Clerk": [jwk()],
    "WorkOS": [jwk(alg=OMIT, x5c=["x"]), jwk("next", kid="next")],
    "AD FS": [jwk(x5t="key-1", x5c=["x"]), jwk("next", kid="n", x5t="n", x5c=["x"])],
    "PingFederate": [jwk(alg=OMIT), EC | {"kid": "ec"}, {"kty": "EC", "crv": "P-521", "kid": "ec5", "use": "sig"}],
}

# The members of a discovery document that doctor reads, with the address that has it. WorkOS documents none.
DISCOVERY: dict[str, tuple[str, Json]] = {
    "Auth0": (
        "https://tenant.eu.auth0.com/",
        {
            "issuer": "https://tenant.eu.auth0.com/",
            "jwks_uri": "https://tenant.eu.auth0.com/.well-known/jwks.json",
            "id_token_signing_alg_values_supported": ["HS256", "RS256", "PS256"],
        },
    ),
    "Okta": (
        "https://tenant.okta.com/oauth2/default",
        {
            "issuer": "https://tenant.okta.com/oauth2/default",
            "jwks_uri": "https://tenant.okta.com/oauth2/default/v1/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        },
    ),
    "Entra ID": (
        "https://login.microsoftonline.com/TENANT_ID/v2.0",
        {
            "issuer": "https://login.microsoftonline.com/TENANT_ID/v2.0",
            "jwks_uri": "https://login.microsoftonline.com/TENANT_ID/discovery/v2.0/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        },
    ),
    "Entra ID, version 1.0": (
        "https://sts.windows.net/TENANT_ID/",
        {
            "issuer": "https://sts.windows.net/TENANT_ID/",
            "jwks_uri": "https://login.microsoftonline.com/common/discovery/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        },
    ),
    "Keycloak": (
        "https://id.example.com/realms/pets",
        {
            "issuer": "https://id.example.com/realms/pets",
            "jwks_uri": "https://id.example.com/realms/pets/protocol/openid-connect/certs",
            "id_token_signing_alg_values_supported": ["PS384", "HS256", "ES256", "RS256", "EdDSA"],
        },
    ),
    "Cognito": (
        "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE",
        {
            "issuer": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE",
            "jwks_uri": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE/.well-known/jwks.json",
            "id_token_signing_alg_values_supported": ["RS256"],
        },
    ),
    "Supabase": (
        "https://project.supabase.co/auth/v1",
        {
            "issuer": "https://project.supabase.co/auth/v1",
            "jwks_uri": "https://project.supabase.co/auth/v1/.well-known/jwks.json",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "ES256"],
        },
    ),
    "Firebase": (
        "https://securetoken.google.com/PROJECT_ID",
        {
            "issuer": "https://securetoken.google.com/PROJECT_ID",
            "jwks_uri": "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
            "id_token_signing_alg_values_supported": ["RS256"],
        },
    ),
    "Clerk": (
        "https://clerk.example.com",
        {
            "issuer": "https://clerk.example.com",
            "jwks_uri": "https://clerk.example.com/.well-known/jwks.json",
            "id_token_signing_alg_values_supported": ["RS256"],
        },
    ),
    "AD FS": (
        "https://adfs.example.com/adfs",
        {
            "issuer": "https://adfs.example.com/adfs",
            "access_token_issuer": "http://adfs.example.com/adfs/services/trust",
            "jwks_uri": "https://adfs.example.com/adfs/discovery/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        },
    ),
    "PingFederate": (
        "https://ping.example.com:9031",
        {
            "issuer": "https://ping.example.com:9031",
            "jwks_uri": "https://ping.example.com:9031/pf/JWKS",
            "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "ES256", "ES512", "PS256"],
        },
    ),
}
