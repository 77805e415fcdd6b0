"""Everything a person can do, as data: menu, words, keys. One table makes the menus.

Its words are English; they are translated where the menus are made.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from lookalike.ui.desktop import SHOW_IN
from lookalike.words import tr


class Act(NamedTuple):
    """One action. `local` keys count only where the window attaches it (see `attach`)."""

    key: str
    menu: str
    text: str
    keys: tuple[str, ...] = ()
    checkable: bool = False
    local: bool = False
    line_before: bool = False
    repeats: bool = True


ACTS: Final = (
    Act("add_folder", "&Library", "&Add folder…", ("Ctrl+Shift+O",)),
    Act("rescan", "&Library", "&Look for new photos", ("F5",)),
    Act("forget_folder", "&Library", "&Remove this folder from the library", ("Ctrl+Delete",)),
    Act("pause", "&Library", "Pa&use reading", ("Ctrl+Shift+P",), checkable=True, line_before=True),
    Act("stop", "&Library", "&Stop reading or looking closer", ("Ctrl+.",)),
    Act("quit", "&Library", "&Quit", ("Ctrl+Q",), line_before=True),
    Act("undo", "&Edit", "&Undo", ("Ctrl+Z",)),
    Act("copy_image", "&Edit", "&Copy image", ("Ctrl+C",), line_before=True),
    Act("copy_path", "&Edit", "Copy &path", ("Ctrl+Shift+C",)),
    Act("paste", "&Edit", "Paste photo to &search by", ("Ctrl+V",)),
    Act("open_goal", "&Search", "&Open photo to search by…", ("Ctrl+O",)),
    Act("add_goal", "&Search", "Open &another photo to search by too…", ("Ctrl+Alt+O",)),
    Act("edit_goal", "&Search", "&Edit the goal: a part of it, its weight", ("E",)),
    Act("words", "&Search", "Search by &words", ("Ctrl+F",)),
    Act("places", "&Search", "Look &inside photos too", ("Ctrl+I",), checkable=True),
    Act("find_similar", "&Search", "&Find similar", ("Ctrl+G", "G")),
    Act("more_like", "&Search", "&More like this", ("M",)),
    Act("less_like", "&Search", "&Less like this", ("L",)),
    Act("paint_in", "&Search", "&Paint what should count", ("B",), checkable=True, local=True),
    Act(
        "paint_out",
        "&Search",
        "Paint what should &not count",
        ("Shift+B",),
        checkable=True,
        local=True,
    ),
    Act("clear", "&Search", "&End search", ("Ctrl+Backspace",), line_before=True),
    Act("save_sheet", "&Search", "&Save the results’ sheet…", ("Ctrl+S",), line_before=True),
    Act("save_match", "&Search", "Save the selected match’s e&vidence…", ("Ctrl+Shift+S",)),
    Act("preview", "&Photo", "&Preview", ("Space",), local=True),
    Act("open", "&Photo", "&View large", ("Return", "Enter"), local=True),
    Act("previous", "&Photo", "P&revious photo", ("Left",), local=True),
    Act("next", "&Photo", "&Next photo", ("Right",), local=True),
    Act("open_file", "&Photo", "&Open with its program", ("Ctrl+Return",), line_before=True),
    Act("reveal", "&Photo", SHOW_IN, ("Ctrl+R",)),
    Act("stack", "&Photo", "Open or close the &stack", ("K",)),
    Act("trash", "&Photo", "Move to the &trash", ("Delete",), local=True, line_before=True),
    Act("mark", "S&ame pictures", "&Mark to go", ("X",)),
    Act("mark_all_but_best", "S&ame pictures", "Mark all but the &best", ("Ctrl+Shift+B",)),
    Act("mark_all_but_largest", "S&ame pictures", "Mark all but the &largest", ("Ctrl+Shift+L",)),
    Act("mark_all_but_oldest", "S&ame pictures", "Mark all but the &oldest", ("Ctrl+Shift+U",)),
    Act("clear_marks", "S&ame pictures", "&Clear marks", ("Ctrl+Shift+X",)),
    Act("not_same", "S&ame pictures", "&Not the same as the others", ("D",), line_before=True),
    Act("not_same_group", "S&ame pictures", "None of this &group is the same", ("Shift+D",)),
    Act("evidence", "&View", "&Evidence", ("S",), checkable=True, repeats=False),
    Act("compare", "&View", "&Compare with the goal", ("F",), repeats=False),
    Act("zoom_in", "&View", "Zoom &in", ("+", "="), local=True, line_before=True),
    Act("zoom_out", "&View", "Zoom &out", ("-",), local=True),
    Act("actual", "&View", "&100 %", ("1", "Ctrl+1"), local=True),
    Act("fit", "&View", "&Fit", ("0", "Ctrl+0"), local=True),
    Act("larger", "&View", "&Larger thumbnails", ("Ctrl++", "Ctrl+="), line_before=True),
    Act("smaller", "&View", "S&maller thumbnails", ("Ctrl+-",)),
    Act("stacked", "&View", "S&tack same pictures", ("Ctrl+K",), checkable=True),
    Act("whole", "&View", "&Whole photos", ("W",), checkable=True),
    Act("sidebar", "&View", "&Sidebar", ("Ctrl+B", "F9"), checkable=True, line_before=True),
    Act("inspector", "&View", "Ins&pector", ("I",), checkable=True),
    Act("full_screen", "&View", "F&ull screen", ("F11",), checkable=True),
    Act("theme_system", "&View/&Theme", "As the &system", checkable=True),
    Act("theme_light", "&View/&Theme", "&Light", checkable=True),
    Act("theme_dark", "&View/&Theme", "&Dark", checkable=True),
    Act("theme", "&View/&Theme", "Light or dark", ("Ctrl+T",), line_before=True),
    Act("back", "&Go", "&Back", ("Escape",)),
    Act("all", "&Go", "&All photos", ("Alt+Home",)),
    Act("duplicates", "&Go", "&Same pictures", ("Ctrl+D",)),
    Act("problems", "&Go", "&Problems", ("Ctrl+Shift+E",)),
    Act("network", "&Go", "&Network", ("N",)),
    Act("keys", "&Help", "&Keys", ("F1",)),
)


def build(window: QMainWindow) -> dict[str, QAction]:
    """Make the menu bar of `window`; the actions by key, tied to nothing yet."""
    made: dict[str, QAction] = {}
    menus: dict[str, QMenu] = {}
    for act in ACTS:
        action = QAction(tr(act.text), window)
        action.setShortcuts([QKeySequence(key) for key in act.keys])
        action.setCheckable(act.checkable)
        if act.local:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setAutoRepeat(act.repeats)
        menu = _menu(window, menus, tr(act.menu))
        if act.line_before:
            menu.addSeparator()
        menu.addAction(action)
        made[act.key] = action
    themes = QActionGroup(window)
    for key in ("theme_system", "theme_light", "theme_dark"):
        themes.addAction(made[key])
    return made


def _menu(window: QMainWindow, menus: dict[str, QMenu], path: str) -> QMenu:
    if path not in menus:
        above, _, name = path.rpartition("/")
        menus[path] = (
            _menu(window, menus, above).addMenu(name) if above else window.menuBar().addMenu(name)
        )
        menus[path].setProperty("checks", any(a.checkable for a in ACTS if tr(a.menu) == path))
    return menus[path]
