"""Sign in by an OpenID Connect provider: a strict one over real HTTP, with its own signer."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from bridge.lib.passwords import hash_password
from bridge.store import Store, open_store
from bridge.store.db.tables import users
from bridge.store.people.users import add_user, find_user
from tests.people import PASSWORD, Person
from tests.processes import Site, configure, open_site

CLIENT, SECRET = "bridge", "secret-of-the-client"


class Provider(ThreadingHTTPServer):
    """Authorization code flow with PKCE (RFC 7636): a code is worth one token, to who proves to be its client."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}"
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.claims: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.signed_by = self.key

    def token(self, nonce: str) -> str:
        now = int(time.time())
        own = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": nonce, "sub": "1"}
        return jwt.encode({"alg": "RS256", "kid": "one"}, own | self.claims, self.signed_by)


class _Answers(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        issuer = self.server.issuer
        if path == "/.well-known/openid-configuration":
            ends = {f"{name}_endpoint": f"{issuer}/{name}" for name in ("authorization", "token")}
            self._say({"issuer": issuer, "jwks_uri": f"{issuer}/keys", **ends})
        elif path == "/keys":
            self._say({"keys": [self.server.key.as_dict(private=False)]})
        else:
            asked = {name: values[0] for name, values in parse_qs(query).items()}
            assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
            assert asked["client_id"] == CLIENT and "openid" in asked["scope"].split()
            code = f"code-{len(self.server.codes)}"
            self.server.codes[code] = asked
            self.send_response(302)
            back = urlencode({"code": code, "state": asked["state"]})
            self.send_header("Location", f"{asked['redirect_uri']}?{back}")
            self.end_headers()

    def do_POST(self) -> None:
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        asked = self.server.codes.pop(sent["code"][0], None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(sent["code_verifier"][0].encode()).digest()).rstrip(b"=")
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        is_client = self.headers["Authorization"] == basic and asked is not None
        if not is_client or asked is None or proof.decode() != asked["code_challenge"]:
            self._say({"error": "invalid_grant"}, 400)
            return
        self._say({"access_token": "a", "token_type": "Bearer", "id_token": self.server.token(asked["nonce"])})

    def _say(self, document: dict[str, Any], status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def site(migrated_sqlite: Path, provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("elsewhere")
    shutil.copy(migrated_sqlite, folder / "bridge.db")
    configure(f"sqlite:///{folder / 'bridge.db'}")
    own = {"OIDC_ISSUER": provider.issuer, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET}
    own |= {"OIDC_ROLE_CLAIM": "realm_access.roles", "CONSOLE_PASSWORD": PASSWORD}
    with open_site(folder, f"sqlite:///{folder / 'bridge.db'}", **own) as site:
        site.start_web()
        yield site


@pytest.fixture
def store(site: Site, provider: Provider) -> Iterator[Store]:
    provider.claims, provider.signed_by = {}, provider.key
    with contextlib.closing(open_store(site.settings["DATABASE_URL"])) as opened:
        with opened.write() as conn:
            conn.execute(users.delete())
        yield opened


def who(name: str, *roles: str) -> dict[str, Any]:
    return {"preferred_username": name, "realm_access": {"roles": [*roles, "offline_access"]}}


def test_the_providers_role_holds_and_a_new_one_at_the_next_sign_in(
    site: Site, store: Store, provider: Provider
) -> None:
    for roles, wanted in ((("viewer", "bridge-operator"), "operator"), (("viewer",), "viewer")):
        provider.claims = who("lan@example.com", *roles)
        person = Person(site.port)
        assert "/console/sign-in/elsewhere" in person.get("/console/sign-in").text
        today = person.get("/console/sign-in/elsewhere")
        assert (today.status_code, today.url) == (200, f"{person.base}/")
        with store.read() as conn:
            user = find_user(conn, "lan@example.com")
        assert user is not None and (user.role, user.password_hash) == (wanted, None)
        assert Person(site.port).sign_in("lan@example.com", "").status_code == 401  # there is no password to guess


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        (who("lan"), "must hold viewer, operator or admin"),
        ({"preferred_username": "lan", "realm_access": "admin"}, "must hold"),
        (who("two words", "admin"), "must hold"),
        (who("hoa", "admin"), "has a password here"),
    ],
)
def test_who_has_no_role_or_a_name_of_somebody_here_stays_outside(
    site: Site, store: Store, provider: Provider, claims: dict[str, Any], said: str
) -> None:
    with store.write() as conn:
        add_user(conn, "hoa", "viewer", hash_password("a-password-of-hoa"), datetime.now(UTC))
    provider.claims = claims
    person = Person(site.port)
    refused = person.get("/console/sign-in/elsewhere")
    assert refused.status_code == 403 and said in refused.text
    assert person.get("/").url.endswith("/console/sign-in")


def test_a_token_of_another_signer_issuer_audience_or_answer_opens_nothing(
    site: Site, store: Store, provider: Provider
) -> None:
    good = who("lan", "admin")
    for wrong in ({"iss": "https://other.example"}, {"aud": "another"}, {"nonce": "old"}, {"exp": 1}):
        provider.claims = good | wrong
        refused = Person(site.port).get("/console/sign-in/elsewhere")
        assert refused.status_code == 502 and "failed" in refused.text, wrong
    provider.claims, provider.signed_by = good, RSAKey.generate_key(2048, {"kid": "one"})
    assert Person(site.port).get("/console/sign-in/elsewhere").status_code == 502
    provider.signed_by = provider.key
    stranger = Person(site.port)  # who follows somebody else's link back
    leads = Person(site.port).get("/console/sign-in/elsewhere", allow_redirects=False).headers["Location"]
    asked = parse_qs(urlsplit(leads).query)
    provider.codes["stolen"] = {name: values[0] for name, values in asked.items()}
    back = stranger.get(f"/console/sign-in/back?code=stolen&state={asked['state'][0]}")
    assert back.status_code == 502
    with store.read() as conn:
        assert find_user(conn, "lan") is None
