"""What each action does, and when it makes sense."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu, QWidget

from lookalike.records import Match
from lookalike.ui import theme
from lookalike.ui.places import Place
from lookalike.words import tr

if TYPE_CHECKING:
    from lookalike.ui.main_window import MainWindow

_SEARCH: Final = ("find_similar", "more_like", "less_like")
_FILE: Final = ("open_file", "reveal", "copy_image", "copy_path")
_MARKS: Final = (
    "mark",
    "mark_all_but_best",
    "mark_all_but_largest",
    "mark_all_but_oldest",
    "clear_marks",
    "not_same",
    "not_same_group",
)
_CELLS: Final = ("preview", "open", "trash")
_VIEWER: Final = (
    "previous",
    "next",
    "zoom_in",
    "zoom_out",
    "actual",
    "fit",
    "paint_in",
    "paint_out",
)


class Commands(QObject):
    """Ties the actions of a window to what they do."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._parts = window.parts
        for key, handler in self._handlers().items():
            # Qt would hand over whether the action is checked.
            self._parts.actions[key].triggered.connect(lambda *_, handler=handler: handler())
        self._give(self._parts.grid, _CELLS)
        later = self._parts.later
        later.duplicates.when_made(lambda page: self._give(page.list, _CELLS))
        later.viewer.when_made(lambda viewer: self._give(viewer, ("trash", *_VIEWER)))
        window.browsing.changed.connect(self.enable)
        for signal in (self._parts.session.changed, self._parts.session.asked):
            signal.connect(self.enable)
        self._parts.undo.changed.connect(self.enable)
        self._parts.reading.progressed.connect(self.enable)
        self._parts.grid.menu_asked.connect(self._photo_menu)
        later.duplicates.when_made(lambda page: page.list.menu_asked.connect(self._copy_menu))
        self._parts.sidebar.menu_asked.connect(self._folder_menu)
        self.enable()

    def _give(self, view: QWidget, keys: Sequence[str]) -> None:
        """Actions whose keys count while `view` has the focus."""
        for key in keys:
            view.addAction(self._parts.actions[key])

    def _handlers(self) -> dict[str, Callable[[], object]]:
        window, parts, panels = self._window, self._parts, self._window.panels
        browsing, acts = window.browsing, window.acts
        return {
            "add_folder": window.pick_folder,
            "rescan": parts.folders.add,
            "forget_folder": self._forget,
            "pause": parts.reading.toggle_pause,
            "stop": self._stop,
            "quit": window.close,
            "undo": parts.undo.undo,
            "copy_image": acts.copy_image,
            "copy_path": acts.copy_path,
            "paste": window.paste,
            "open_goal": window.pick_goal,
            "add_goal": lambda: window.pick_goal(1.0),
            "edit_goal": browsing.edit_goal,
            "places": self._look_inside,
            "words": parts.strip.words.enter,
            "find_similar": acts.find_similar,
            "more_like": acts.more_like,
            "less_like": acts.less_like,
            "clear": parts.session.clear,
            "save_sheet": window.exporting.save_sheet,
            "save_match": window.exporting.save_match,
            "preview": browsing.view,
            "open": browsing.view,
            "previous": lambda: browsing.step(-1),
            "next": lambda: browsing.step(1),
            "trash": acts.trash,
            "mark": self._mark,
            "mark_all_but_best": lambda: parts.duplicates.mark_all_but("best"),
            "mark_all_but_largest": lambda: parts.duplicates.mark_all_but("largest"),
            "mark_all_but_oldest": lambda: parts.duplicates.mark_all_but("oldest"),
            "clear_marks": lambda: parts.duplicates.marks.mark(()),
            "not_same": lambda: parts.duplicates.not_the_same(whole_group=False),
            "not_same_group": lambda: parts.duplicates.not_the_same(whole_group=True),
            "open_file": acts.open_file,
            "reveal": acts.reveal,
            "evidence": window.peek.pressed,
            "compare": browsing.compare,
            "paint_in": lambda: self._paint("in"),
            "paint_out": lambda: self._paint("out"),
            "zoom_in": lambda: parts.viewer.canvas.zoom_by(1),
            "zoom_out": lambda: parts.viewer.canvas.zoom_by(-1),
            "actual": lambda: parts.viewer.canvas.zoom_to(1.0),
            "fit": self._fit,
            "larger": lambda: parts.status.larger(1),
            "smaller": lambda: parts.status.larger(-1),
            "whole": panels.fit_cells,
            "stacked": panels.fit_cells,
            "stack": parts.grid.toggle_stack,
            "sidebar": panels.show,
            "inspector": panels.show,
            "full_screen": panels.full_screen,
            "theme_system": lambda: panels.set_theme("system"),
            "theme_light": lambda: panels.set_theme("light"),
            "theme_dark": lambda: panels.set_theme("dark"),
            "theme": self._other_theme,
            "back": browsing.back,
            "all": browsing.go_all,
            "duplicates": browsing.go_duplicates,
            "problems": browsing.go_problems,
            "network": browsing.go_network,
            "keys": lambda: browsing.show_page("keys"),
        }

    def enable(self) -> None:
        """Actions that make no sense now are grey; some say what they would do."""
        parts = self._parts
        item, actions = self._window.browsing.current(), parts.actions
        marking = parts.pages.name == "duplicates" and item is not None
        reading, searching = parts.reading.running, parts.session.active
        possible = {
            **dict.fromkeys(("preview", "open", *_SEARCH, *_FILE), item is not None),
            **dict.fromkeys(_VIEWER, parts.pages.name == "viewer"),
            **dict.fromkeys(_MARKS, marking),
            "trash": item is not None or marking,
            "stack": parts.pages.name == "library" and parts.grid.group() is not None,
            "compare": self._window.browsing.compared_with() is not None,
            "less_like": item is not None and searching,
            **dict.fromkeys(("clear", "add_goal"), searching),
            "save_sheet": bool(parts.session.query.goals and parts.session.answer),
            "save_match": isinstance(item, Match) and bool(parts.session.query.goals),
            "words": parts.pages.name not in ("viewer", "first-run"),
            "edit_goal": bool(parts.session.query.goals) and parts.pages.name != "viewer",
            "pause": reading,
            "stop": reading or parts.session.looking_closer,
            "places": bool(parts.session.query.goals),
            "undo": bool(parts.undo.name),
            "forget_folder": bool(self._window.browsing.place.folder),
        }
        for key, on in possible.items():
            actions[key].setEnabled(on)
        actions["places"].setChecked(parts.session.query.places)
        paused = parts.reading.paused
        actions["pause"].setChecked(paused)
        actions["pause"].setText(tr("Go on reading") if paused else tr("Pa&use reading"))
        name = parts.undo.name
        actions["undo"].setText(tr("&Undo {name}").format(name=name) if name else tr("&Undo"))

    def _mark(self) -> None:
        self._parts.duplicates.toggle_mark()

    def _fit(self) -> None:
        self._parts.viewer.canvas.fit()

    def _forget(self) -> None:
        folder = self._window.browsing.place.folder
        if folder:
            self._window.browsing.go_all()
            self._parts.folders.forget(folder)

    def _stop(self) -> None:
        self._parts.session.stop_looking()
        self._parts.reading.stop()

    def _paint(self, hand: str) -> None:
        """Take a brush; the same key puts it down again."""
        viewer = self._parts.viewer
        viewer.painting.take("" if viewer.painting.hand == hand else hand)

    def _look_inside(self) -> None:
        self._parts.session.set_places(places=self._parts.actions["places"].isChecked())

    def _other_theme(self) -> None:
        self._window.panels.set_theme("light" if theme.current() == theme.DARK else "dark")

    def _photo_menu(self, point: QPoint) -> None:
        self._popup([("open",), _SEARCH, _FILE, ("trash",)], point)

    def _copy_menu(self, point: QPoint) -> None:
        marks = ("mark", "not_same", "not_same_group")
        self._popup([("open", "compare"), marks, _SEARCH[:1], _FILE, ("trash",)], point)

    def _folder_menu(self, place: Place, point: QPoint) -> None:
        self._window.browsing.go(place)
        if place.folder:
            self._popup([("rescan", "forget_folder")], point)

    def _popup(self, groups: Sequence[Sequence[str]], point: QPoint) -> None:
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for group in groups:
            menu.addSeparator()
            for key in group:
                menu.addAction(self._parts.actions[key])
        menu.popup(point)
