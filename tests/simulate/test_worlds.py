"""What a world must hold: campaigns, rings, look-alikes, and no single column that gives fraud away."""

from __future__ import annotations

import pytest

from tests.simulate.factory import ask, one, world

LOOK_ALIKES = {
    "agency", "app_crowd", "benchmark", "carrier", "cloud", "company", "evaluation", "hackathon", "household", "power",
    "reseller", "reseller_customer", "second_account", "template_crowd", "university", "vpn",
}  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_three_campaigns_eight_rings_and_every_look_alike(seed: int) -> None:
    folder = world(seed=seed)
    sizes = dict(ask(folder, "SELECT actor, count(*) FROM truth WHERE kind = 'campaign' GROUP BY actor"))
    assert sizes.keys() == {"volume", "agentic", "precision"}
    assert sizes["volume"] > sizes["agentic"] > sizes["precision"] >= 25
    rings = [n for (n,) in ask(folder, "SELECT count(*) FROM truth WHERE kind = 'ring' GROUP BY actor")]
    assert len(rings) >= 8
    assert all(4 <= n <= 20 for n in rings)
    kinds = {kind for (kind,) in ask(folder, "SELECT DISTINCT kind FROM truth")}
    assert kinds == LOOK_ALIKES | {"background", "campaign", "ring"}


def test_a_campaign_account_sends_15_to_30_requests_a_day_at_all_hours() -> None:
    folder = world()
    daily = """SELECT median(n) FROM (SELECT account_id, ts::DATE, count(*) AS n FROM requests JOIN truth USING (account_id)
        WHERE actor = 'volume' GROUP BY ALL)"""
    assert 12 <= one(folder, daily) <= 30
    hours = ask(
        folder, "SELECT hour(ts), count(*) FROM requests JOIN truth USING (account_id) WHERE actor = 'volume' GROUP BY 1"
    )
    counts = [n for _, n in hours]
    assert len(counts) == 24
    assert max(counts) < 1.5 * min(counts)


def test_half_of_a_campaign_moves_to_the_new_model_within_a_day_and_innocents_do_not() -> None:
    folder = world(accounts=2500, seed=2)
    shares = """WITH born AS (SELECT min(ts) AS t FROM requests WHERE model = 'large-4')
        SELECT actor <> '' AS fraud, avg((model = 'large-4')::INT) FROM requests JOIN truth USING (account_id), born
        WHERE ts BETWEEN t + INTERVAL 24 HOUR AND t + INTERVAL 72 HOUR AND kind NOT IN ('power', 'evaluation') GROUP BY 1"""
    moved = dict(ask(folder, shares))
    assert 0.4 < moved[True] < 0.6
    assert moved[False] < 0.2


def test_a_card_of_a_campaign_is_shared_and_an_innocent_card_mostly_is_not() -> None:
    folder = world()
    shared = """SELECT fraud, avg(n) FROM (SELECT payment_id, bool_or(actor <> '') AS fraud, count(DISTINCT account_id) AS n
        FROM payments JOIN truth USING (account_id) WHERE kind IN ('campaign', 'background') GROUP BY 1) GROUP BY 1"""
    found = dict(ask(folder, shared))
    assert found[True] > 2
    assert found[False] == 1


def test_a_carrier_puts_many_customers_behind_few_addresses() -> None:
    folder = world()
    crowd = """SELECT max(n) FROM (SELECT ip, count(DISTINCT account_id) AS n FROM requests JOIN truth USING (account_id)
        WHERE kind = 'carrier' GROUP BY ip)"""
    assert one(folder, crowd) >= 20


def test_a_company_declares_its_organisation_and_a_ring_does_not() -> None:
    folder = world(accounts=5000)
    declared = dict(
        ask(folder, "SELECT kind, avg((org_id IS NOT NULL)::INT) FROM accounts JOIN truth USING (account_id) GROUP BY 1")
    )
    assert declared["company"] > 0.55
    assert declared["ring"] < 0.2


def test_benchmark_items_are_the_same_text_on_many_accounts() -> None:
    most = """SELECT max(n) FROM (SELECT prompt, count(DISTINCT account_id) AS n FROM requests JOIN truth USING (account_id)
        WHERE kind = 'benchmark' AND length(prompt) > 40 GROUP BY prompt)"""
    assert one(world(accounts=5000), most) >= 2


def test_ordinary_prompts_rarely_repeat() -> None:
    share = """SELECT avg((n = 1)::INT) FROM (SELECT prompt, count(DISTINCT account_id) AS n FROM requests
        JOIN truth USING (account_id) WHERE kind = 'background' AND length(prompt) > 40 GROUP BY prompt)"""
    assert one(world(), share) > 0.97


@pytest.mark.parametrize(
    "column", ["user_agent IS NULL", "client_id IS NULL", "ip IS NULL", "email_domain IS NULL", "accounts.country IS NULL"]
)
def test_missing_cells_do_not_tell_fraud(column: str) -> None:
    query = f"""SELECT abs(avg(({column})::INT) FILTER (actor <> '') - avg(({column})::INT) FILTER (actor = ''))
        FROM requests JOIN accounts USING (account_id) JOIN truth USING (account_id) WHERE kind IN ('campaign', 'background')"""
    assert one(world(), query) < 0.06


def test_every_client_of_a_campaign_is_used_by_innocents_too() -> None:
    only = """SELECT count(*) FROM (SELECT client_id FROM requests JOIN truth USING (account_id)
        GROUP BY 1 HAVING bool_and(actor <> '') AND count(DISTINCT account_id) > 5)"""
    assert one(world(accounts=5000), only) == 0


def test_milliseconds_and_hours_of_sign_up_do_not_tell_fraud() -> None:
    spread = "SELECT count(DISTINCT millisecond(ts)) FROM requests JOIN truth USING (account_id) WHERE actor = 'volume'"
    assert one(world(), spread) > 900


def test_what_the_provider_knows_of_networks_covers_most_requests() -> None:
    folder = world()
    known = ask(folder, "SELECT DISTINCT kind FROM networks")
    assert {kind for (kind,) in known} >= {"hosting", "residential", "business"}
