"""The parts of a window, made once by `MainWindow` and handed to those who lead between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from lookalike.library import Library
from lookalike.ui.activity import StatusBar
from lookalike.ui.banner import Banners
from lookalike.ui.evidence import Evidence
from lookalike.ui.folders import Folders
from lookalike.ui.goal.goal_strip import GoalStrip
from lookalike.ui.goal.session import SearchSession
from lookalike.ui.grid.grid_view import PhotoGrid
from lookalike.ui.indexing import Reading
from lookalike.ui.inspector.inspector import Inspector
from lookalike.ui.jobs import Jobs
from lookalike.ui.later import Later
from lookalike.ui.pages.stack import Pages
from lookalike.ui.removing import Removing
from lookalike.ui.sidebar import Sidebar
from lookalike.ui.undo import UndoStack

if TYPE_CHECKING:
    from lookalike.ui.duplicates.page import DuplicatesPage
    from lookalike.ui.goal.editor import GoalEditor
    from lookalike.ui.network_page.page import NetworkPage
    from lookalike.ui.pages.message import MessagePage
    from lookalike.ui.pages.problems import ProblemsPage
    from lookalike.ui.viewer.viewer import Viewer


class LaterParts(NamedTuple):
    """What a window that opens on its photos does not show yet."""

    viewer: Later[Viewer]
    duplicates: Later[DuplicatesPage]
    problems: Later[ProblemsPage]
    network: Later[NetworkPage]
    message: Later[MessagePage]
    editor: Later[GoalEditor]


class Parts(NamedTuple):
    """What works (library to removing) and what is seen (window to later)."""

    library: Library
    jobs: Jobs
    session: SearchSession
    evidence: Evidence
    reading: Reading
    folders: Folders
    undo: UndoStack
    removing: Removing
    window: QMainWindow
    actions: dict[str, QAction]
    strip: GoalStrip
    banners: Banners
    sidebar: Sidebar
    pages: Pages
    grid: PhotoGrid
    inspector: Inspector
    status: StatusBar
    later: LaterParts

    @property
    def viewer(self) -> Viewer:
        """One photo large; made now if it was not shown before, as the rest below."""
        return self.later.viewer()

    @property
    def duplicates(self) -> DuplicatesPage:
        """The page of same pictures."""
        return self.later.duplicates()

    @property
    def message(self) -> MessagePage:
        """What is said in place of an empty grid."""
        return self.later.message()

    @property
    def editor(self) -> GoalEditor:
        """A goal of the search, opened."""
        return self.later.editor()
