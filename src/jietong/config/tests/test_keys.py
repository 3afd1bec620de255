"""Keys are made once, private, and a wrong one stops the start."""

from __future__ import annotations

import base64

import pytest

from jietong.config.keys import BadKeyError, field_keys, parse_keys, secret_key

GOOD = base64.b64encode(bytes(32)).decode()


@pytest.fixture(autouse=True)
def no_keys_in_the_environment(monkeypatch):
    monkeypatch.delenv("JIETONG_KEYS", raising=False)
    monkeypatch.delenv("JIETONG_SECRET_KEY", raising=False)


def test_the_first_start_makes_keys_and_the_second_reads_them(tmp_path):
    keys, secret = field_keys(tmp_path), secret_key(tmp_path)
    assert sorted(keys) == [0, 1]
    assert {len(key) for key in keys.values()} == {32}
    assert (field_keys(tmp_path), secret_key(tmp_path)) == (keys, secret)
    assert keys[0] != keys[1]


def test_nobody_else_may_read_them(tmp_path):
    field_keys(tmp_path)
    assert (tmp_path / "keys" / "field.keys").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_the_environment_comes_first_and_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setenv("JIETONG_KEYS", f"0:{GOOD},7:{GOOD}")
    assert sorted(field_keys(tmp_path)) == [0, 7]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD,
        f"0:{GOOD}",
        f"1:{GOOD} 2:{GOOD}",
        f"0:{GOOD} 0:{GOOD}",
        f"0:{GOOD} 256:{GOOD}",
        "0:AAAA 1:AAAA",
        f"0:{GOOD} 1:!",
    ],
)
def test_wrong_keys_stop_the_start(text):
    with pytest.raises(BadKeyError):
        parse_keys(text)


def test_an_empty_key_file_is_not_quietly_replaced(tmp_path):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "field.keys").write_text("")
    with pytest.raises(BadKeyError):
        field_keys(tmp_path)
