from pathlib import Path

import pytest
from maestro_core_config import ConfigurationError
from sqlalchemy import text

from maestro_core_db import database_url, make_engine, ping, session


def test_takes_the_address_from_the_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAESTRO_SECRETS_DIRECTORY", str(tmp_path))
    (tmp_path / "DATABASE_URL").write_text("postgres://u:p@h/d\n")
    assert database_url() == "postgresql+psycopg://u:p@h/d"
    (tmp_path / "DATABASE_URL").write_text("hidden")
    with pytest.raises(ConfigurationError) as raised:
        database_url()
    assert "hidden" not in str(raised.value)


def test_commits_or_rolls_back(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/db")
    with session(engine) as current:
        current.execute(text("CREATE TABLE t (n INTEGER)"))
        current.execute(text("INSERT INTO t VALUES (1)"))
    with pytest.raises(ZeroDivisionError), session(engine) as current:
        current.execute(text("INSERT INTO t VALUES (2)"))
        _ = 1 / 0
    with session(engine) as current:
        assert current.scalars(text("SELECT n FROM t")).all() == [1]


def test_says_why_a_database_does_not_answer(tmp_path: Path) -> None:
    assert ping(make_engine("sqlite://")) is None
    assert ping(make_engine(f"sqlite:///{tmp_path}/missing/db")) == "OperationalError"
