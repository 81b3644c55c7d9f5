"""report.html and the drafts: what people read of a bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from linkage.evidence.about import About
from linkage.evidence.alternatives import alternatives
from linkage.evidence.gather import Material
from linkage.evidence.levels import Level
from linkage.evidence.pages import render
from linkage.evidence.picture import draw
from linkage.evidence.rates import measured
from linkage.evidence.recount import risk_of
from linkage.evidence.timeline import draw_timeline
from linkage.investigate.held import says

#: rows of a page that people read; the tables have all
_ACCOUNTS: Final = 500
_IDENTIFIERS: Final = 40
_SOURCES: Final = 60
#: signals that repeat what people decided before
_DECIDED: Final = frozenset({"banned", "fraud_labels", "benign_labels", "linked_fraud", "linked_benign"})
#: columns of accounts that are shown where they hold anything
_COLUMNS: Final = (("org_id", "Organisation"), ("status", "Status"), ("label", "Decided before"))
_SHARES: Final = (
    "payment_strangers", "signup_burst", "round_the_clock", "hosting", "free_mail", "undeclared", "template", "moved", "turns",
    "banned", "fraud_labels", "linked_fraud", "structure", "one_org", "declared", "one_domain", "domain_elsewhere",
    "human_hours", "weekday", "one_place", "loose", "benign_labels", "linked_benign",
)  # fmt: skip
#: what the figure of a reason counts, by the reason's code
UNITS: Final[dict[str, str]] = dict.fromkeys(_SHARES, "share of 1") | {
    "address_rotation": "networks", "volume": "times the usual", "harvest": "times the usual", "together": "times chance",
    "size": "log10 of accounts", "families": "families", "countries": "countries", "one_country": "1 is yes",
    "low_volume": "2 less times the usual", "grown_slowly": "days",
}  # fmt: skip
_SECTIONS: Final = (
    "Summary", "Reasons for and against", "What links the accounts", "What hangs on single identifiers", "When",
    "Other explanations", "In favour of single accounts", "The accounts", "Method", "How often the method errs", "Limits",
    "Sources", "To check this bundle", "Glossary",
)  # fmt: skip
_TITLES: Final = (
    ("accounts", "accounts"), ("core", "core members among them"), ("flagged", "flagged accounts"),
    ("requests", "requests, rounded"), ("input_tokens", "tokens in, rounded"), ("output_tokens", "tokens out, rounded"),
)  # fmt: skip


def report(about: About, material: Material, counts: Mapping[str, int], provenance: Mapping[str, Any]) -> bytes:
    """The report of an internal or a partner bundle."""
    risk = about.manifest.config.get("risk", {})
    reasons = material.rows("reasons")
    identifiers = [row for row in material.rows("identifiers") if row["linked"] >= 2] or material.rows("identifiers")
    accounts = material.rows("accounts")
    sources = sorted(provenance["sources"], key=lambda source: (-source["cited"], source["sha256"]))
    return render(
        "report.html",
        counts=counts,
        about=about,
        summary=material.summary,
        partner=about.level is Level.partner,
        sections=list(enumerate(_SECTIONS, 1)),
        span=_span(material),
        hangs=_hangs(material),
        left_out=material.left_out,
        associates_out="associates" in material.left_out,
        reasons=reasons,
        points=sum(row["points_for"] - row["points_against"] for row in reasons),
        base=risk.get("base"),
        earlier=_earlier(reasons, risk.get("base")),
        kernel=next((int(row["value"]) for row in material.rows("figures") if row["name"] == "kernel"), 0),
        threshold=risk.get("flagged"),
        least_core=risk.get("least_core"),
        picture=draw(material),
        timeline=draw_timeline(material.rows("days")),
        identifiers=identifiers[:_IDENTIFIERS],
        bridges=material.rows("bridges"),
        cuts=material.rows("cut_links"),
        models=material.rows("models"),
        alternatives=alternatives(material),
        units=UNITS,
        kinds=[(kind, says(kind)) for kind in sorted({row["kind"] for row in material.rows("identifiers")})],
        favour=_favour(material.rows("in_favour")),
        accounts=_first(accounts),
        told_columns=[
            one for one in _COLUMNS if about.level is not Level.partner and any(row[one[0]] is not None for row in accounts)
        ],
        rates=measured(),
        set_aside=sum(file.set_aside for file in about.manifest.inputs),
        nulled=sum(file.nulled for file in about.manifest.inputs),
        sources=sources[:_SOURCES],
        more_sources=len(sources) - len(sources[:_SOURCES]),
        again=provenance["again"],
    )


def public_report(about: About, facts: Mapping[str, Any]) -> bytes:
    """The report of a public bundle, from what `public` tells."""
    told = {name: count for name, count in facts["counts"].items() if count is not None}
    days = [day for day in facts["days"] if day["accounts"] is not None and day["requests"] is not None]
    return render(
        "public.html",
        counts=told,
        about=about,
        facts=facts,
        titles=_TITLES,
        timeline=draw_timeline(days, gaps=True),
        rates=measured(),
    )


def certificate(about: About, counts: Mapping[str, int], files: Sequence[tuple[str, str]]) -> bytes:
    """The draft certificate; `files` are the paths of the payload with their SHA-256."""
    return render("certificate.html", counts=counts, about=about, files=files, inputs=len(about.manifest.inputs))


def statement(about: About, material: Material, counts: Mapping[str, int]) -> bytes:
    """The draft statement of reasons."""
    return render(
        "statement.html",
        counts=counts,
        about=about,
        reasons=material.rows("reasons"),
        span=_span(material),
        flagged=material.summary.flagged,
    )


def _span(material: Material) -> tuple[Any, Any]:
    accounts = material.rows("accounts")
    first = [row["first_seen"] for row in accounts if row["first_seen"] is not None]
    last = [row["last_seen"] for row in accounts if row["last_seen"] is not None]
    return min(first, default=None), max(last, default=None)


def _earlier(reasons: Sequence[Mapping[str, Any]], base: float | None) -> dict[str, Any]:
    """The reasons that rest on earlier decisions, and what risk the others give."""
    points = {row["code"]: row["points_for"] - row["points_against"] for row in reasons}
    theirs = {code: number for code, number in points.items() if code in _DECIDED}
    rest = (base or 0.0) + sum(points.values()) - sum(theirs.values())
    return {"codes": list(theirs), "points": sum(theirs.values()), "sum": rest, "risk": risk_of(rest)}


def _hangs(material: Material) -> list[str]:
    cuts = material.rows("cut_links")
    if not cuts or not cuts[0]["flagged"]:
        return []
    least = min(cuts, key=lambda cut: cut["flagged_after"])
    if least["flagged_after"] == least["flagged"]:
        return [
            f"Without any one of the {len(cuts):,} identifiers on which most hangs, all flagged accounts stay flagged (section 4)."
        ]
    return [
        f"Without one identifier, a {least['kind']}, {least['flagged_after']:,} of {least['flagged']:,} flagged accounts "
        "would stay flagged (section 4)."
    ]


def _favour(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    told: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = told.setdefault(row["code"], {"code": row["code"], "example": row["sentence"], "accounts": 0})
        one["accounts"] += 1
    return sorted(told.values(), key=lambda one: (-one["accounts"], one["code"]))


def _first(accounts: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Core first, then by risk, then by account."""
    ordered = sorted(accounts, key=lambda row: (row["role"] != "core", -row["risk"], row["account_id"]))
    return ordered[:_ACCOUNTS]
