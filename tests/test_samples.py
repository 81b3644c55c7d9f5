"""Redacted samples over the whole way: only where the configuration says so, and of the right text."""

from __future__ import annotations

import re

import pyarrow.parquet as pq
import pytest

from linkage.cli import main
from linkage.config import Config, Fingerprints
from linkage.investigate import identifier, queue, shared_identifiers
from linkage.store import open_snapshot
from tests.factory import ask, build, contents, digests, fresh, retell, store, world

pytestmark = pytest.mark.xdist_group("pipeline")

SAMPLES = Config(fingerprints=Fingerprints(samples=True, sample_characters=60))


def test_there_are_none_unless_they_are_asked_for() -> None:
    assert ask(store(), "SELECT count(*) > 0, count(sample) FROM fingerprints") == [(True, 0)]


@pytest.mark.parametrize("form", ["parquet", "jsonl.gz"])
def test_where_the_configuration_says_so_each_fingerprint_has_a_redacted_sample(form: str) -> None:
    path, input = fresh(), retell(world() / "input", seed=5, parts=3, form=form)
    build(input, path, config=SAMPLES)
    assert ask(path, "SELECT count(*) > 0, count(*) = count(sample) FROM fingerprints") == [(True, True)]
    samples = {sample for (sample,) in ask(path, "SELECT sample FROM fingerprints")}
    assert 40 < max(map(len, samples)) <= SAMPLES.fingerprints.sample_characters
    long = {sample for sample in samples if len(sample) >= 30}
    met = set()
    for name, content in contents(path):
        found = {sample for sample in long if sample[:30] in content}
        assert name == "fingerprints.parquet" or not found, name
        met |= found
    assert met == long, "a sample is found where it is"
    before = digests(path)["fingerprints"]
    build(input, path, config=SAMPLES)
    assert digests(path)["fingerprints"] == before, "what is kept of a file leads to the same samples"


def test_a_sample_is_of_the_earliest_text_of_its_fingerprint() -> None:
    path, input = fresh(), retell(world() / "input", seed=6, parts=3, form="parquet")
    build(input, path, config=SAMPLES)
    with open_snapshot(path) as snapshot:
        paths = {file.sha256: file.path for file in snapshot.manifest.inputs}
    earliest = ask(
        path,
        """
        SELECT kind, sample, source_file, source_record FROM fingerprints JOIN sightings USING (kind, value)
        QUALIFY row_number() OVER (PARTITION BY kind, value ORDER BY first_seen, source_file, source_record) = 1
        """,
    )
    assert {kind for kind, *_ in earliest} >= {"prompt", "scaffold", "near_duplicate", "system_prompt"}
    texts = {digest: pq.read_table(input / paths[digest]) for _, _, digest, _ in earliest}
    for kind, sample, digest, record in earliest:
        column = "system_prompt" if kind.startswith("system") else "prompt"
        text = iter(re.findall(r"\w+", texts[digest][column][record - 1].as_py().lower()))
        assert all(word in text for word in re.findall(r"\w{3,}", sample.removesuffix("…"))[:-1]), (kind, sample)


def test_investigators_see_them(capsys: pytest.CaptureFixture[str]) -> None:
    path = fresh()
    build(world() / "input", path, config=SAMPLES)
    with open_snapshot(path) as snapshot:
        tied = [one for row in queue(snapshot) for one in shared_identifiers(snapshot, row.cluster_id) if one.sample]
        assert tied
        assert all(identifier(snapshot, one.kind, one.value).sample == one.sample for one in tied)
        cluster_id = ask(path, f"SELECT cluster_id FROM edges JOIN members USING (account_id) WHERE value = '{tied[0].value}'")
    with pytest.raises(SystemExit):
        main(["show", cluster_id[0][0], "--store", str(path)])
    assert f"{tied[0].kind} {tied[0].value}: {tied[0].sample}" in capsys.readouterr().out
