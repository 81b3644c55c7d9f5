"""Each evasion takes away the signal it is meant to take, and leaves the others."""

from __future__ import annotations

import pytest

from linkage.errors import UsageError
from linkage.simulate.evasion import WAYS, Evasion, parse_evasion
from tests.simulate.factory import ask, one, world

FRAUD = "JOIN truth USING (account_id) WHERE kind = 'campaign'"


def test_names_are_parsed_alone_together_and_refused() -> None:
    assert parse_evasion("none") == Evasion()
    assert parse_evasion("all") == Evasion(*[True] * len(WAYS))
    assert parse_evasion("jitter + cards") == Evasion(cards=True, jitter=True)
    for bad in ("", "all+cards", "none+cards", "Cards", "+"):
        with pytest.raises(UsageError, match="give none, all, or any of"):
            parse_evasion(bad)


def test_cards_gives_every_account_its_own() -> None:
    most = f"SELECT max(n) FROM (SELECT payment_id, count(DISTINCT account_id) AS n FROM payments {FRAUD} GROUP BY 1)"
    assert one(world(evasion="cards"), most) == 1
    assert one(world(), most) > 2


def test_rotate_uses_many_addresses_where_innocents_live() -> None:
    each = f"SELECT avg(n) FROM (SELECT account_id, count(DISTINCT ip) AS n FROM requests {FRAUD} GROUP BY 1)"
    assert one(world(evasion="rotate"), each) > 2 * one(world(), each)
    also = """SELECT avg(innocent::INT) FROM (SELECT ip, bool_or(actor = '') AS innocent, bool_or(kind = 'campaign') AS fraud
        FROM requests JOIN truth USING (account_id) WHERE ip IS NOT NULL GROUP BY ip) WHERE fraud"""
    assert one(world(evasion="rotate"), also) > 0.2
    assert one(world(evasion="rotate"), also) > one(world(), also)


def test_rotated_pools_still_overlap_beyond_chance() -> None:
    sharing = """SELECT avg(n) FROM (SELECT ip, count(DISTINCT account_id) AS n FROM requests JOIN truth USING (account_id)
        WHERE {} GROUP BY ip)"""
    folder = world(evasion="rotate")
    assert one(folder, sharing.format("actor = 'volume'")) > 3 * one(folder, sharing.format("kind = 'background'"))


def test_paraphrase_leaves_no_constant_head_but_most_of_its_words() -> None:
    heads = f"""SELECT max(n) FROM (
        SELECT prompt[:150] AS head, count(*) AS n FROM requests {FRAUD} AND length(prompt) > 150 GROUP BY head)"""
    assert one(world(), heads) > 5 * one(world(evasion="paraphrase"), heads)
    common = f"""WITH sent AS (SELECT row_number() OVER () AS id, prompt FROM requests {FRAUD} AND actor = 'precision'),
        words AS (SELECT DISTINCT id, unnest(string_split(prompt, ' ')) AS word FROM sent)
        SELECT max(n) / (SELECT count(*) FROM sent) FROM (
            SELECT count(*) AS n FROM words WHERE length(word) > 5 GROUP BY word)"""
    assert one(world(evasion="paraphrase"), common) > 0.25


def test_jitter_keeps_human_hours() -> None:
    night = f"""SELECT avg((hour(ts + to_hours(zone)) BETWEEN 1 AND 5)::INT) FROM requests JOIN accounts USING (account_id)
        JOIN (VALUES ('US', -6), ('IN', 5), ('GB', 0), ('DE', 1), ('JP', 9)) AS z(country, zone) USING (country) {FRAUD}"""
    assert one(world(evasion="jitter"), night) < 0.15
    assert 0.18 < one(world(), night) < 0.24  # 5 of 24 hours


def test_jitter_spreads_sign_ups() -> None:
    busiest = f"SELECT max(n) FROM (SELECT created_at::DATE, count(*) AS n FROM accounts {FRAUD} GROUP BY 1)"
    assert one(world(evasion="jitter"), busiest) < 0.7 * one(world(), busiest)


def test_aged_accounts_were_there_long_before() -> None:
    age = f"""SELECT min(date_diff('day', created_at, t)) FROM accounts
        JOIN (SELECT account_id, min(ts) AS t FROM requests GROUP BY account_id) USING (account_id) {FRAUD}"""
    assert one(world(evasion="aged"), age) >= 40
    assert one(world(), age) <= 2


def test_mixed_traffic_is_half_that_of_customers_who_have_names() -> None:
    # the campaign's own share of requests is what stays when its commonest system prompt and head are counted
    named = f"SELECT avg((end_user_id IS NOT NULL)::INT) FROM requests {FRAUD}"
    assert one(world(evasion="mixed"), named) > 0.4
    heads = f"SELECT sum(n) FROM (SELECT prompt[:40] AS head, count(*) AS n FROM requests {FRAUD} GROUP BY head HAVING n > 100)"
    assert 0.3 < one(world(evasion="mixed"), heads) / one(world(), heads) < 0.75


def test_all_keeps_the_campaigns_and_their_size() -> None:
    sizes = "SELECT actor, count(*) FROM truth WHERE kind = 'campaign' GROUP BY ALL ORDER BY ALL"
    assert ask(world(evasion="all"), sizes) == ask(world(), sizes)
