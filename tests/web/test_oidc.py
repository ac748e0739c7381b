"""People come in with the office's account: a provider of the tests' own vouches for them."""

import base64
import hashlib
import secrets
import shutil
import threading
import time
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from jangkau.errors import InputError
from jangkau.store.accounts import make_account
from jangkau.store.audit import Act
from jangkau.store.region_folder import RegionFolder
from jangkau.web.app import create_app
from jangkau.web.routes.oidc import Provider

from .conftest import NOW, PASSWORD, TODAY


class Office:
    """A provider: whoever comes is `person`, and the code is spent once by who began."""

    def __init__(self):
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.person = {"email": "ani@contoh.go.id", "email_verified": True}
        self.codes = {}
        self.url = ""
        self.audience = "jangkau"
        self.app = FastAPI()
        self.app.get("/.well-known/openid-configuration")(self.about)
        self.app.get("/authorize")(self.authorize)
        self.app.post("/token")(self.token)
        self.app.get("/keys")(lambda: {"keys": [self.key.as_dict(private=False)]})

    def about(self):
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def authorize(self, redirect_uri: str, state: str, nonce: str, code_challenge: str, code_challenge_method: str):
        assert code_challenge_method == "S256"
        code = secrets.token_urlsafe(8)
        self.codes[code] = (nonce, code_challenge)
        return RedirectResponse(f"{redirect_uri}?{urlencode({'code': code, 'state': state})}")

    async def token(self, request: Request):
        said = dict(parse_qsl((await request.body()).decode()))
        nonce, challenge = self.codes.pop(said["code"])
        digest = hashlib.sha256(said["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == challenge
        now = int(time.time())
        claims = {"iss": self.url, "aud": self.audience, "sub": "1", "iat": now, "exp": now + 60, "nonce": nonce}
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims | self.person, self.key)
        return {"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": signed}


@pytest.fixture(scope="module")
def office():
    made = Office()
    server = uvicorn.Server(uvicorn.Config(made.app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    made.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield made
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def client(office, graded_folder, tmp_path_factory):
    folder = shutil.copytree(graded_folder, tmp_path_factory.mktemp("oidc") / "contoh")
    app = create_app(
        RegionFolder.open(folder), lambda: NOW, as_of=TODAY, provider=Provider(office.url, "jangkau", "secret")
    )
    store = app.state.desk.store
    make_account(store, "admin", "admin", PASSWORD, Act("admin", "set up", NOW), first=True)
    make_account(store, "Ani@contoh.go.id", "planner", None, Act("admin", "make account", NOW))
    with TestClient(app, follow_redirects=False) as made:
        yield made


def come_in(client):
    """Go the way of a browser: to the provider, and back."""
    client.cookies.clear()
    there = client.get("/api/v1/oidc").headers["location"]
    back = httpx.get(there).headers["location"]
    return client.get(urlsplit(back).path + "?" + urlsplit(back).query)


def test_a_known_person_comes_in_without_a_password(client):
    assert client.get("/api/v1/session").json()["oidc"] is True
    answer = come_in(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert client.get("/api/v1/session").json()["account"]["role"] == "planner"


@pytest.mark.parametrize(
    "person",
    [
        {"email": "budi@contoh.go.id", "email_verified": True},
        {"email": "ani@contoh.go.id", "email_verified": False},
        {"email": "ani@contoh.go.id"},
        {},
    ],
)
def test_nobody_else_does(client, office, monkeypatch, person):
    monkeypatch.setattr(office, "person", person)
    assert come_in(client).headers["location"] == "/#problem=oidc_unknown"
    assert client.get("/api/v1/session").json()["account"] is None


def test_a_token_for_another_service_is_refused(client, office, monkeypatch):
    monkeypatch.setattr(office, "audience", "somebody else")
    assert come_in(client).headers["location"] == "/#problem=oidc_failed"
    assert client.get("/api/v1/session").json()["account"] is None


def test_a_token_with_another_signature_is_refused(client, office, monkeypatch):
    forged = RSAKey.generate_key(2048, {"kid": "one"})
    real = jwt.encode
    monkeypatch.setattr(jwt, "encode", lambda header, claims, key: real(header, claims, forged))
    assert come_in(client).headers["location"] == "/#problem=oidc_failed"


def test_the_answer_to_another_browser_is_refused(client):
    """Somebody's own code in a link does not log others in as them."""
    there = client.get("/api/v1/oidc").headers["location"]
    back = urlsplit(httpx.get(there).headers["location"])
    client.cookies.clear()
    assert client.get(f"{back.path}?{back.query}").headers["location"] == "/#problem=oidc_failed"


def test_an_account_without_a_password_has_none(client):
    for password in ("", "None", "x" * 12):
        answer = client.post("/api/v1/session", json={"name": "Ani@contoh.go.id", "password": password})
        assert answer.status_code == 401


def test_half_a_provider_is_refused():
    assert Provider.of({}) is None
    with pytest.raises(InputError, match="JANGKAU_OIDC_CLIENT_ID, JANGKAU_OIDC_CLIENT_SECRET"):
        Provider.of({"JANGKAU_OIDC_ISSUER": "https://login.contoh.go.id"})
