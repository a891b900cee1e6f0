from pathlib import Path

import pytest

from maestro_core_config import ConfigurationError, flag, number, required_secret, secret, text


def test_reads_the_environment() -> None:
    assert text("A", env={"A": "x"}) == "x"
    assert text("A", "y", env={}) == "y"
    assert number("N", 1, env={"N": "2.5"}) == 2.5
    assert flag("F", env={"F": "1"}) and not flag("F", env={"F": "0"})


def test_names_what_is_missing_or_wrong() -> None:
    with pytest.raises(ConfigurationError, match="A: is not set; set it under `env`"):
        text("A", env={})
    with pytest.raises(ConfigurationError, match='N: must be a number, got "x"'):
        number("N", 1, env={"N": "x"})


def test_reads_secrets_from_files(tmp_path: Path) -> None:
    (tmp_path / "DB_URL").write_text("value\n")
    assert secret("DB_URL", directory=tmp_path) == "value"
    assert secret("OTHER", "default", directory=tmp_path) == "default"


def test_never_shows_a_value(tmp_path: Path) -> None:
    (tmp_path / "EMPTY").write_text("\n")
    (tmp_path / "BROKEN").write_bytes(b"\xffhidden")
    with pytest.raises(ConfigurationError, match="EMPTY: is empty"):
        secret("EMPTY", directory=tmp_path)
    with pytest.raises(ConfigurationError) as raised:
        secret("BROKEN", directory=tmp_path)
    assert "hidden" not in str(raised.value)
    with pytest.raises(ConfigurationError, match="OTHER: no such secret"):
        required_secret("OTHER", directory=tmp_path)
