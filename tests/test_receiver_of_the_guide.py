"""The receiver of the integrator guide, as it is printed there, tried by the kit (SR9, M1, M2)."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from lxml import etree

from interop.__main__ import main

GUIDE = Path(settings.BASE_DIR) / "docs" / "integrators" / "receive.md"


def _block(begin: str, end: str) -> str:
    found = re.search(f"{begin}\n(.*?){end}", GUIDE.read_text("utf-8"), re.DOTALL)
    assert found, begin
    return found[1]


@pytest.fixture
def secret() -> str:
    found = re.search(r"DERMS_SECRET=(whsec_\w+)", GUIDE.read_text("utf-8"))
    assert found
    return found[1]


@pytest.fixture
def receiver(tmp_path: Path, secret: str) -> Iterator[str]:
    """The address of the running receiver. It takes a free port, where the guide takes 9001."""
    program = tmp_path / "derms.py"
    code = _block("cat > derms.py <<'PYTHON'", "PYTHON\n").replace(
        "ThreadingHTTPServer((", "server = ThreadingHTTPServer(("
    )
    head, serve = code.rsplit(".serve_forever()", 1)
    program.write_text(
        f"{head}\nprint(server.server_port, flush=True)\nserver.serve_forever(){serve}"
    )
    command = [sys.executable, str(program), "0", secret]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/messages"
        finally:
            process.kill()


def test_it_passes_every_procedure_but_those_that_the_guide_names(
    receiver: str, secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DERMS_SECRET", secret)
    report = tmp_path / "junit.xml"
    assert main(["derms", "--url", receiver, "--role", "third party"]) == 0
    main(["derms", "--url", receiver, "--junit", str(report)])
    cases = list(etree.parse(str(report)).iter("testcase"))
    failed = {str(case.get("name"))[:3] for case in cases if case.find("failure") is not None}
    named = re.search(
        r"^(D\d\d), (D\d\d) and (D\d\d) fail:", GUIDE.read_text("utf-8"), re.MULTILINE
    )
    assert named
    assert failed == set(named.groups())
    assert len(cases) > 15
