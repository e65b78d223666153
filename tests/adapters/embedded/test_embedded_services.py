"""Does the embedded supervisor start, refuse and recover as it promises?"""

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import redis
from embedded_kit import IS_ROOT, Supervisor, eventually, servers_of

from adapters.embedded import account, binaries, postgres
from adapters.embedded.restarts import Restarts
from adapters.embedded.services import CannotStart, EmbeddedServices

Supervise = Callable[..., Supervisor]
needs_root = pytest.mark.skipif(not IS_ROOT, reason="needs root to become somebody else")


@pytest.fixture
def services(seeded: Path) -> Iterator[EmbeddedServices]:
    with EmbeddedServices.start(seeded) as services:
        yield services


def ask(services_or_url: EmbeddedServices | str, statement: str) -> object:
    url = services_or_url if isinstance(services_or_url, str) else services_or_url.database_url
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def stop_at_once(services: EmbeddedServices) -> None:
    """kill -9 both servers, as the out-of-memory killer would."""
    for pid in servers_of(services.postgres_dir.parent):
        os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: services.dead() is not None)
    services.stop()


# A start -------------------------------------------------------------------------------------------------


def test_a_first_start_answers_and_a_second_finds_the_same_facts(open_home: Path) -> None:
    said: list[str] = []
    with EmbeddedServices.start(open_home / "twice", announce=said.append) as first:
        ask(first, "CREATE TABLE fact AS SELECT 7 AS id")
        redis.Redis.from_url(first.redis_url).set("wake", "up")
        assert first.dead() is None
    assert servers_of(open_home / "twice") == []

    with EmbeddedServices.start(open_home / "twice", announce=said.append) as second:
        assert second.database_url == first.database_url
        assert ask(second, "SELECT id FROM fact") == 7
        assert redis.Redis.from_url(second.redis_url).get("wake") == b"up"
    assert sum("Initialising" in sentence for sentence in said) == 1


def test_the_cluster_is_as_promised(services: EmbeddedServices) -> None:
    promised = {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "data_checksums": "on",
        "max_connections": "120",
        "shared_buffers": "128MB",
        "server_encoding": "UTF8",
    }
    assert {name: ask(services, f"SHOW {name}") for name in promised} == promised
    locale = "SELECT concat(datlocprovider, datlocale) FROM pg_database WHERE datname = 'escale'"
    assert ask(services, locale) == "bC.UTF-8"
    assert ask(services, "SELECT count(*) FROM pg_hba_file_rules") == 1
    rule = "SELECT concat_ws(' ', type, database, user_name, auth_method) FROM pg_hba_file_rules"
    assert ask(services, rule) == "local {all} {all} scram-sha-256"
    cache = redis.Redis.from_url(services.redis_url)
    assert cache.config_get("append*")["appendonly"] == "yes"
    assert cache.config_get("appendfsync") == {"appendfsync": "everysec"}


def test_nothing_listens_on_tcp(services: EmbeddedServices) -> None:
    for pid in servers_of(services.postgres_dir.parent):
        sockets = {os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()}
        for table in ("tcp", "tcp6"):
            lines = Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
            assert not sockets & {f"socket:[{line.split()[9]}]" for line in lines}


def test_a_wrong_password_does_not_open_the_database(services: EmbeddedServices) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(services.database_url, password="guess")


def test_secrets_and_sockets_are_private(services: EmbeddedServices) -> None:
    password = services.data_dir / "secrets" / "postgres-superuser-password"
    run = services.postgres_dir.parent / "run"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    assert {stat.S_IMODE(path.stat().st_mode) for path in (password.parent, run)} == {0o700}
    assert password.read_text().strip() not in " ".join(
        Path(f"/proc/{pid}/cmdline").read_text() for pid in servers_of(services.postgres_dir.parent)
    )


def test_personal_data_never_reaches_the_server_log(services: EmbeddedServices) -> None:
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS person (mail text PRIMARY KEY, age int)")
        connection.execute("INSERT INTO person VALUES ('zoe@secret.example', 1) ON CONFLICT DO NOTHING")
        for statement in (
            "INSERT INTO person VALUES ('zoe@secret.example', 2)",
            "SELECT 'zoe@secret.example'::int",
            "SELEC 'zoe@secret.example'",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement)
    # A backend that crashes has its statement quoted in the detail of the postmaster's message.
    doomed = psycopg.connect(services.database_url)
    threading.Timer(0.3, os.kill, (doomed.info.backend_pid, signal.SIGKILL)).start()
    with pytest.raises(psycopg.OperationalError):
        doomed.execute("SELECT pg_sleep(30), 'zoe@secret.example'")
    log = services.postgres_dir.parent / "postgres.log"
    assert eventually(lambda: "terminated by signal 9" in log.read_text())
    assert "secret.example" not in log.read_text()
    assert eventually(lambda: _answers(services))  # the server starts itself again


def test_the_servers_do_not_hear_ctrl_c_in_our_terminal(services: EmbeddedServices) -> None:
    pids = servers_of(services.postgres_dir.parent)
    assert len(pids) == 2
    assert os.getsid(0) not in {os.getsid(pid) for pid in pids}


def test_the_death_of_a_server_is_told_in_a_sentence(services: EmbeddedServices) -> None:
    redis_pid = next(p for p in servers_of(services.postgres_dir.parent) if "redis" in _name(p))
    os.kill(redis_pid, signal.SIGKILL)
    assert eventually(lambda: services.dead() is not None)
    assert f"Redis (process {redis_pid}) ended unexpectedly" in str(services.dead())
    services.stop()
    services.stop()
    assert services.dead() is None


def killed(services: EmbeddedServices, program: str) -> int:
    """kill -9 one server; its process id."""
    pid = next(p for p in servers_of(services.postgres_dir.parent) if Path(_name(p)).name == program)
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: services.dead() is not None)
    return pid


def test_redis_comes_back_five_times_a_minute(seeded: Path) -> None:
    said: list[str] = []
    with EmbeddedServices.start(seeded, announce=said.append) as services:
        for _ in range(5):
            said.clear()
            pid = killed(services, "redis-server")
            services.revive()
            assert len(said) == 1
            assert said[0].startswith(f"Redis (process {pid}) ended unexpectedly with -9; see ")
            assert said[0].endswith("Starting it again.")
            assert services.dead() is None
            assert eventually(lambda: _pings(services))
        killed(services, "redis-server")
        with pytest.raises(CannotStart, match=r"(?s)Redis .* as often as is sensible; correct what the last"):
            services.revive()
        assert ask(services, "SELECT 1") == 1
    assert servers_of(seeded) == []


def test_postgresql_comes_back_once_with_what_was_committed(seeded: Path) -> None:
    with EmbeddedServices.start(seeded) as services:
        ask(services, "DROP TABLE IF EXISTS stays")
        ask(services, "CREATE TABLE stays AS SELECT 5 AS id")
        killed(services, "postgres")
        services.revive()
        assert eventually(lambda: _answers(services))
        assert ask(services, "SELECT id FROM stays") == 5
        killed(services, "postgres")
        with pytest.raises(CannotStart, match="PostgreSQL .* as often as is sensible"):
            services.revive()
    assert servers_of(seeded) == []


def test_a_database_that_was_removed_is_not_begun_anew(open_home: Path) -> None:
    with EmbeddedServices.start(open_home / "removed") as services:
        shutil.rmtree(services.postgres_dir)
        killed(services, "postgres")
        with pytest.raises(CannotStart, match="cannot be started again .* is still there"):
            services.revive()
        assert not services.postgres_dir.exists()


def test_another_thread_may_not_start_them_again(services: EmbeddedServices) -> None:
    killed(services, "redis-server")
    with ThreadPoolExecutor(1) as other, pytest.raises(CannotStart, match="main thread"):
        other.submit(services.revive).result()


def test_restarts_are_counted_within_their_time() -> None:
    now = [0.0]
    restarts = Restarts(2, within_s=60, clock=lambda: now[0])
    taken = []
    for now[0] in (0, 30, 59, 60, 61, 90):
        taken.append(restarts.take())
    assert taken == [True, True, False, True, False, True]


def _pings(services: EmbeddedServices) -> bool:
    try:
        return bool(redis.Redis.from_url(services.redis_url).ping())
    except redis.ConnectionError:
        return False


def test_a_forked_worker_neither_stops_the_servers_nor_keeps_the_lock(seeded: Path) -> None:
    services = EmbeddedServices.start(seeded)
    reader, writer = os.pipe()
    if (worker := os.fork()) == 0:
        services.stop()
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    try:
        assert ask(services, "SELECT 1") == 1
        services.stop()
        EmbeddedServices.start(seeded).stop()
    finally:
        os.close(writer)
        os.waitpid(worker, 0)


# Refusals ------------------------------------------------------------------------------------------------


def test_a_second_supervisor_is_refused_with_cause_and_remedy(services: EmbeddedServices) -> None:
    with pytest.raises(CannotStart, match=rf"Process {os.getpid()} already runs .* stop it first, or choose"):
        EmbeddedServices.start(services.data_dir)
    assert ask(services, "SELECT 1") == 1


def test_another_thread_may_not_start_them(seeded: Path) -> None:
    refusals: list[CannotStart] = []

    def start() -> None:
        try:
            EmbeddedServices.start(seeded)
        except CannotStart as refusal:
            refusals.append(refusal)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(refusals)


def test_a_failed_start_leaves_no_process_and_no_lock(seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(postgres.Postgres, "create_database", lambda self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            EmbeddedServices.start(seeded)
    assert servers_of(seeded) == []
    EmbeddedServices.start(seeded).stop()


def test_a_server_that_gives_up_is_quoted(seeded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(postgres.SETTINGS, "max_connections", "many")
        with pytest.raises(CannotStart, match=r"(?s)PostgreSQL ended during its start.*invalid value"):
            EmbeddedServices.start(seeded)
    assert servers_of(seeded) == []


def test_a_lost_password_is_refused(seeded: Path) -> None:
    EmbeddedServices.start(seeded).stop()
    password = seeded / "secrets" / "postgres-superuser-password"
    right = password.read_text()
    password.write_text("wrong\n")
    try:
        with pytest.raises(CannotStart, match="restore the file"):
            EmbeddedServices.start(seeded)
    finally:
        password.write_text(right)
    assert servers_of(seeded) == []


def test_a_directory_that_others_may_enter_is_not_trusted(open_home: Path) -> None:
    (open_home / "lax" / "secrets").mkdir(parents=True, mode=0o755)
    with pytest.raises(CannotStart, match="which nobody else may enter"):
        EmbeddedServices.start(open_home / "lax")


# What an earlier run left --------------------------------------------------------------------------------


@pytest.mark.parametrize("remains", ["", "12", "garbage\n\0\n", "4194304\n", "-1\n\n\n\n\n\n\n\n"])
def test_a_damaged_postmaster_pid_does_not_prevent_a_start(seeded: Path, remains: str) -> None:
    services = EmbeddedServices.start(seeded)
    stop_at_once(services)
    (services.postgres_dir / "postmaster.pid").write_text(remains)
    (services.postgres_dir.parent / "run" / ".s.PGSQL.5432.lock").write_text(remains)
    with EmbeddedServices.start(seeded) as again:
        assert ask(again, "SELECT 1") == 1


def test_a_pid_reused_by_another_process_does_not_prevent_a_start(seeded: Path) -> None:
    services = EmbeddedServices.start(seeded)
    identity = account.choose_account().identity
    stop_at_once(services)
    stranger = subprocess.Popen(["sleep", "60"], cwd="/", **identity)
    try:
        for path in (
            services.postgres_dir / "postmaster.pid",
            services.postgres_dir.parent / "run" / ".s.PGSQL.5432.lock",
        ):
            path.write_text("\n".join([str(stranger.pid), *path.read_text().split("\n")[1:]]))
        with EmbeddedServices.start(seeded) as again:
            assert ask(again, "SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_killed_postmaster_loses_nothing(seeded: Path) -> None:
    services = EmbeddedServices.start(seeded)
    ask(services, "DROP TABLE IF EXISTS kept")
    ask(services, "CREATE TABLE kept AS SELECT 42 AS id")
    stop_at_once(services)
    with EmbeddedServices.start(seeded) as again:
        assert ask(again, "SELECT id FROM kept") == 42


def test_busy_backends_of_a_killed_postmaster_do_not_prevent_a_start(seeded: Path) -> None:
    services = EmbeddedServices.start(seeded)
    connection = psycopg.connect(services.database_url)
    # The statement never looks up, so this backend does not notice that its postmaster died.
    busy = threading.Thread(target=_busy, args=(connection,))
    busy.start()
    assert eventually(
        lambda: ask(services, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'") == 2
    )
    stop_at_once(services)
    with EmbeddedServices.start(seeded) as again:
        assert ask(again, "SELECT 1") == 1
    busy.join(timeout=10)
    assert not busy.is_alive()


@pytest.mark.parametrize("arguments", [(), ("--immortal-children",)], ids=["deathsig", "survivors"])
def test_a_killed_supervisor_does_not_block_the_next(
    seeded: Path, supervise: Supervise, arguments: tuple[str, ...]
) -> None:
    supervisor = supervise(seeded, *arguments)
    url = supervisor.hear("database_url")
    ask(url, "DROP TABLE IF EXISTS survived")
    ask(url, "CREATE TABLE survived AS SELECT 11 AS id")
    orphans = set(servers_of(seeded))
    supervisor.process.kill()
    supervisor.process.wait()
    if arguments:
        assert len(orphans) == 2
        assert orphans == set(servers_of(seeded))
    with EmbeddedServices.start(seeded) as again:
        assert ask(again, "SELECT id FROM survived") == 11
        assert not orphans & set(servers_of(seeded))


def test_the_servers_end_with_their_supervisor(seeded: Path, supervise: Supervise) -> None:
    supervisor = supervise(seeded)
    supervisor.hear("database_url")
    supervisor.process.kill()
    assert eventually(lambda: servers_of(seeded) == [])


@pytest.mark.parametrize("moment", ["Initialising", "Starting"])
def test_ctrl_c_during_a_start_leaves_nothing_behind(
    open_home: Path, supervise: Supervise, moment: str
) -> None:
    data_dir = open_home / f"interrupted-{moment}"
    supervisor = supervise(data_dir)
    while moment not in supervisor.hear("announcement"):
        pass
    supervisor.process.send_signal(signal.SIGINT)
    supervisor.hear("interrupted")
    assert eventually(lambda: servers_of(data_dir) == [])
    with EmbeddedServices.start(data_dir) as services:
        assert ask(services, "SELECT 1") == 1


def test_an_interrupted_initdb_is_done_again(open_home: Path, supervise: Supervise) -> None:
    data_dir = open_home / "killed-initdb"
    supervisor = supervise(data_dir)
    supervisor.hear("announcement")
    assert eventually(lambda: any(data_dir.glob(".initialising-*/cluster/base")))
    supervisor.process.kill()
    supervisor.process.wait()
    assert not (data_dir / "postgres").exists()
    with EmbeddedServices.start(data_dir) as services:
        assert ask(services, "SELECT 1") == 1
    assert list(data_dir.glob(".initialising-*")) == []


# Places and users ----------------------------------------------------------------------------------------


def test_a_long_path_with_odd_letters_gets_short_sockets(open_home: Path) -> None:
    data_dir = open_home / ("été, at " + "x" * 60) / ("y%z?" * 20)
    with EmbeddedServices.start(data_dir) as services:
        assert ask(services, "SELECT 1") == 1
        assert redis.Redis.from_url(services.redis_url).ping()
        knock = Path(services.redis_url.removeprefix("unix://").split("?")[0])
        assert len(str(knock)) < 100
        assert not knock.is_relative_to(data_dir)
        assert stat.S_IMODE(knock.parent.stat().st_mode) == 0o700
    knock.parent.chmod(0o755)
    with pytest.raises(CannotStart, match="which nobody else may enter"):
        EmbeddedServices.start(data_dir)
    knock.parent.chmod(0o700)
    knock.parent.rmdir()
    knock.parent.symlink_to(open_home)
    with pytest.raises(CannotStart, match="must be a directory"):
        EmbeddedServices.start(data_dir)
    knock.parent.unlink()


@needs_root
def test_under_a_closed_home_the_servers_live_elsewhere_and_no_parent_changes(
    tmp_path: Path, shared_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    # The wheels as root sees them in a project under /root: there, but out of nobody's reach.
    site = closed / "site-packages"
    site.symlink_to(binaries._installed().root)
    monkeypatch.setattr(binaries, "_installed", lambda: binaries.Binaries(site))
    before = _modes(closed)
    said: list[str] = []
    with EmbeddedServices.start(closed / "data", announce=said.append) as services:
        ask(services, "CREATE TABLE fact AS SELECT 3 AS id")
        assert services.postgres_dir.is_relative_to(shared_root)
        assert str(services.postgres_dir.parent) in " ".join(said)
        command = Path(f"/proc/{servers_of(services.postgres_dir.parent)[0]}/cmdline").read_text()
        assert command.startswith(f"{shared_root}/binaries-")
    with EmbeddedServices.start(closed / "data") as again:
        assert again.postgres_dir == services.postgres_dir
        assert ask(again, "SELECT id FROM fact") == 3
    assert _modes(closed) == before


@needs_root
def test_a_database_that_became_unreachable_is_not_replaced_by_an_empty_one(open_home: Path) -> None:
    data_dir = open_home / "shut" / "data"
    (data_dir / "postgres").mkdir(parents=True)
    data_dir.parent.chmod(0o700)
    with pytest.raises(CannotStart, match="can no longer reach it"):
        EmbeddedServices.start(data_dir)


def test_another_user_cannot_connect(services: EmbeddedServices, ordinary_user: pwd.struct_passwd) -> None:
    run = services.postgres_dir.parent / "run"
    for path in (run / ".s.PGSQL.5432", run / "redis.sock"):
        assert _connect_as(os.getuid(), os.getgid(), path) is None
        assert _connect_as(ordinary_user.pw_uid, ordinary_user.pw_gid, path) == "PermissionError"


def test_an_ordinary_user_starts_them_as_himself(
    open_home: Path, ordinary_user: pwd.struct_passwd, supervise: Supervise
) -> None:
    home = open_home / "ordinary"
    home.mkdir(mode=0o700)
    os.chown(home, ordinary_user.pw_uid, ordinary_user.pw_gid)
    identity = f"--uid={ordinary_user.pw_uid}", f"--gid={ordinary_user.pw_gid}"
    for _ in range(2):
        supervisor = supervise(home / "data", *identity)
        assert ask(supervisor.hear("database_url"), "SELECT 1") == 1
        pids = servers_of(home / "data")
        assert len(pids) == 2
        assert {os.stat(f"/proc/{pid}").st_uid for pid in pids} == {ordinary_user.pw_uid}
        supervisor.close()
        assert servers_of(home / "data") == []


@needs_root
def test_a_user_id_without_an_entry_is_refused(open_home: Path, supervise: Supervise) -> None:
    home = open_home / "anonymous"
    home.mkdir(mode=0o700)
    os.chown(home, 54321, 54321)
    refusal = supervise(home / "data", "--uid=54321", "--gid=54321").hear("refusal")
    assert "user id 54321, which has no entry in /etc/passwd; add an entry" in refusal


@needs_root
@pytest.mark.parametrize("name", ["root", "no-such-user"])
def test_root_needs_an_unprivileged_stand_in(open_home: Path, name: str) -> None:
    with pytest.raises(CannotStart, match="ESCALE_EMBEDDED_USER"):
        EmbeddedServices.start(open_home / "stand-in", user=name)


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[0]


def _answers(services: EmbeddedServices) -> bool:
    try:
        return ask(services, "SELECT 1") == 1
    except psycopg.OperationalError:
        return False


def _modes(path: Path) -> dict[Path, int]:
    return {parent: parent.stat().st_mode for parent in (path, *path.parents)}


def _busy(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT count(*) FROM generate_series(1, 10000000000)")


def _connect_as(uid: int, gid: int, path: Path) -> str | None:
    """What a process of another user gets when it knocks at a socket."""
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
        try:
            socket.socket(socket.AF_UNIX).connect(str(path))
        except OSError as error:
            os.write(writer, type(error).__name__.encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as answer:
        return answer.read() or None
