from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.access import SignIn, load_sign_in
from linkage.access.sign_in import require_may_listen
from linkage.errors import ConfigError, UsageError

SECRET, COOKIES = "canary-client-secret", "canary-cookie-secret-of-over-32-characters"
GOOD = {
    "address": '"https://desk.example.org"', "provider": '"https://id.example.org/realms/desk"', "client_id": '"linkage"',
    "client_secret": f'"{SECRET}"', "cookie_secret": f'"{COOKIES}"',
}  # fmt: skip


def written(folder: Path, mode: int = 0o600, **changed: str | None) -> Path:
    """sign-in.toml of a store."""
    values = {**GOOD, **changed}
    file = folder / "sign-in.toml"
    file.write_text("".join(f"{name} = {value}\n" for name, value in values.items() if value is not None))
    file.chmod(mode)
    return file


def test_a_store_without_the_file_has_no_sign_in(tmp_path: Path) -> None:
    assert load_sign_in(tmp_path) is None


def test_the_file_of_the_store_or_the_one_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path)
    found = load_sign_in(tmp_path)
    assert found is not None and found.host == "desk.example.org" and found.hours == 12
    assert found.metadata == "https://id.example.org/realms/desk/.well-known/openid-configuration"
    monkeypatch.setenv("LINKAGE_SIGN_IN", str(file))
    assert load_sign_in(tmp_path / "elsewhere") == found
    monkeypatch.setenv("LINKAGE_SIGN_IN", str(tmp_path / "none.toml"))
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load_sign_in(tmp_path)


def test_secrets_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINKAGE_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("LINKAGE_COOKIE_SECRET", COOKIES)
    written(tmp_path, 0o644, client_secret=None, cookie_secret=None)
    found = load_sign_in(tmp_path)
    assert found is not None and found.cookie_secret is not None
    assert (found.client_secret.get_secret_value(), found.cookie_secret.get_secret_value()) == (SECRET, COOKIES)


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    written(tmp_path, 0o640)
    with pytest.raises(ConfigError, match="chmod 600") as error:
        load_sign_in(tmp_path)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("address", '"http://desk.example.org"'), ("address", '"https://desk.example.org/linkage"'), ("address", '"desk.example.org"'),
        ("address", '"https://user:word@desk.example.org"'), ("address", '"https://desk.example.org:port"'), ("address", '"javascript:1"'),
        ("address", None), ("provider", '"http://id.example.org"'), ("provider", '"file:///etc/passwd"'), ("client_id", '""'),
        ("client_secret", '""'), ("client_secret", None), ("cookie_secret", '"short-canary-secret"'), ("hours", "0"), ("hours", "nan"),
        ("unknown", "1"), ("client_secret", "canary-client-secret"), ("client_secret", "12345"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_one_line_that_says_no_secret(tmp_path: Path, name: str, value: str | None) -> None:
    written(tmp_path, **{name: value})
    with pytest.raises(ConfigError, match=r"sign-in\.toml") as error:
        load_sign_in(tmp_path)
    assert "\n" not in str(error.value) and "canary" not in str(error.value) and "12345" not in str(error.value)


def test_who_may_listen_where(tmp_path: Path) -> None:
    for address in ("127.0.0.1", "localhost"):
        require_may_listen(tmp_path, address, None)
    for address in ("0.0.0.0", "::", "192.0.2.7", "desk.example.org", "", "127.0.0.1.example.org"):
        with pytest.raises(UsageError, match="without sign-in") as error:
            require_may_listen(tmp_path, address, None)
        assert "\n" not in str(error.value)
    written(tmp_path)
    with pytest.raises(ConfigError, match=r"access\.toml"):
        require_may_listen(tmp_path, "0.0.0.0", load_sign_in(tmp_path))
    (tmp_path / "access.toml").write_text('others = "viewer"\n')
    require_may_listen(tmp_path, "0.0.0.0", load_sign_in(tmp_path))


NOW = 1_800_000_000.0
CLAIMS = {"is_logged_in": True, "email": "ada@example.org", "email_verified": True, "sub": "17", "iat": NOW - 60}


def settings(**changed: object) -> SignIn:
    return SignIn.model_validate(
        {
            "address": "https://desk.example.org",
            "provider": "https://id.example.org",
            "client_id": "x",
            "client_secret": "y",
            **changed,
        }
    )


@pytest.mark.parametrize(
    ("changed", "claims", "name"),
    [
        ({}, {}, "ada@example.org"),
        ({"claim": "sub"}, {}, "17"),
        ({}, {"is_logged_in": False}, None),
        ({}, {"email_verified": False}, None),
        ({}, {"email_verified": "true"}, None),
        ({"unverified_email": True}, {"email_verified": None}, "ada@example.org"),
        ({}, {"iat": NOW - 12 * 3600 - 1}, None),
        ({"hours": 24}, {"iat": NOW - 12 * 3600 - 1}, "ada@example.org"),
        ({}, {"iat": None}, None),
        ({}, {"iat": "1"}, None),
        ({}, {"email": ""}, None),
        ({}, {"email": ["ada@example.org"]}, None),
        ({"claim": "upn"}, {}, None),
    ],
)
def test_who_it_is(changed: dict[str, object], claims: dict[str, object], name: str | None) -> None:
    assert settings(**changed).name_in({**CLAIMS, **claims}, NOW) == name


@given(
    st.dictionaries(
        st.sampled_from([*CLAIMS, "x"]), st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text()))
    )
)
def test_no_claims_break_it(claims: dict[str, object]) -> None:
    assert settings().name_in(claims, NOW) is None or claims["email_verified"] is True
