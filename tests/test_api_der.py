"""The REST API over Django's client: who may read what, pages, ETag, cursors, errors, cost."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import get_hashers
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from derportal.api import throttling
from exchange.services import issue_client_credentials, publish_many, set_endpoint_active, withdraw
from exchange.tests.factories import make_documents, make_endpoint, make_third_party, make_token
from exchange.tests.test_exchange_publications import eventually, put

URL = "/api/v1/der/"
ABSENT = "5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c99"
ROUTES = [URL, f"{URL}export/", f"{URL}changes/", f"{URL}{ABSENT}/"]


class Derms:
    """A client with the token of one endpoint."""

    def __init__(self, endpoint, **token_facts) -> None:
        self.endpoint = endpoint
        self.token = make_token(endpoint, **token_facts)

    def get(self, url: str, query=None, **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        client = Client(headers={"authorization": f"Bearer {self.token}", **names})
        return client.get(url, query or {})

    def walk(self, limit: int, **query) -> list[dict[str, Any]]:
        items, url = [], URL
        answer = self.get(url, {"limit": limit, **query})
        while True:
            body = answer.json()
            items += body["items"]
            if not body["next"]:
                assert "Link" not in answer
                return items
            assert answer["Link"] == f'<{body["next"]}>; rel="next"'
            answer = self.get(body["next"].removeprefix("http://testserver"))


@pytest.fixture(autouse=True)
def fresh_throttle():
    throttling._counts.clear()


@pytest.fixture
def derms(db) -> Derms:
    return Derms(make_endpoint())


@pytest.fixture
def stranger(db) -> Derms:
    return Derms(make_third_party("stranger"))


@pytest.mark.django_db
class TestWhoMayRead:
    @pytest.mark.parametrize("url", ROUTES)
    def test_without_a_token_the_answer_names_the_way(self, url):
        answer = Client().get(url)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == 'Bearer realm="derportal"'
        assert answer["Content-Type"] == "application/problem+json"
        assert "/oauth/token" in answer.json()["detail"]

    @pytest.mark.parametrize("url", ROUTES)
    @pytest.mark.parametrize("token", ["", "x", "x" * 5_000, "ü", "a b"])
    def test_a_bad_token_is_refused(self, url, token):
        headers = {"authorization": f"Bearer {token}".encode().decode("latin-1")}
        assert Client(headers=headers).get(url).status_code == 401

    def test_an_expired_token_is_refused(self, db):
        assert Derms(make_endpoint(), is_expired=True).get(URL).status_code == 401

    def test_a_token_without_the_scope_may_not_read(self, db):
        answer = Derms(make_endpoint(), scope="other").get(URL)
        assert answer.status_code == 403
        assert "der:read" in answer.json()["detail"]

    def test_a_stopped_endpoint_may_not_read(self, derms):
        assert derms.get(URL).status_code == 200
        set_endpoint_active(endpoint=derms.endpoint, is_active=False)
        assert derms.get(URL).status_code == 401

    def test_new_credentials_end_the_old_tokens(self, derms):
        issue_client_credentials(endpoint=derms.endpoint, by=None)
        assert derms.get(URL).status_code == 401

    def test_nobody_reads_what_was_published_for_another(self, derms, stranger):
        documents = make_documents(5)
        publish_many(endpoint=derms.endpoint, documents=documents)
        mrid = documents[0].object_mrid
        assert derms.get(f"{URL}{mrid}/").status_code == 200
        foreign, absent = stranger.get(f"{URL}{mrid}/"), stranger.get(f"{URL}{uuid4()}/")
        assert foreign.status_code == absent.status_code == 404
        assert foreign.content == absent.content
        assert dict(foreign.headers) == dict(absent.headers)
        assert stranger.get(f"{URL}not-a-uuid/").content == absent.content
        assert stranger.walk(100) == []
        for state in ("active", "decommissioned"):
            assert stranger.walk(100, state=state) == []

    @pytest.mark.parametrize("url", ROUTES)
    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
    def test_there_is_nothing_to_write(self, derms, url, method):
        headers = {"authorization": f"Bearer {derms.token}"}
        assert getattr(Client(headers=headers), method)(url).status_code == 405


@pytest.mark.django_db
class TestPages:
    def test_pages_hold_every_document_once(self, derms):
        documents = make_documents(53)
        publish_many(endpoint=derms.endpoint, documents=documents)
        for limit in (1, 10, 53, 1_000):
            found = [item["mrid"] for item in derms.walk(limit)]
            assert sorted(found) == sorted(str(document.object_mrid) for document in documents)

    def test_filters(self, derms):
        feeder = uuid4()
        publish_many(endpoint=derms.endpoint, documents=make_documents(8, feeder_mrid=feeder))
        publish_many(endpoint=derms.endpoint, documents=make_documents(8))
        assert len(derms.walk(3, feeder=feeder)) == 8
        assert len(derms.walk(3, state="active")) == 12
        assert len(derms.walk(3, tariff="T-2", feeder=str(feeder).upper())) == 2

    def test_one_document_is_known_by_its_etag(self, derms):
        mrid = uuid4()
        put(derms.endpoint, mrid)
        first = derms.get(f"{URL}{mrid}/")
        etag = first["ETag"]
        for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            again = derms.get(f"{URL}{mrid}/", if_none_match=known)
            assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
        put(derms.endpoint, mrid, 2)
        changed = derms.get(f"{URL}{mrid}/", if_none_match=etag)
        assert (changed.status_code, changed.json()["version"]) == (200, 2)
        withdraw(endpoint=derms.endpoint, object_mrid=mrid, object_version=3)
        assert derms.get(f"{URL}{mrid}/").status_code == 404


@pytest.mark.django_db
class TestErrors:
    @pytest.mark.parametrize(
        ("query", "field", "rule"),
        [
            ({"limit": "0"}, "limit", "range"), ({"limit": "1001"}, "limit", "range"),
            ({"limit": "x"}, "limit", "range"), ({"limit": "١"}, "limit", "range"),
            ({"limit": "9" * 5_000}, "limit", "range"), ({"limit": ["1", "2"]}, "limit", "once"),
            ({"feeder": "maple"}, "feeder", "uuid"), ({"state": "\x00"}, "state", "choice"),
            ({"state": "Active"}, "state", "choice"), ({"tariff": "x" * 61}, "tariff", "word"),
            ({"after": "x"}, "after", "cursor"), ({"feder": "x"}, "feder", "unknown"),
            ({"after": "\x00"}, "after", "cursor"), ({"\x00": "x"}, "\x00", "unknown"),
        ],
    )  # fmt: skip
    def test_a_bad_parameter_is_named_with_its_rule(self, derms, query, field, rule):
        answer = derms.get(URL, query)
        assert answer.status_code == 400
        assert answer["Content-Type"] == "application/problem+json"
        body = answer.json()
        assert (body["status"], body["title"]) == (400, "Bad Request")
        assert [(each["field"], each["rule"]) for each in body["errors"]] == [(field, rule)]

    @pytest.mark.parametrize("path", ["v1/nothing/", "v1/der/x/y/", "v1/", "v2/der/"])
    def test_an_address_that_is_none_is_a_problem_that_leads_to_the_addresses(self, path):
        answer = Client().post(f"/api/{path}")
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["detail"].endswith("/api/docs/")

    def test_an_address_without_its_slash_still_leads_to_the_der(self, derms):
        assert derms.get(URL.rstrip("/"))["Location"] == URL

    def test_a_method_that_is_not_for_the_address_is_told_which_one_is(self, derms):
        headers = {"authorization": f"Bearer {derms.token}"}
        answer = Client(headers=headers).delete(f"{URL}compare/")
        assert (answer.status_code, answer["Allow"]) == (405, "POST")
        assert answer.json()["detail"] == "The method is not for this address. Use POST."

    @pytest.mark.parametrize(
        ("body", "kind", "status", "words"),
        [
            ("{}", "text/plain", 415, "Content-Type: application/json"),
            ("{", "application/json", 400, "body: JSON is needed"),
            ('{"known": {}, "more": 1}', "application/json", 400, "no 'more' here, only 'known'."),
            ("{}", "application/json", 400, "known: an object"),
            ('{"known": {"x": 1}}', "application/json", 400, "x: a UUID and a whole number"),
        ],
    )
    def test_a_bad_body_is_told_what_is_needed(self, derms, body, kind, status, words):
        headers = {"authorization": f"Bearer {derms.token}"}
        answer = Client(headers=headers).post(f"{URL}compare/", body, content_type=kind)
        assert answer.status_code == status
        assert words in answer.json()["detail"]
        assert len(answer.json()["errors"]) == (status == 400)

    def test_a_resync_takes_nothing_but_the_comparison(self, derms):
        headers = {"authorization": f"Bearer {derms.token}"}
        body = '{"comparison": 1, "more": 1}'
        answer = Client(headers=headers).post(
            f"{URL}resync/", body, content_type="application/json"
        )
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "more")

    def test_all_bad_parameters_are_named_at_once(self, derms):
        body = derms.get(URL, {"limit": "0", "feeder": "x", "a": "b"}).json()
        assert {error["field"] for error in body["errors"]} == {"limit", "feeder", "a"}

    def test_too_many_requests_say_when_to_come_back(self, derms, settings):
        settings.API_REQUESTS_PER_MINUTE = 3
        answers = [derms.get(URL) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert 0 < int(answers[3]["Retry-After"]) <= 61

    @pytest.mark.parametrize("cursor", ["x", "AAAA", "\x00", "a" * 3_000])
    def test_a_broken_cursor_is_refused(self, derms, cursor):
        body = derms.get(f"{URL}changes/", {"cursor": cursor}).json()
        assert body["errors"][0]["field"] == "cursor"

    def test_a_cursor_of_the_future_is_gone(self, derms):
        from exchange.cursors import Cursor, encode_cursor

        answer = derms.get(f"{URL}changes/", {"cursor": encode_cursor(Cursor(2**60, 1))})
        assert answer.status_code == 410


@pytest.mark.django_db(transaction=True)
@pytest.mark.locking
class TestFeedAndExport:
    def test_the_export_is_every_document_and_continues_in_the_feed(self, derms, stranger):
        documents = make_documents(700)
        publish_many(endpoint=derms.endpoint, documents=documents)
        answer = derms.get(f"{URL}export/")
        assert answer["Content-Type"] == "application/x-ndjson"
        lines = b"".join(answer.streaming_content).splitlines()
        found = sorted(json.loads(line)["mrid"] for line in lines)
        assert found == sorted(str(document.object_mrid) for document in documents)
        assert b"".join(stranger.get(f"{URL}export/").streaming_content) == b""
        cursor, mrid = answer["X-Change-Cursor"], uuid4()
        put(derms.endpoint, mrid)
        eventually(lambda: str(mrid) in _changed(derms, cursor), True)
        assert _changed(stranger, "") == []

    def test_a_poll_without_news_is_a_304(self, derms):
        mrids = [uuid4(), uuid4()]
        for mrid in mrids:
            put(derms.endpoint, mrid)
        eventually(lambda: _changed(derms, ""), [str(mrid) for mrid in mrids])
        first = derms.get(f"{URL}changes/", {"limit": 1}).json()
        assert first["has_more"]
        answer = derms.get(f"{URL}changes/", {"cursor": first["cursor"]})
        cursor = answer.json()["cursor"]
        assert not answer.json()["has_more"]
        assert answer["ETag"] == f'"{cursor}"'
        poll = derms.get(f"{URL}changes/", {"cursor": cursor}, if_none_match=answer["ETag"])
        assert (poll.status_code, poll["ETag"]) == (304, answer["ETag"])
        plain = derms.get(f"{URL}changes/", {"cursor": cursor})
        assert (plain.status_code, plain.json()["items"]) == (200, [])
        put(derms.endpoint, mrids[0], 2)

        def status():
            query = {"cursor": cursor}
            return derms.get(f"{URL}changes/", query, if_none_match=answer["ETag"]).status_code

        eventually(status, 200)


def _changed(derms: Derms, cursor: str) -> list[str]:
    """Everything after the cursor, page by page."""
    mrids: list[str] = []
    has_more = True
    while has_more:
        query = {"limit": 1_000, "cursor": cursor} if cursor else {"limit": 1_000}
        body = derms.get(f"{URL}changes/", query).json()
        mrids += [item["mrid"] for item in body["items"]]
        cursor, has_more = body["cursor"], body["has_more"]
    return mrids


@pytest.mark.django_db
@pytest.mark.parametrize("count", [10, 1_000])
@pytest.mark.parametrize(
    ("route", "queries"),
    [("", 2), ("?state=active", 2), ("changes/", 2), ("export/", 2), ("{mrid}/", 2)],
)
def test_every_read_costs_two_queries_however_many_rows_there_are(derms, count, route, queries):
    """One for the token, one for the answer; the export's own COPY runs on its own connection."""
    derms.get(URL + "changes/")  # prepares the statements of this connection
    documents = make_documents(count)
    publish_many(endpoint=derms.endpoint, documents=documents)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert derms.get(URL + route.format(mrid=documents[-1].object_mrid)).status_code == 200
    assert len(seen) == queries


@pytest.mark.django_db
class TestHeaders:
    def test_an_answer_allows_a_browser_nothing_and_ignores_what_it_would_like(self, derms):
        for answer in (derms.get(URL, accept="text/html"), Client().get(URL)):
            assert answer["Content-Security-Policy"].startswith("default-src 'none'")
            assert answer["Content-Type"] in ("application/json", "application/problem+json")
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert answer["X-Frame-Options"] == "DENY"

    def test_a_page_keeps_the_policy_of_pages(self):
        assert "default-src 'self'" in Client().get("/accounts/login/")["Content-Security-Policy"]


@pytest.mark.django_db
def test_no_password_is_hashed_for_a_request(derms, monkeypatch):
    def refuse(*_args, **_facts):
        raise AssertionError("a password hash")

    for hasher in get_hashers():
        monkeypatch.setattr(type(hasher), "encode", refuse)
        monkeypatch.setattr(type(hasher), "verify", refuse)
    assert derms.get(f"{URL}changes/").status_code == 200


@pytest.mark.django_db
class TestTokens:
    def test_client_credentials_give_a_token_that_reads(self, settings):
        endpoint = make_endpoint()
        credentials = issue_client_credentials(endpoint=endpoint, by=None)
        answer = Client().post(
            "/oauth/token",
            {
                "grant_type": "client_credentials",
                "client_id": credentials.client_id,
                "client_secret": credentials.client_secret,
            },
        )
        assert answer.status_code == 200, answer.content
        body = answer.json()
        assert (body["scope"], body["token_type"]) == ("der:read message:send", "Bearer")
        headers = {"authorization": f"Bearer {body['access_token']}"}
        assert Client(headers=headers).get(URL).status_code == 200
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT oauth2_provider_accesstoken::text || (SELECT string_agg(a::text, '')"
                " FROM oauth2_provider_application a) FROM oauth2_provider_accesstoken"
            )
            stored = cursor.fetchone()[0]
        assert body["access_token"] not in stored
        assert credentials.client_secret not in stored

    def test_a_wrong_secret_gives_none(self):
        credentials = issue_client_credentials(endpoint=make_endpoint(), by=None)
        answer = Client().post(
            "/oauth/token",
            {
                "grant_type": "client_credentials",
                "client_id": credentials.client_id,
                "client_secret": "x",
            },
        )
        assert answer.status_code == 401
        assert answer.json()["error"] == "invalid_client"
        assert "client_secret is wrong" in answer.json()["error_description"]

    @pytest.mark.parametrize(
        ("fields", "error", "words"),
        [
            ({"grant_type": "password"}, "unsupported_grant_type", "client_credentials"),
            ({"grant_type": "client_credentials", "scope": "all"}, "invalid_scope", "der:read"),
        ],
    )
    def test_a_bad_field_of_the_form_is_named(self, fields, error, words):
        credentials = issue_client_credentials(endpoint=make_endpoint(), by=None)
        who = {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
        answer = Client().post("/oauth/token", {**who, **fields})
        assert (answer.status_code, answer.json()["error"]) == (400, error)
        assert words in answer.json()["error_description"]

    def test_whoever_sends_no_form_is_told_to(self):
        json_answer = Client().post("/oauth/token", "{}", content_type="application/json")
        got = Client().get("/oauth/token")
        assert (json_answer.status_code, got.status_code) == (400, 405)
        for answer in (json_answer, got):
            assert "x-www-form-urlencoded" in answer.json()["error_description"]


@pytest.mark.django_db
class TestDescription:
    def test_the_description_says_how_to_begin(self):
        answer = Client().get("/api/schema/", headers={"accept": "application/json"})
        description = answer.json()["info"]["description"]
        for word in ("/oauth/token", "export", "/cim/"):
            assert word in description

    def test_the_description_tells_every_route_and_every_error(self):
        answer = Client().get("/api/schema/", {"format": "json"})
        description = json.loads(answer.content)
        assert set(description["paths"]) == {
            "/api/v1/der/", "/api/v1/der/{mrid}/", "/api/v1/der/export/", "/api/v1/der/changes/",
            "/api/v1/der/digest/", "/api/v1/der/compare/", "/api/v1/der/resync/",
        }  # fmt: skip
        for path in description["paths"].values():
            for operation in path.values():
                answers = set(operation["responses"])
                assert {"400", "401", "403", "429", "503"} < answers
                assert answers & {"200", "202"}
                assert operation["security"] == [{"clientCredentials": ["der:read"]}]
        der = description["components"]["schemas"]["Der"]["properties"]
        assert {"mrid", "version", "units", "connectivity", "tariff", "agreement"} <= set(der)
        names = {
            name
            for schema in description["components"]["schemas"].values()
            for name in schema.get("properties", {})
        }
        for private in ("customer", "address", "phone", "email", "account"):
            assert not [name for name in names if private in name]

    @pytest.mark.parametrize("page", ["/api/docs/", "/api/try/", "/api/try/?script="])
    def test_the_pages_load_nothing_from_elsewhere(self, page):
        answer = Client().get(page)
        assert answer.status_code == 200
        body = answer.content.decode()
        assert "https://" not in body.replace("https://redocly.com", "")
        assert "'unsafe-inline'" not in answer["Content-Security-Policy"].split("style-src")[0]
