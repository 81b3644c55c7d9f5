"""Who was erased, as keyed digests; and the filter by which ingest leaves them out."""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import duckdb

from linkage.engine import first_row
from linkage.errors import StoreError
from linkage.store.files import make_folder, refusals, settle, write_whole

FOLDER: Final = "erased"
_BLOCK: Final = 64
_HEX: Final = re.compile(r"[0-9a-f]{64}")


class Erased:
    """The erased accounts of one store."""

    def __init__(self, store: Path) -> None:
        """Names the files; they are made by the first `add`."""
        self._folder = Path(store) / FOLDER
        self._key_path = self._folder / "key"
        self._list_path = self._folder / "accounts"

    def digests(self) -> list[str]:
        """The digests, oldest first. Raises StoreError: the list is damaged or cannot be read."""
        with refusals(self._list_path):
            try:
                lines = self._list_path.read_text(encoding="ascii", errors="replace").split()
            except FileNotFoundError:
                return []
        wrong = next((number for number, line in enumerate(lines, start=1) if not _HEX.fullmatch(line)), None)
        if wrong is not None:
            raise StoreError(
                f"{self._list_path} line {wrong}: is not a digest; restore the file from a backup, or erased accounts come back"
            )
        return lines

    def key(self) -> bytes:
        """The key of the digests. Raises StoreError: it is missing or damaged."""
        with refusals(self._key_path):
            try:
                text = self._key_path.read_text(encoding="ascii", errors="replace").strip()
            except FileNotFoundError:
                text = ""
        if not _HEX.fullmatch(text):
            raise StoreError(
                f"{self._key_path}: is not there or no key; restore it from a backup, or erased accounts come back"
            )
        return bytes.fromhex(text)

    def digest(self, account: str) -> str:
        """An account's digest. Raises StoreError as `key` does."""
        return hmac.new(self.key(), account.encode("utf-8", "surrogatepass"), sha256).hexdigest()

    def holds(self, account: str) -> bool:
        """Whether it was erased."""
        known = self.digests()
        return bool(known) and self.digest(account) in known

    def add(self, account: str) -> str:
        """Leave an account out from now on; its digest. Under the builder's lock. Raises StoreError."""
        with refusals(self._folder):
            make_folder(self._folder)
            if not self._key_path.exists():
                if self.digests():
                    self.key()  # a list without its key: a new key would let everybody on it back in
                write_whole(self._key_path, secrets.token_hex(32).encode() + b"\n")
            digest = self.digest(account)
            if digest not in self.digests():
                descriptor = os.open(self._list_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(digest.encode() + b"\n")
                    file.flush()
                    os.fsync(file.fileno())
            settle(self._folder)
        return digest


def install(con: duckdb.DuckDBPyConnection, store: Path) -> None:
    """Make the engine know who was erased: table `erased_digests` and, where there is anybody, macro `keyed_digest`.

    HMAC (RFC 2104) out of the engine's own SHA-256. Raises StoreError.
    """
    erased = Erased(store)
    known = erased.digests()
    con.execute("CREATE OR REPLACE TABLE erased_digests (digest VARCHAR)")
    if not known:
        return
    con.executemany("INSERT INTO erased_digests VALUES (?)", [[digest] for digest in known])
    key = erased.key().ljust(_BLOCK, b"\0")
    inner, outer = (_blob(bytes(byte ^ pad for byte in key)) for pad in (0x36, 0x5C))
    con.execute(f"CREATE OR REPLACE MACRO keyed_digest(text) AS sha256({outer} || unhex(sha256({inner} || encode(text))))")


def hide_erased(con: duckdb.DuckDBPyConnection, source: str, target: str, columns: Sequence[str] = ("account_id",)) -> int:
    """Make view `target`: relation `source` without rows that name an erased account in `columns`; how many that are.

    All names are ours. Wants `install`.
    """
    where = "false"
    if int(first_row(con, "SELECT count(*) FROM erased_digests")[0]):
        for column in columns:
            # hashed once for each account, not once for each row
            con.execute(
                f"""
                CREATE OR REPLACE TEMP TABLE {target}_{column} AS
                SELECT {column} FROM (SELECT DISTINCT {column} FROM {source})
                WHERE keyed_digest({column}) IN (SELECT digest FROM erased_digests)
                """
            )
            if int(first_row(con, f"SELECT count(*) FROM {target}_{column}")[0]):
                where += f" OR {column} IN (SELECT {column} FROM {target}_{column})"
    if where == "false":
        con.execute(f"CREATE OR REPLACE TEMP VIEW {target} AS SELECT * FROM {source}")
        return 0
    con.execute(f"CREATE OR REPLACE TEMP VIEW {target} AS SELECT * FROM {source} WHERE NOT ({where})")
    return int(first_row(con, f"SELECT count(*) FROM {source} WHERE {where}")[0])


def _blob(content: bytes) -> str:
    return "'" + "".join(f"\\x{byte:02X}" for byte in content) + "'::BLOB"
