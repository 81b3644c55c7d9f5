"""What prompt fingerprints find and how fast: BIG-Bench Hard, gsm8k, prompts.chat, paraphrased templates; prints Markdown.

    python benchmarks/prompts.py ../shared/data/prompts --rows 200000

The folder holds bbh.csv (task, input), gsm8k_test.jsonl (question) and prompts_chat.csv (prompt, contributor).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import re
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from commands import table
from sklearn.metrics import adjusted_rand_score

from linkage.config import Config
from linkage.engine import open_engine
from linkage.fingerprints import families, fingerprint, form_families
from linkage.fingerprints.hashing import shingles
from linkage.fingerprints.text import words

#: A task has a scaffold when some run of so many words is in so large a share of its prompts; fixed before any result.
RUN, SHARE = 5, 0.8
STRICT_RUN = 8
TEMPLATES = (
    "You will be given the transcript of a support call about {a}. List every promise the agent made to the customer, the "
    "date by which it should be kept, and the team that has to keep it. Return a table with one row for each promise and "
    "write nothing after the table. Transcript: {b}",
    "Explain step by step how a senior engineer would debug {a} in production. Start from the symptoms, form three "
    "hypotheses, and show which measurement tells them apart. Finish with a short checklist. Context: {b}",
    "Write a detailed lesson plan on {a} for a class of curious teenagers. Include an opening question, two activities that "
    "need no equipment, and a closing discussion. The plan must be based on {b}. Keep the tone warm and avoid jargon. End "
    "with five quiz questions and their answers on separate lines.",
)


def task_of(name: str) -> str:
    """The three, five and seven object variants of a task are one."""
    return re.sub(r"_(three|five|seven)_objects$", "", name)


def commonest(prompts: Sequence[str], run: int) -> float:
    """The largest share of prompts that one run of `run` normalised words is in."""
    text = words(pa.array(prompts))
    (grams,) = shingles(text.hashes, run)
    rows = text.rows[: len(grams)]
    whole = rows == text.rows[run - 1 :]
    pairs = np.unique(np.stack([grams[whole], rows[whole].astype(np.uint64)]), axis=1)
    return float(np.unique(pairs[0], return_counts=True)[1].max(initial=0) / len(prompts))


def linked(owners: Sequence[str], prompts: Sequence[str]) -> list[tuple[str, str, str, int]]:
    """Sightings of families (kind, value, owner, source record) when `owners` send `prompts`."""
    with duckdb.connect() as con:
        rows = pa.table(
            {
                "account_id": list(owners),
                "ts": pa.array(range(len(prompts)), pa.timestamp("us")),
                "prompt": list(prompts),
                "system_prompt": pa.nulls(len(prompts), pa.string()),
                "record": range(1, len(prompts) + 1),
            }
        )
        con.register("requests", rows)
        fingerprint(con, source="requests", target="text", config=Config())
        con.execute("CREATE VIEW merged AS SELECT * EXCLUDE (record), 'log' AS source_file, record AS source_record FROM text")
        form_families(con, sightings="merged", target="families", fingerprints="fingerprints", config=Config())
        return con.execute("SELECT kind, value, account_id, source_record FROM families ORDER BY ALL").fetchall()


def bbh(folder: Path) -> None:
    """Families against tasks, each prompt an account of its own."""
    csv.field_size_limit(1 << 30)
    with (folder / "bbh.csv").open(encoding="utf-8", newline="") as file:
        tasks, prompts = zip(*((row["task"], row["input"]) for row in csv.DictReader(file)), strict=True)
    owners = [f"{place:06d}" for place in range(len(prompts))]
    size: Counter[str] = Counter()
    held: dict[str, list[str]] = defaultdict(list)
    for kind, value, owner, _ in linked(owners, prompts):
        if kind == "scaffold":
            size[value] += 1
            held[owner].append(value)
    largest = [max(held[owner], key=lambda value: (size[value], value)) if owner in held else None for owner in owners]
    joined = families(prompts)
    by_task: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(tasks):
        by_task[task_of(name)].append(place)
    rows = []
    has: dict[int, set[str]] = {RUN: set(), STRICT_RUN: set()}
    for name, places in sorted(by_task.items()):
        shares = {run: commonest([prompts[place] for place in places], run) for run in has}
        for run, share in shares.items():
            if share >= SHARE:
                has[run].add(name)
        labels = Counter(joined[place] for place in places)
        linked_share = 1 - labels.pop(None, 0) / len(places)
        rows.append(
            [name, str(len(places)), *(f"{share:.2f}" for share in shares.values()), f"{linked_share:.2f}", str(len(labels))]
        )
    print("## BIG-Bench Hard\n")
    print(table(["task", "prompts", "commonest 5 words", "commonest 8 words", "share linked", "labels"], rows))
    print()
    rows = []
    for run, kept in has.items():
        places = [place for place, name in enumerate(tasks) if task_of(name) in kept]
        truth = [task_of(tasks[place]) for place in places]
        scores = [
            adjusted_rand_score(truth, [label[place] or f"alone {place}" for place in places]) for label in (joined, largest)
        ]
        rows.append(
            [
                f"{run} words in {SHARE:.0%}",
                str(len(kept)),
                ", ".join(sorted(set(by_task) - kept)),
                *(f"{s:.3f}" for s in scores),
            ]
        )
    print(table(["a scaffold is", "tasks", "tasks without", "adjusted Rand, joined", "adjusted Rand, largest family"], rows))


def gsm8k(folder: Path) -> None:
    """Problems that are all different."""
    with (folder / "gsm8k_test.jsonl").open(encoding="utf-8") as file:
        problems = [json.loads(line)["question"] for line in file]
    found = linked([f"{place:06d}" for place in range(len(problems))], problems)
    print("\n## gsm8k\n")
    print(table(["kind", "problems linked", "of"], [
        [kind, str(len({owner for its, _, owner, _ in found if its == kind})), str(len(problems))]
        for kind in ("prompt", "scaffold", "near_duplicate")
    ]))  # fmt: skip
    for kind, value, owner, _ in found:
        print(f"\n{kind} {value}: problem {int(owner) + 1}", end="")
    print()


def prompts_chat(folder: Path) -> None:
    """Different people: every family that links two of them, by row."""
    csv.field_size_limit(1 << 30)
    with (folder / "prompts_chat.csv").open(encoding="utf-8", newline="") as file:
        owners, prompts = zip(*((row["contributor"], row["prompt"]) for row in csv.DictReader(file)), strict=True)
    groups: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for kind, value, owner, record in linked(owners, prompts):
        groups[kind, value].append((record, owner))
    rows = []
    for (kind, _), members in sorted(groups.items()):
        members.sort()
        seen = [set(words(pa.array([prompts[record - 1]])).hashes.tolist()) for record, _ in members]
        alike = max(len(one & other) / len(one | other) for place, one in enumerate(seen) for other in seen[place + 1 :])
        rows.append([kind, ", ".join(f"{record} ({owner})" for record, owner in members), f"{alike:.2f}"])
    print("\n## prompts.chat\n")
    print(table(["kind", "rows (contributors)", "words in common, closest two"], rows))


def paraphrase(folder: Path, changed: float, each: int) -> list[str]:
    """200 accounts from three templates, half of their traffic ordinary, and 400 ordinary accounts."""
    chance = random.Random(17)
    with (folder / "gsm8k_test.jsonl").open(encoding="utf-8") as file:
        text = [json.loads(line)["question"] for line in file]
    sentences = [part for one in text for part in re.split(r"(?<=[.?!])\s+", one) if len(part) > 15]
    vocabulary = sorted({word for one in sentences for word in re.findall("[a-z]{4,}", one.lower())})

    def some(least: int, most: int) -> str:
        return " ".join(chance.choice(vocabulary) for _ in range(chance.randint(least, most)))

    def ordinary() -> str:
        return " ".join(chance.sample(sentences, chance.randint(2, 4)))

    def templated() -> str:
        filled = chance.choice(TEMPLATES).format(a=some(1, 4), b=some(5, 25))
        return " ".join(chance.choice(vocabulary) if chance.random() < changed else word for word in filled.split())

    rows: list[tuple[str, str, bool]] = []
    for place in range(200):
        for _ in range(each):
            plain = chance.random() < 0.5
            rows.append((f"t{place:03d}", ordinary() if plain else templated(), not plain))
    rows += [(f"o{place:03d}", ordinary(), False) for place in range(400) for _ in range(each)]
    members: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for kind, value, owner, record in linked([row[0] for row in rows], [row[1] for row in rows]):
        if kind == "scaffold":
            members[value].append((owner, rows[record - 1][2]))
    # a family is of a template where the earliest texts of most of its members are; ordinary sentences recur and are
    # families of their own
    templates = [{owner for owner, _ in them} for them in members.values() if 2 * sum(of for _, of in them) > len(them)]
    everyone = set().union(*templates)
    return [
        f"{changed:.0%}",
        str(each),
        str(max(sum(owner[0] == "t" for owner in them) for them in templates)),
        str(sum(owner[0] == "t" for owner in everyone)),
        str(sum(owner[0] == "o" for owner in everyone)),
    ]


def speed(folder: Path, rows: int) -> list[str]:
    """Time and memory of both halves on distinct prompts of about 250 characters, three in ten from templates."""
    chance = np.random.default_rng(7)
    with (folder / "gsm8k_test.jsonl").open(encoding="utf-8") as file:
        vocabulary = np.array(
            sorted({word for line in file for word in re.findall("[a-z']{2,}", json.loads(line)["question"].lower())})
        )
    weight = 1 / np.arange(1, len(vocabulary) + 1)
    with tempfile.TemporaryDirectory(prefix="linkage-prompts-") as work:
        con = open_engine(Path(work), memory_bytes=2 << 30)
        con.execute(
            "CREATE TABLE requests (account_id VARCHAR, ts TIMESTAMP, prompt VARCHAR, system_prompt VARCHAR, record BIGINT)"
        )
        for begin in range(0, rows, 100_000):
            count = min(100_000, rows - begin)
            spelled = vocabulary[chance.choice(len(vocabulary), (count, 46), p=weight / weight.sum())].tolist()
            kind = chance.integers(0, 10, count).tolist()
            prompts = [
                TEMPLATES[which].format(a=" ".join(row[:3]), b=" ".join(row[3:12])) if which < 3 else " ".join(row)
                for which, row in zip(kind, spelled, strict=True)
            ]
            batch = pa.table(
                {
                    "account_id": [f"account-{place:010d}" for place in chance.integers(0, rows // 16 + 1, count).tolist()],
                    "ts": pa.array(chance.integers(0, 10**13, count), pa.timestamp("us")),
                    "prompt": prompts,
                    "system_prompt": pa.nulls(count, pa.string()),
                    "record": range(begin + 1, begin + count + 1),
                }
            )
            con.register("batch", batch)
            con.execute("INSERT INTO requests SELECT * FROM batch")
            con.unregister("batch")
        del batch, prompts, spelled
        seconds: list[float] = []
        busy: list[float] = []
        for step in range(2):
            began, worked = time.monotonic(), time.process_time()
            if step == 0:
                fingerprint(con, source="requests", target="text", config=Config())
                con.execute(
                    "CREATE VIEW merged AS SELECT * EXCLUDE (record), 'log' AS source_file, record AS source_record FROM text"
                )
            else:
                form_families(con, sightings="merged", target="families", fingerprints="fingerprints", config=Config())
            seconds.append(time.monotonic() - began)
            busy.append(time.process_time() - worked)
        con.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return [f"{rows:,}", *(f"{took:.1f} ({work:.1f})" for took, work in zip(seconds, busy, strict=True)), str(peak)]


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder with bbh.csv, gsm8k_test.jsonl and prompts_chat.csv")
    parser.add_argument("--rows", type=int, default=0, help="also time so many rows (0 = do not)")
    given = parser.parse_args()
    bbh(given.folder)
    gsm8k(given.folder)
    prompts_chat(given.folder)
    print("\n## Paraphrased templates\n")
    rows = [paraphrase(given.folder, changed, each) for changed, each in ((0.0, 6), (0.1, 6), (0.1, 20), (0.1, 60), (0.2, 60))]
    print(
        table(
            [
                "words changed",
                "prompts an account",
                "of 200 in the largest family",
                "in any template's family",
                "of 400 ordinary there",
            ],
            rows,
        )
    )
    if given.rows:
        print(f"\n## Speed\n\n{os.cpu_count()} cores, Python {platform.python_version()}, {sys.platform}\n")
        print(
            table(["rows", "sketches, s (processor)", "families, s (processor)", "peak MiB"], [speed(given.folder, given.rows)])
        )


if __name__ == "__main__":
    main()
