"""Validates RO-Crates without a network; run by the tests in an environment of its own.

roc-validator asks for rich 13 where the rest of the development tools have a later one, so it lives apart. It fetches the
JSON-LD context of RO-Crate over HTTP; its cache is filled here with the copy that the package rocrate ships.

    python check.py CACHE CRATE...      prints a JSON object: crate -> list of issues; exit 0
"""

from __future__ import annotations

import io
import json
import sys
from importlib import resources
from pathlib import Path

import requests
import requests.adapters
import urllib3
from requests_cache import CachedSession
from rocrate.rocrate import ROCrate
from rocrate_validator import models, services
from rocrate_validator.utils.http import HttpRequester

CONTEXT = "https://w3id.org/ro/crate/1.3/context"


class Shipped(requests.adapters.HTTPAdapter):
    """Answers every request with the context that rocrate ships."""

    def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:
        body = io.BytesIO((resources.files("rocrate") / "data" / "ro-crate.jsonld").read_bytes())
        headers = {"Content-Type": "application/ld+json"}
        answer = urllib3.HTTPResponse(body, headers, 200, preload_content=False, request_url=request.url)
        return self.build_response(request, answer)


def seed(cache: str) -> None:
    """Put the context into the cache, as if it had been fetched."""
    session = CachedSession(cache_name=cache, backend="sqlite", expire_after=-1)
    session.mount("https://", Shipped())
    session.get(CONTEXT).raise_for_status()


def main(cache: str, crates: list[str]) -> None:
    """Print what is wrong with each crate."""
    seed(cache)
    HttpRequester(cache_max_age=-1, cache_path=cache, offline=True)
    found = {}
    for crate in crates:
        settings = services.ValidationSettings(
            rocrate_uri=crate,
            profile_identifier="ro-crate-1.3",
            requirement_severity=models.Severity.REQUIRED,
            cache_path=Path(cache),
            offline=True,
        )
        result = services.validate(settings)
        found[crate] = [f"{issue.severity.name}: {issue.message}" for issue in result.get_issues()]
        entities = len(ROCrate(crate).get_entities())
        if entities < 5:
            found[crate].append(f"rocrate reads {entities} entities")
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
