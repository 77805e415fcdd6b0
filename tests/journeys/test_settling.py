"""The closer look: its order settles while one watches, and can be stopped."""

from __future__ import annotations

from lookalike.records import Answer
from tests.journeys.conftest import Journey


def test_the_order_settles_in_sight(drawn: Journey) -> None:
    came: list[Answer] = []
    session = drawn.parts.session
    session.settled_more.connect(came.append)
    drawn.search_by(0)
    kept = drawn.parts.grid.current()
    drawn.do("places")
    drawn.until(
        lambda: (
            session.answer is not None
            and session.answer.query.places
            and session.answer.query.thorough
        )
    )
    drawn.until(lambda: not session.looking_closer)
    assert all(answer.query.thorough and answer.matches for answer in came)
    assert {photo.id for photo in drawn.parts.library.photos(range(1, 17))} == {
        match.photo.id
        for match in session.answer.matches  # type: ignore[union-attr]
    }
    assert getattr(drawn.parts.grid.current(), "photo", None) == getattr(kept, "photo", None)
    assert drawn.parts.actions["places"].isChecked()


def test_the_closer_look_can_be_stopped(drawn: Journey) -> None:
    session = drawn.parts.session
    drawn.search_by(0)
    drawn.do("places")
    drawn.until(lambda: session.looking_closer)
    assert drawn.parts.actions["stop"].isEnabled()
    drawn.do("stop")
    assert not session.looking_closer
    assert session.answer is not None
    assert session.answer.query.places
    assert drawn.parts.grid.count() == 16
    assert "looking closer" not in drawn.parts.strip._subtitle.text()
