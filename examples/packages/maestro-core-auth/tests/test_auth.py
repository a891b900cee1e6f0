import pytest

from maestro_core_auth import InvalidToken, issue, verify

KEY = b"k" * 32


def test_tells_who_asks() -> None:
    assert verify(issue("gateway", KEY), KEY) == "gateway"


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.%%", "é.é", issue("x", b"o" * 32)])
def test_refuses_what_was_not_signed_with_the_key(token: str) -> None:
    with pytest.raises(InvalidToken):
        verify(token, KEY)


def test_refuses_a_token_after_its_end() -> None:
    token = issue("x", KEY, 10, now=100)
    assert verify(token, KEY, now=109) == "x"
    with pytest.raises(InvalidToken, match="has ended"):
        verify(token, KEY, now=110)


def test_refuses_a_short_key() -> None:
    with pytest.raises(ValueError, match="at least 32 bytes, got 1"):
        issue("x", b"k")
