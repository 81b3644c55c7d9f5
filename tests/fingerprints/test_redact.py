from __future__ import annotations

import pytest

from linkage.config import Config, Fingerprints
from linkage.fingerprints import sample_families
from linkage.fingerprints.public import compile_public
from linkage.fingerprints.redact import redact
from tests.fingerprints.factory import TEMPLATES, Prompts, engine, linked

KEEP = Config(fingerprints=Fingerprints(samples=True, sample_characters=400))
NOTHING = compile_public([])


def test_masks_are_left_out_and_the_rest_is_read() -> None:
    text = 'Ask bob@a.example, at https://b.example, whether "the red one" costs 12.50 or 13 (about)'
    assert redact(text, None, public=NOTHING, characters=200) == "ask … at … whether … costs … or … about"


def test_a_sample_is_cut_to_its_length() -> None:
    cut = redact("several words that go on and on", None, public=NOTHING, characters=20)
    assert cut == "several words that…"


def test_the_sample_of_a_scaffold_shows_only_what_all_members_sent() -> None:
    source = Prompts(2)
    secrets = [f"Ottokar{place} Zwiebelfisch{chr(97 + place)}" for place in range(20)]
    rows = [
        (f"t{place:02d}", place, TEMPLATES[0].format(a=secret, b=source.words(5, 9)), None)
        for place, secret in enumerate(secrets)
    ]
    with engine() as con:
        linked(con, rows, KEEP)
        asked: list[str] = []

        def relation(digest: str) -> str:
            asked.append(digest)
            return "requests"

        sample_families(con, source=relation, families="families", fingerprints="fingerprints", config=KEEP)
        assert asked == ["f"], "the file of each family's earliest sighting, once"
        ((sample, description),) = con.execute(
            "SELECT sample, description FROM fingerprints WHERE kind = 'scaffold'"
        ).fetchall()
    assert "zwiebel" not in sample
    assert "…" in sample
    shown = {word for word in sample.split() if word != "…"}
    assert shown <= set(TEMPLATES[0].lower().replace(".", "").replace(",", "").replace(":", "").split())
    assert len(shown) >= 15
    assert "sampled runs of five words" in description


def test_samples_are_off_by_default() -> None:
    source = Prompts(4)
    with engine() as con:
        linked(con, [(f"t{place:02d}", place, source.filled(TEMPLATES[0]), None) for place in range(20)])
        sample_families(
            con, source=lambda _: pytest.fail("read"), families="families", fingerprints="fingerprints", config=Config()
        )
        assert con.execute("SELECT count(*) > 0, count(sample) FROM fingerprints").fetchone() == (True, 0)
        assert con.execute("SELECT table_name FROM information_schema.tables WHERE table_name LIKE '%parts'").fetchall() == []
