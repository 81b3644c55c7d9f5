"""A real Neo4j for the tests: its class path from Maven once, then one process on a free loopback port."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

import neo4j

HERE = Path(__file__).parent / "server"
SERVICES = Path(__file__).parents[1] / "_services" / "neo4j"
INSTALL = "apt-get install -y default-jre-headless maven"
PASSWORD = "a-password-for-tests"
_OPENS = ("java.nio", "java.io", "sun.nio.ch", "java.lang")


def missing_tools() -> list[str]:
    """What the server needs and this machine has not."""
    return [tool for tool in ("java", "mvn") if shutil.which(tool) is None]


def class_path() -> Path:
    """The folder of the server's jars; Maven fills it once for all processes that test at the same time."""
    lib = SERVICES / "lib"
    wanted = (HERE / "pom.xml").read_text()
    mark = SERVICES / "pom.xml"
    SERVICES.mkdir(parents=True, exist_ok=True)
    with (SERVICES / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists() or mark.read_text() != wanted:
            shutil.rmtree(lib, ignore_errors=True)
            command = [
                "mvn",
                "-q",
                "-B",
                "-f",
                str(HERE / "pom.xml"),
                "dependency:copy-dependencies",
                f"-DoutputDirectory={lib}",
            ]
            done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
            if done.returncode:
                raise RuntimeError(f"Maven could not fetch Neo4j: {done.stdout[-2000:]}{done.stderr[-2000:]}")
            mark.write_text(wanted)
    return lib


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningServer:
    """A Neo4j process with its first password changed. It ends with `stop`, or with the test run itself (its input closes)."""

    user = "neo4j"
    password = PASSWORD

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.uri = f"bolt://127.0.0.1:{self.port}"
        self._log = folder / "server.log"
        opens = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENS]
        memory = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        arguments = ["-cp", f"{class_path()}/*", str(HERE / "Neo4jServer.java"), str(folder / "data"), str(self.port)]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                ["java", *memory, *opens, *arguments], stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            self._wait(120)
            self._change_password()
        except BaseException:
            self.stop()
            raise

    def driver(self) -> neo4j.Driver:
        return neo4j.GraphDatabase.driver(self.uri, auth=(self.user, self.password))

    def stop(self) -> None:
        """End this one process by its pid; its data is in a temporary folder, so nothing needs an orderly end."""
        self._process.kill()
        self._process.wait(30)

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while "READY" not in self._log.read_text():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"Neo4j did not start: {self._log.read_text()[-2000:]}")
            time.sleep(0.1)

    def _change_password(self) -> None:
        with (
            neo4j.GraphDatabase.driver(self.uri, auth=(self.user, "neo4j")) as driver,
            driver.session(database="system") as session,
        ):
            session.run("ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $new", new=self.password).consume()


class Relay:
    """A loopback port that passes bytes on to a server, and dies once `limit` bytes went towards it; a context manager."""

    def __init__(self, port: int, limit: int | None = None) -> None:
        self.passed = 0
        self._limit = limit
        self._target = port
        self._sockets = [socket.create_server(("127.0.0.1", 0))]
        self.uri = f"bolt://127.0.0.1:{self._sockets[0].getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        self._die()

    def _die(self) -> None:
        for each in list(self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._sockets[0].accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._sockets += [client, server]
                threading.Thread(target=self._pass, args=(client, server, True), daemon=True).start()
                threading.Thread(target=self._pass, args=(server, client, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, towards: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.passed += len(data) if towards else 0
                if self._limit is not None and self.passed > self._limit:
                    self._die()
                    return
                target.sendall(data)
