"""A real PostgreSQL for the tests: Debian's, started on a free loopback port as a user without rights."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

INSTALL = "apt-get install -y postgresql"
USER = "linkage"


def binaries() -> Path | None:
    """The folder of the newest server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("postgres")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


class RunningPostgres:
    """One server; `database()` makes a new, empty database in it."""

    def __init__(self) -> None:
        found = binaries()
        assert found is not None
        self.password = secrets.token_hex(12)
        # not below pytest's own folder: that one is closed to other users, and the server refuses to run as root
        self._folder = Path(tempfile.mkdtemp(prefix="linkage-postgres-"))
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            name = next(name for name in ("postgres", "nobody") if _known(name))
            entry = pwd.getpwnam(name)
            os.chown(self._folder, entry.pw_uid, entry.pw_gid)
            self._as = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        word = self._folder / "password"
        word.write_text(self.password)
        word.chmod(0o644)
        data = self._folder / "data"
        subprocess.run(
            [found / "initdb", "-D", data, "-U", USER, "-A", "scram-sha-256", "--pwfile", word, "-E", "UTF8", "--no-sync"],
            check=True, capture_output=True, cwd="/", **self._as,
        )  # fmt: skip
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._log = (self._folder / "log").open("w+")
        self._process = subprocess.Popen(
            [
                found / "postgres", "-D", data, "-p", str(self.port), "-c", "listen_addresses=127.0.0.1",
                "-c", "unix_socket_directories=", "-c", "fsync=off",
            ],
            stdout=self._log, stderr=subprocess.STDOUT, cwd="/", **self._as,
        )  # fmt: skip
        self._wait(60)

    def url(self, database: str = "postgres") -> str:
        """The address of a database."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def database(self) -> str:
        """The address of a new database."""
        name = f"t{secrets.token_hex(6)}"
        engine = sa.create_engine(self.url().replace("postgresql://", "postgresql+pg8000://"), isolation_level="AUTOCOMMIT")
        with engine.connect() as con:
            con.execute(sa.text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.url(name)

    def stop(self) -> None:
        """End this one process by its pid."""
        self._process.kill()
        self._process.wait(30)
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self._process.poll() is not None or time.monotonic() > end:
                self._log.seek(0)
                raise RuntimeError(f"PostgreSQL did not start: {self._log.read()[-2000:]}")
            time.sleep(0.1)


def _known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
