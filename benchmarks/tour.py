"""Runs the commands of the README's tour on the bundled world, and writes what they print below them.

    python benchmarks/tour.py            write README.md anew
    python benchmarks/tour.py --check    only say whether it still holds; exit status 1 where it does not

A comment `<!-- tour: linkage COMMAND -->` stands above each block that is made here. `{cluster}` in a command is the smallest
flagged cluster of at least six accounts, `{one}` and `{other}` are its first two core members. ` | head -N` may follow.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from difflib import unified_diff
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
README = REPOSITORY / "README.md"
_BLOCK = re.compile(r"(?P<head><!-- tour: (?P<command>linkage .+?) -->\n)```console\n.*?```\n", re.DOTALL)
#: What differs from run to run: the digest in a snapshot's id, and the seconds it took.
_CHANGING = ((re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{8}"), r"\1-…"), (re.compile(r" in [\d,.]+ s$", re.MULTILINE), " in … s"))
_ENOUGH = 6


class Tour:
    """The commands of one walk, in a store and a folder of files of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, str] = {}

    def linkage(self, *arguments: str) -> str:
        """What a command prints as its result; ends this program with the command's own line when it fails."""
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "LINKAGE_STORE": str(self._folder / "store")}
        command = [sys.executable, "-m", "linkage", *arguments]
        done = subprocess.run(command, cwd=self._folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{shlex.join(command)}: exit status {done.returncode}: {done.stderr.strip()[-500:]}")
        return done.stdout

    def block(self, match: re.Match[str]) -> str:
        """A block of the README with its command's output as it is now."""
        template = match["command"]
        command = template.format(**self._chosen()) if "{" in template else template
        words, _, first = command.partition(" | head -")
        # the reader stands in the repository, the commands do not
        arguments = [str(REPOSITORY / part) if part.startswith("fixtures/") else part for part in shlex.split(words)[1:]]
        printed = self.linkage(*arguments)
        for pattern, instead in _CHANGING:
            printed = pattern.sub(instead, printed)
        lines = [f"$ {command}", *(line.rstrip() for line in printed.splitlines()[: int(first) if first else None])]
        return f"{match['head']}```console\n" + "\n".join(lines) + "\n```\n"

    def _chosen(self) -> dict[str, str]:
        if not self._names:
            queue: list[dict[str, Any]] = json.loads(self.linkage("clusters", "--flagged", "--format", "json"))
            fit = [cluster for cluster in queue if cluster["size"] >= _ENOUGH] or queue
            cluster = min(fit, key=lambda entry: (entry["size"], entry["cluster_id"]))["cluster_id"]
            members = json.loads(self.linkage("show", cluster, "--format", "json"))["members"]
            one, other = [member["account_id"] for member in members if member["role"] == "core"][:2]
            self._names = {"cluster": cluster, "one": one, "other": other}
        return self._names


def main() -> None:
    """Parse, walk, write or compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 where the README no longer holds")
    given = parser.parse_args()
    before = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="linkage-tour-") as folder:
        after = _BLOCK.sub(Tour(Path(folder)).block, before)
    if not given.check:
        README.write_text(after, encoding="utf-8")
    elif after != before:
        print(*unified_diff(before.splitlines(), after.splitlines(), "README.md", "now", lineterm="", n=1), sep="\n")
        raise SystemExit("README.md: the tour prints something else now; run: make tour")


if __name__ == "__main__":
    main()
