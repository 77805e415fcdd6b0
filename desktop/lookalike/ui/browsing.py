"""From place to place: the library, an answer, one photo large, and back again."""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLineEdit, QSlider

from lookalike.progress import CancelToken
from lookalike.records import Answer, Goal, Match, View
from lookalike.ui.grid import contents
from lookalike.ui.grid.cells import Item
from lookalike.ui.grid.contents import Contents
from lookalike.ui.grid.grid_view import PhotoGrid
from lookalike.ui.inspector.facts import photos_in_words, readable
from lookalike.ui.panels import Panels
from lookalike.ui.parts import Parts
from lookalike.ui.places import ALL, LIBRARY, NETWORK, PROBLEMS, SAME, Known, Place, places
from lookalike.words import in_figures, retold, tr

if TYPE_CHECKING:
    from lookalike.ui.duplicates.group_list import GroupList
    from lookalike.ui.duplicates.page import DuplicatesPage
    from lookalike.ui.goal.editor import GoalEditor
    from lookalike.ui.viewer.viewer import Viewer


class Browsing(QObject):
    """Decides what the window shows. `changed` whenever other actions may make sense."""

    changed = Signal()
    failed = Signal(object)

    def __init__(self, parts: Parts, panels: Panels, add_folder: Callable[[], object]) -> None:
        super().__init__(parts.window)
        self._parts, self._panels, self._add_folder = parts, panels, add_folder
        self.place = ALL
        self._shown_query: tuple[object, ...] = ()
        self._search_over = False
        self._opened_from = LIBRARY
        self._reselected = -1
        self._open_stacks: AbstractSet[int] = frozenset()
        self._same: int | None = None
        # An empty grid is spoken of when both are there: the photos, and the folders.
        self._count: int | None = None
        self._folders_known = False
        parts.session.answered.connect(self._answered)
        parts.session.settled_more.connect(self._settled_more)
        parts.session.cleared.connect(self._search_ended)
        parts.grid.selection_changed.connect(self._selected)
        parts.grid.restacked.connect(self._restack)
        parts.grid.activated.connect(lambda _item: self.view())
        # While its row is read anew the selected photo cannot be acted on.
        parts.grid.thumbnails.rows_came.connect(lambda _ids: self.changed.emit())
        parts.removing.changed.connect(self._removed)
        parts.inspector.picture_clicked.connect(self._picture_clicked)
        parts.strip.words.left.connect(parts.grid.setFocus)
        parts.strip.goal_opened.connect(self.edit_goal)
        parts.sidebar.gone_to.connect(self.go)
        parts.folders.known_changed.connect(self._known)
        parts.folders.changed.connect(self.refresh)
        parts.reading.photos_came.connect(self.refresh)
        parts.reading.ended.connect(lambda _changes: self.refresh())
        parts.pages.went.connect(self._went)
        parts.later.duplicates.when_made(self._connect_duplicates)
        parts.later.viewer.when_made(self._connect_viewer)
        parts.later.editor.when_made(self._connect_editor)

    def _connect_duplicates(self, page: DuplicatesPage) -> None:
        page.list.activated.connect(lambda _item: self.view())
        page.list.selection_changed.connect(self._selected)
        page.counted.connect(self._counted)
        page.finding.kept.connect(self.refresh)

    def _connect_viewer(self, viewer: Viewer) -> None:
        viewer.stepped.connect(self.step)
        viewer.closed.connect(self.back)

    def _connect_editor(self, editor: GoalEditor) -> None:
        editor.compared.connect(self._compare_edited)
        editor.closed.connect(self._editor_closed)

    # --- where a person goes

    def go(self, place: Place) -> None:
        """Show a place of the sidebar. A search ends: places show the library."""
        parts = self._parts
        self.place = place
        parts.sidebar.show_current(place.key)
        self._leave_viewer()
        parts.pages.go(place.page)
        if parts.session.active:
            parts.session.clear()
        else:
            self.refresh()
        self.changed.emit()

    def go_all(self) -> None:
        """The whole library."""
        self.go(ALL)

    def go_duplicates(self) -> None:
        """The same pictures."""
        self.go(SAME)

    def go_problems(self) -> None:
        """The files that were skipped."""
        self.go(PROBLEMS)

    def go_network(self) -> None:
        """What the network sees."""
        self.go(NETWORK)

    def show_page(self, name: str) -> None:
        """A page that is no place of the library."""
        self._leave_viewer()
        self._parts.pages.go(name)

    def view(self) -> None:
        """The selected photo, as large as the window."""
        item = self.current()
        if item is None:
            return
        if self._parts.pages.name != "viewer":
            self._opened_from = "duplicates" if self._among_copies() else LIBRARY
        self._show_in_viewer(item)
        self._parts.pages.go("viewer")
        self._parts.viewer.setFocus()

    def step(self, way: int) -> None:
        """The next photo (1), the one before (-1)."""
        cells = self._cells()
        cells.select(cells.current_index() + way)

    def current(self) -> Item | None:
        """The selected photo or match."""
        return self._cells().current()

    def _among_copies(self) -> bool:
        name = self._parts.pages.name
        return (self._opened_from if name == "viewer" else name) == "duplicates"

    def _cells(self) -> PhotoGrid | GroupList:
        """What photos are selected in now."""
        return self._parts.duplicates.list if self._among_copies() else self._parts.grid

    def compared_with(self) -> Goal | None:
        """What the selected photo can be held against: the goal, or the best of its copies."""
        item = self.current()
        if isinstance(item, Match):
            goals = self._parts.session.query.goals
            return next((each for each in goals if each.weight > 0), None)
        group = self._parts.duplicates.list.group() if self._among_copies() else None
        if group is None or item is None:
            return None
        other = next(photo for photo in group.photos if photo != item)
        return Goal(photo_id=other.id, name=readable(os.path.basename(other.path)))

    def compare(self) -> None:
        """Goal and result in turn, at the same relative zoom."""
        if self.compared_with() is None:
            return
        if self._parts.pages.name != "viewer":
            self.view()
        self._parts.viewer.compare()

    def edit_goal(self, index: int = 0) -> None:
        """Open a goal of the search, to choose the part of it that counts and what it weighs."""
        parts = self._parts
        if index < len(parts.session.query.goals) and parts.strip.isVisible():
            place = parts.strip.chip_place(index)
            above = parts.editor.parentWidget()
            parts.editor.open_goal(index, parts.strip.mapTo(above, place) if above else place)

    def _compare_edited(self) -> None:
        self._parts.editor.close_editor()
        self.compare()

    def _editor_closed(self) -> None:
        if self._parts.pages.name == LIBRARY:
            self._parts.grid.setFocus()

    def back(self) -> None:
        """One level back; never out of the program."""
        parts = self._parts
        editor = parts.later.editor.made
        if editor is not None and editor.isVisible():
            editor.close_editor()
        elif parts.pages.name == "viewer":
            if parts.viewer.painting.hand:
                parts.viewer.painting.take("")
            elif parts.viewer.comparing:
                parts.viewer.compare()
            else:
                self._leave_viewer()
        elif parts.pages.name not in (LIBRARY, "message", "first-run"):
            self._back_to_photos()
        elif parts.session.active:
            parts.session.clear()
        elif self.place != ALL:
            self.go(ALL)
        elif parts.window.isFullScreen():
            parts.actions["full_screen"].trigger()

    def _back_to_photos(self) -> None:
        """From a page to what was there before it: the answer, or the library."""
        if self._parts.session.answer is None or self.place.page != LIBRARY:
            self.go(ALL)
        else:
            self._parts.pages.go(LIBRARY)
            self._parts.grid.setFocus()

    def _leave_viewer(self) -> None:
        if self._parts.pages.name != "viewer":
            return
        self._parts.pages.go(self._opened_from)
        self._parts.viewer.leave()
        self._cells().setFocus()

    def _picture_clicked(self, place: int) -> None:
        goal = place == 0 and isinstance(self._parts.grid.current(), Match)
        if self._parts.pages.name != "viewer":
            self.view()
        if goal != self._parts.viewer.comparing:
            self._parts.viewer.compare()

    def _went(self, _name: str) -> None:
        self._parts.later.editor.if_made(lambda editor: editor.close_editor())
        self._panels.show()
        self.changed.emit()

    # --- what comes back

    def refresh(self) -> None:
        """Read what the window shows anew; a newer reading replaces an older one."""
        self._parts.folders.look()
        view, library = self.place.view or View(), self._parts.library
        stacked, open_stacks = self._parts.grid.stacked, self._open_stacks

        def photos(_cancel: CancelToken) -> Contents:
            groups = library.stacks() if stacked else ()
            return contents.of_ids(library.photo_ids(view), groups, open_stacks)

        self._parts.jobs.read(photos, self._listed, self.failed.emit, key="ids")

    def _restack(self, open_stacks: AbstractSet[int]) -> None:
        self._open_stacks = open_stacks
        self.refresh()

    def _listed(self, shown: Contents) -> None:
        parts = self._parts
        if parts.session.answer is not None:
            return
        parts.grid.refresh()
        parts.grid.set_photos(shown)
        if self._search_over:
            self._search_over = False
            parts.grid.tell_again()
        self._count = parts.grid.count()
        if self._count or self._folders_known:
            self._choose_page(self._count)
        self._select_again()

    def _answered(self, answer: Answer) -> None:
        parts = self._parts
        parts.banners.drop("refused")
        asked = (answer.query.goals, answer.query.words)
        again, self._shown_query = asked == self._shown_query, asked
        if not again:
            self._leave_viewer()
        parts.grid.set_answer(answer, keep=again)
        if not answer.matches:
            self._nothing_found(answer)
            return
        if again:
            self._select_again()
        if again and parts.grid.current() is not None:
            parts.grid.tell_again()
            return
        parts.pages.go(LIBRARY)
        parts.grid.select(0)
        if not isinstance(parts.window.focusWidget(), QSlider | QLineEdit):
            parts.grid.setFocus()

    def _settled_more(self, answer: Answer) -> None:
        """A better order of the same answer; evidence waits for the last of them."""
        if (answer.query.goals, answer.query.words) == self._shown_query:
            self._parts.grid.set_answer(answer, keep=True)

    def _nothing_found(self, answer: Answer) -> None:
        self._parts.inspector.clear()
        action: tuple[str, Callable[[], object]]
        if answer.query.words:
            action = (tr("Search without words"), lambda: self._parts.session.set_words(""))
        else:
            action = (tr("Add folder…"), self._add_folder)
        self._say("search", tr("Nothing found"), retold(answer.note), action)

    def _search_ended(self) -> None:
        parts = self._parts
        self._shown_query, self._search_over = (), True
        parts.evidence.clear()
        parts.inspector.clear()
        self._leave_viewer()
        self.refresh()
        parts.grid.setFocus()
        self.changed.emit()

    def _selected(self, item: Item | None) -> None:
        parts, answer = self._parts, self._parts.session.answer
        if isinstance(item, Match) and answer is not None and answer.query.goals:
            parts.evidence.explain(answer.query, item)
        elif item is not None:
            parts.evidence.clear()
            parts.inspector.show_photo(item.photo if isinstance(item, Match) else item)
        else:
            parts.evidence.clear()
            parts.inspector.clear()
        if item is not None and parts.pages.name == "viewer":
            self._show_in_viewer(item)
        self._panels.select(selected=item is not None)
        self.changed.emit()

    def _show_in_viewer(self, item: Item) -> None:
        parts = self._parts
        photo, cells = item.photo if isinstance(item, Match) else item, self._cells()
        at, count = in_figures(cells.current_index() + 1), in_figures(cells.count())
        place = tr("{place} of {count}").format(place=at, count=count)
        small = cells.thumbnails.pixmap(photo)[0]
        names = tr("other copy"), tr("this copy")
        if not self._among_copies():
            names = tr("goal"), tr("result")
        parts.viewer.show_item(item, self.compared_with(), place, small, names)

    def _known(self, known: Known) -> None:
        parts = self._parts
        parts.sidebar.show_places(places(known, self._same))
        self._folders_known = True
        if self._count == 0 and parts.session.answer is None:
            self._choose_page(0)
        if not parts.reading.running and not parts.status.said() and known.counts.photos:
            parts.status.say(photos_in_words(known.counts.photos))
        self.changed.emit()

    def _counted(self, same: int) -> None:
        self._same = same
        self._parts.sidebar.show_places(places(self._parts.folders.known, same))

    def _removed(self, _photos: object) -> None:
        """Photos went to the trash, or came back; the one after them is selected."""
        if not self._among_copies():
            self._reselected = self._parts.grid.current_index()
        self._parts.session.again()
        self.refresh()

    def _select_again(self) -> None:
        place, self._reselected = self._reselected, -1
        if place >= 0 and self._parts.grid.current_index() < 0:
            self._parts.grid.select(place)

    def _choose_page(self, count: int) -> None:
        """The grid, or what is said in place of an empty one."""
        parts = self._parts
        if self.place.page != LIBRARY or parts.pages.name not in (
            LIBRARY,
            "message",
            "first-run",
        ):
            return
        if count or parts.reading.running:
            parts.pages.go(LIBRARY)
        elif self.place.key != ALL.key:
            again = (tr("All photos"), self.go_all)
            self._say(
                "images", tr("No photos here"), tr("This part of the library is empty."), again
            )
        elif parts.folders.known.roots:
            self._say(
                "images",
                tr("No photos found"),
                tr("The folders of the library hold no photos that can be read."),
                (tr("Add folder…"), self._add_folder),
            )
        else:
            parts.pages.go("first-run")

    def _say(
        self, icon: str, title: str, text: str, action: tuple[str, Callable[[], object]]
    ) -> None:
        self._parts.message.say(icon, title, text, action)
        self._parts.pages.go("message")
