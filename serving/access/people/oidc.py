"""Sign-in by an OpenID provider: authorization code with PKCE, state, nonce, verified signature.

Nothing is kept between the two halves but one secret in the browser's cookie: state, nonce and
the PKCE verifier are derived from it, so an answer counts in the browser alone that began.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import (  # type: ignore[import-untyped]
    prepare_grant_uri,
)
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from features.errors import RequestRefused, SettingsError
from serving.access.access_settings import OidcSettings
from serving.access.principal import Scope

ALGORITHMS = ["RS256", "PS256", "ES256", "RS384", "RS512", "ES384", "ES512", "EdDSA"]
LEEWAY_SECONDS = 60
TIMEOUT_SECONDS = 10.0
LOCAL = ("localhost", "127.0.0.1", "::1")

Claims = Mapping[str, Any]


@dataclass(frozen=True)
class Start:
    """Where the browser goes, and the secret that its cookie keeps until it is back."""

    url: str
    secret: str


@dataclass(frozen=True)
class Identity:
    """Who the provider says they are, with the role and limits that its claims give."""

    subject: str
    name: str
    role: str
    scope: Scope


class Provider:
    """The provider of the settings, over HTTP; its calls wait, so they belong in a thread."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        try:
            self._secret = Path(settings.credential_file).read_text("utf-8").strip()
        except OSError as error:
            raise SettingsError(
                f"oidc.credential_file {settings.credential_file} cannot be read: {error.strerror}"
            ) from error

    def start(self) -> Start:
        """Begin a sign-in. Raises RequestRefused (`provider`) where none can be begun."""
        secret, own = secrets.token_urlsafe(32), self._settings
        with _client() as client:
            metadata = self._metadata(client)
        url = prepare_grant_uri(
            metadata["authorization_endpoint"], own.client_id, "code",
            redirect_uri=own.redirect_uri, scope="openid profile",
            state=derived(secret, "state"), nonce=derived(secret, "nonce"),
            code_challenge=create_s256_code_challenge(derived(secret, "verifier")),
            code_challenge_method="S256",
        )  # fmt: skip
        return Start(url, secret)

    def identified(self, secret: str, code: str, state: str) -> Identity:
        """Who has signed in there.

        Raises RequestRefused: `unauthorized` for an answer that was not begun in this browser or a
        token that does not verify, `forbidden` where no role is theirs, `provider`.
        """
        if not secret or not hmac.compare_digest(state.encode(), derived(secret, "state").encode()):
            raise _unauthorized("this sign-in was not begun in this browser; begin again")
        with _client() as client:
            metadata = self._metadata(client)
            tokens = self._tokens(client, metadata, code, derived(secret, "verifier"))
            claims = self._verified(client, metadata, tokens, derived(secret, "nonce"))
            claims = claims | self._user_info(client, metadata, tokens, claims["sub"])
        return identity(claims, self._settings)

    def _metadata(self, client: httpx.Client) -> Claims:
        issuer = self._settings.issuer
        found = _json(client.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration"))
        if found.get("issuer") != issuer:
            raise _provider("its discovery document names another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            where = urlsplit(str(found.get(name, "")))
            if where.scheme != "https" and where.hostname not in LOCAL:
                raise _provider(f"its {name} is not an https address")
        return found

    def _tokens(
        self, client: httpx.Client, metadata: Claims, code: str, verifier: str
    ) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code", "code": code, "code_verifier": verifier,
            "redirect_uri": self._settings.redirect_uri,
        }  # fmt: skip
        own = (self._settings.client_id, self._secret)
        answer = client.post(metadata["token_endpoint"], data=form, auth=own)
        if 400 <= answer.status_code < 500:
            raise _unauthorized("the provider does not accept this sign-in; begin again")
        return _json(answer)

    def _verified(
        self, client: httpx.Client, metadata: Claims, tokens: Claims, nonce: str
    ) -> dict[str, Any]:
        """The claims of the identity token, its signature and every claim about it verified."""
        own = self._settings
        try:
            keys = KeySet.import_key_set(_json(client.get(metadata["jwks_uri"])))  # type: ignore[arg-type]
            token = jwt.decode(str(tokens.get("id_token")), keys, algorithms=ALGORITHMS)
            claims = CodeIDToken(
                token.claims, token.header,
                {
                    "iss": {"essential": True, "value": own.issuer},
                    "aud": {"essential": True, "value": own.client_id},
                },
                {
                    "nonce": nonce, "client_id": own.client_id,
                    "access_token": tokens.get("access_token"),
                },
            )  # fmt: skip
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError) as error:
            raise _unauthorized("the provider's token does not verify; begin again") from error
        return dict(claims)

    def _user_info(
        self, client: httpx.Client, metadata: Claims, tokens: Claims, subject: str
    ) -> dict[str, Any]:
        """What the provider says beside the token, of the same person alone."""
        where = metadata.get("userinfo_endpoint")
        if not where:
            return {}
        bearer = {"authorization": f"Bearer {tokens.get('access_token')}"}
        found = _json(client.get(where, headers=bearer))
        if found.get("sub") != subject:
            raise _unauthorized("the provider speaks of two persons; begin again")
        return found


def identity(claims: Claims, settings: OidcSettings) -> Identity:
    """Role and limits by the claims. Raises RequestRefused (`forbidden`) without a role."""
    found = claims.get(settings.role_claim, ())
    values = [found] if isinstance(found, str) else list(found)
    role = next((settings.roles[own] for own in values if own in settings.roles), None)
    if role is None:
        raise RequestRefused(
            "forbidden", f"no value of the claim {settings.role_claim} gives a role here"
        )
    limits = (settings.city_claim, settings.store_claim, settings.manager_claim)
    scope = Scope(*(str(claims[name]) if claims.get(name) else None for name in limits))
    subject = str(claims["sub"])
    return Identity(subject, str(claims.get("preferred_username") or subject), role, scope)


def derived(secret: str, purpose: str) -> str:
    """43 letters that only who has the secret can compute."""
    mark = hmac.digest(secret.encode(), f"liuke oidc {purpose}".encode(), "sha256")
    return urlsafe_b64encode(mark).decode().rstrip("=")


def _client() -> httpx.Client:
    return httpx.Client(timeout=TIMEOUT_SECONDS)


def _json(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code != 200:
        raise _provider(f"it answered with status {answer.status_code}")
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _provider("its answer is not a JSON object")
    return found


def _provider(found: str) -> RequestRefused:
    return RequestRefused("provider", f"the OpenID provider cannot be used: {found}")


def _unauthorized(message: str) -> RequestRefused:
    return RequestRefused("unauthorized", message)
