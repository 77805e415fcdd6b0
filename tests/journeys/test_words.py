"""Words, alone and among what a goal finds."""

from __future__ import annotations

from PySide6.QtCore import Qt

from lookalike.records import Match
from tests.journeys.conftest import Journey


def found(journey: Journey, words: str) -> list[str]:
    """The names of what was found by these words, once that is so."""
    session = journey.parts.session
    journey.until(
        lambda: (
            session.answer is not None
            and session.answer.query.words == words
            and session.answer.query.thorough
        )
    )
    assert session.answer is not None
    return [match.photo.path.rsplit("/", 1)[1] for match in session.answer.matches]


def test_typed_words_find_photos_and_enter_goes_to_them(drawn: Journey) -> None:
    parts = drawn.parts
    drawn.do("words")
    assert parts.strip.words.hasFocus()
    drawn.qtbot.keyClicks(parts.strip.words, "bricks-0")
    names = found(drawn, "bricks-0")
    assert len(names) == 4
    assert all(name.startswith("bricks") for name in names)
    # What was found does not take the keys from someone who types.
    assert parts.strip.words.hasFocus()
    assert parts.strip._title.text() == "4 photos"
    drawn.qtbot.keyClick(parts.strip.words, Qt.Key.Key_Return)
    assert parts.grid.hasFocus()
    assert isinstance(parts.grid.current(), Match)
    drawn.until(parts.inspector.isVisible)
    assert not parts.actions["compare"].isEnabled()
    drawn.qtbot.keyClick(parts.grid, Qt.Key.Key_Escape)
    assert parts.strip.words.text() == ""
    drawn.loaded(16)
    drawn.do("undo")
    assert found(drawn, "bricks-0") == names


def test_words_narrow_what_a_goal_finds(drawn: Journey) -> None:
    drawn.search_by(0)
    drawn.do("words")
    drawn.qtbot.keyClicks(drawn.parts.strip.words, "discs")
    names = found(drawn, "discs")
    assert sorted(names) == [f"discs-00{number}.jpg" for number in range(4)]
    assert drawn.parts.session.query.goals
    drawn.parts.session.remove(0)
    assert sorted(found(drawn, "discs")) == sorted(names)
    drawn.parts.strip.words.clear()
    drawn.parts.strip.words.textEdited.emit("")
    drawn.loaded(16)
    assert not drawn.parts.session.active


def test_words_that_find_nothing_say_so(drawn: Journey) -> None:
    drawn.do("words")
    drawn.qtbot.keyClicks(drawn.parts.strip.words, "zeppelin")
    drawn.until(lambda: drawn.parts.pages.name == "message")
    assert "“zeppelin”" in drawn.parts.message._sentence.text()
    drawn.qtbot.mouseClick(drawn.parts.message._button, Qt.MouseButton.LeftButton)
    drawn.loaded(16)
    assert drawn.parts.pages.name == "library"
