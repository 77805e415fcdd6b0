"""The parts of a window, made once by `MainWindow` and handed to those who lead between them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from lookalike.library import Library
from lookalike.ui.activity import StatusBar
from lookalike.ui.banner import Banners
from lookalike.ui.duplicates.page import DuplicatesPage
from lookalike.ui.evidence import Evidence
from lookalike.ui.folders import Folders
from lookalike.ui.goal.editor import GoalEditor
from lookalike.ui.goal.goal_strip import GoalStrip
from lookalike.ui.goal.session import SearchSession
from lookalike.ui.grid.grid_view import PhotoGrid
from lookalike.ui.indexing import Reading
from lookalike.ui.inspector.inspector import Inspector
from lookalike.ui.jobs import Jobs
from lookalike.ui.pages.message import MessagePage
from lookalike.ui.pages.stack import Pages
from lookalike.ui.removing import Removing
from lookalike.ui.sidebar import Sidebar
from lookalike.ui.undo import UndoStack
from lookalike.ui.viewer.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Parts:
    """What works (library to undo) and what is seen (window to message)."""

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
    editor: GoalEditor
    banners: Banners
    sidebar: Sidebar
    pages: Pages
    grid: PhotoGrid
    viewer: Viewer
    duplicates: DuplicatesPage
    inspector: Inspector
    status: StatusBar
    message: MessagePage
