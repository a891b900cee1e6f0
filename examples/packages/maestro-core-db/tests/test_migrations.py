import json

from maestro_core_db.migrations import Revision, moved, refusal


def revision(name: str, down: str | None, compatible: bool) -> Revision:
    return {"revision": name, "down": [down] if down else [], "compatible": compatible}


OWN = [revision("1", None, True)]
PRESENT = [revision("3", "2", True), revision("2", "1", True), *OWN]


def test_accepts_later_revisions_that_are_all_compatible() -> None:
    assert refusal(["3"], OWN, {"MIGRATION_PRESENT": json.dumps(PRESENT)}) is None


def test_refuses_one_that_is_not_unless_the_operator_declares_it() -> None:
    present = [revision("3", "2", True), revision("2", "1", False), *OWN]
    env = {"MIGRATION_PRESENT": json.dumps(present)}
    assert "does not know 2, which is not marked compatible" in (refusal(["3"], OWN, env) or "")
    assert refusal(["3"], OWN, env | {"MIGRATION_COMPATIBLE": "2"}) is None


def test_refuses_what_nobody_knows() -> None:
    assert "9, which no release here knows" in (refusal(["9"], OWN, {}) or "")


def test_stops_where_the_database_is_not_at_the_revision_that_the_plan_has_seen() -> None:
    seen = {"MIGRATION_SEEN": json.dumps(["2"])}
    assert moved(["2"], seen) is None
    assert "is at revision 3; when this was planned it was at 2" in (moved(["3"], seen) or "")
    assert moved(["3"], seen | {"MIGRATION_RESUMES": "1"}) is None
    assert moved(["3"], {}) is None
