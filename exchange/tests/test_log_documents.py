"""What integrators copy: the XML view, schema files, the curl script, the Python example."""

import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils.html import strip_tags
from lxml import etree
from standardwebhooks import Webhook, WebhookVerificationError

from cim.tests.examples import der_event, failed_reply
from cim.validation import schema_names
from exchange.models import Endpoint
from exchange.services import posted
from exchange.views.curl import curl_for, file_name
from exchange.views.documents import document_of, schema_of, verdict_of

from .factories import SECRET

DECLARATION = b"<?xml version='1.0' encoding='UTF-8'?>\n"
EXAMPLE = Path(settings.BASE_DIR) / "templates" / "exchange" / "verify_signature.txt"


def unescaped(html):
    return strip_tags(html).replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')


def test_the_xml_is_indented_and_numbered_and_still_the_same_document():
    document = document_of(der_event())
    assert document.is_xml
    assert document.numbers.split("\n")[-1] == str(document.line_count)
    shown = unescaped(str(document.html)).replace("&amp;", "&").replace("&#x27;", "'")
    assert shown.count("\n") == document.line_count - 1
    parser = etree.XMLParser(remove_blank_text=True)
    again = etree.tostring(etree.fromstring(shown, parser), method="c14n")
    assert again == etree.tostring(etree.fromstring(der_event(), parser), method="c14n")


@pytest.mark.parametrize(
    "hostile",
    [
        b"<a>&lt;script&gt;</a>",
        b"<a b='&lt;script&gt;'/>",
        b"<a b='\"&gt;&lt;script&gt;'/>",
        b"<script>x</script>",
        b"<script",
        b"",
        b"\xff\xfe",
        b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
    ],
)
def test_no_document_puts_its_own_tags_on_the_page(hostile):
    html = str(document_of(hostile).html)
    assert set(re.findall(r"<[^>]*>", html)) <= {
        "</span>",
        '<span class="text-primary">',
        '<span class="text-secondary">',
        '<span class="text-success-emphasis">',
    }


def test_typed_and_generic_messages_name_their_schema():
    assert schema_of(der_event()) == "EndDeviceConfigMessage.xsd"
    assert schema_of(der_event(is_typed=False)) == "Message.xsd"
    assert verdict_of(failed_reply()).findings == []
    assert schema_of(b"nothing") == "Message.xsd"


def test_every_schema_is_public_xml(client):
    for name in schema_names():
        response = client.get(f"/messages/schemas/{name}")
        assert response.status_code == 200
        assert response["Content-Type"] == "application/xml"
        assert etree.fromstring(b"".join(response.streaming_content)).tag.endswith("schema")


@pytest.mark.parametrize("name", ["Nonsense.xsd", "..%2Fxml.xsd", "Message", "Message.xsd.xsd"])
def test_no_other_file_is_a_schema(client, name):
    assert client.get(f"/messages/schemas/{name}").status_code == 404


class TestPythonExample:
    def verify(self):
        names: dict[str, Any] = {}
        exec(EXAMPLE.read_text(encoding="utf-8"), names)
        return names["verify"]

    def headers(self, body, secret=SECRET, moment=None):
        from datetime import UTC, datetime

        moment = moment or int(time.time())
        signature = Webhook(secret).sign("m-1", datetime.fromtimestamp(moment, UTC), body.decode())
        return {
            "webhook-id": "m-1",
            "webhook-timestamp": str(moment),
            "webhook-signature": f"v1,AAAA {signature}",
        }

    def test_it_accepts_what_we_sign(self):
        self.verify()(SECRET, self.headers(der_event()), der_event())

    @pytest.mark.parametrize("age", [-400, 400])
    def test_it_refuses_stale_messages(self, age):
        headers = self.headers(der_event(), moment=int(time.time()) + age)
        with pytest.raises(ValueError, match="five minutes"):
            self.verify()(SECRET, headers, der_event())

    def test_it_refuses_changed_bytes_and_other_secrets(self):
        for headers, body in (
            (self.headers(b"<a/>"), b"<b/>"),
            (self.headers(b"<a/>", secret="whsec_" + "B" * 40), b"<a/>"),
        ):
            with pytest.raises(ValueError, match="does not fit"):
                self.verify()(SECRET, headers, body)


class TestCurl:
    def run(self, folder, script, secret):
        """Run the script with a curl that writes down its arguments."""
        fake = folder / "curl"
        fake.write_text('#!/bin/sh\nfor each in "$@"; do printf "%s\\n" "$each"; done\n')
        fake.chmod(0o755)
        script = script.replace("whsec_...", secret)
        path = f"{folder}:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", "-eu", "-c", script],
            cwd=folder,
            env={"PATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()

    def endpoint(self, **facts):
        return Endpoint(url="https://derms.example/in?a=1&b='x'", **facts)

    def script(self, endpoint, folder):
        """The script, and the body beside it as it is downloaded."""
        message_id, what = uuid4(), posted(endpoint=endpoint, message=der_event())
        (folder / file_name(message_id, what)).write_bytes(what.body)
        return what, curl_for(endpoint=endpoint, message_id=message_id, posted=what)

    @pytest.mark.parametrize(
        ("facts", "kind", "start"),
        [
            ({}, "application/xml; charset=utf-8", b"<"),
            ({"transport": "soap"}, "text/xml; charset=utf-8", b"<soap:Envelope"),
            ({"format": "json"}, "application/json", b'{"type":"EndDeviceConfig.'),
        ],
    )
    def test_the_script_posts_and_signs_as_the_portal_does(self, tmp_path, facts, kind, start):
        what, script = self.script(self.endpoint(**facts), tmp_path)
        assert what.body.removeprefix(DECLARATION).startswith(start)
        said = self.run(tmp_path, script, SECRET)
        assert "https://derms.example/in?a=1&b='x'" in said
        headers = dict(line.split(": ", 1) for line in said if ": " in line)
        assert headers["Content-Type"] == kind
        assert headers.items() >= what.headers.items()
        Webhook(SECRET).verify(what.body, headers, json_parse=False)
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(what.body + b" ", headers, json_parse=False)

    @pytest.mark.parametrize(
        ("facts", "words"),
        [
            ({"authentication": "bearer"}, ["Authorization: Bearer the token that you gave"]),
            ({"authentication": "mutual_tls"}, ["--cert", "client.pem", "--key", "client.key"]),
            ({"server_certificate": "PEM"}, ["--cacert", "server.pem"]),
        ],
    )
    def test_the_credentials_are_placeholders(self, tmp_path, facts, words):
        _, script = self.script(self.endpoint(**facts), tmp_path)
        said = "\n".join(self.run(tmp_path, script, SECRET))
        assert "\n".join(words) in said

    def test_a_token_is_fetched_first(self, tmp_path):
        facts = {"authentication": "oauth2", "token_url": "https://id.example/token"}
        _, script = self.script(self.endpoint(**facts), tmp_path)
        assert "curl -s https://id.example/token -u" in script
        assert "Authorization: Bearer" in "\n".join(self.run(tmp_path, script, SECRET))

    def test_no_secret_is_in_it(self, tmp_path):
        assert "whsec_..." in self.script(self.endpoint(), tmp_path)[1]
