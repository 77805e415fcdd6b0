"""How the parts that a window shows later are made: imported and built when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from lookalike.library import Library
from lookalike.records import Photo
from lookalike.ui.evidence import Evidence
from lookalike.ui.goal.session import SearchSession
from lookalike.ui.jobs import Jobs
from lookalike.ui.later import Later
from lookalike.ui.parts import LaterParts
from lookalike.ui.removing import Removing
from lookalike.ui.undo import UndoStack

if TYPE_CHECKING:
    from lookalike.ui.duplicates.page import DuplicatesPage
    from lookalike.ui.goal.editor import GoalEditor
    from lookalike.ui.network_page.page import NetworkPage
    from lookalike.ui.pages.keys import KeysPage
    from lookalike.ui.pages.message import FirstRunPage, MessagePage
    from lookalike.ui.pages.problems import ProblemsPage
    from lookalike.ui.viewer.viewer import Viewer


class Makers(NamedTuple):
    """What they are made from, and how: a method each."""

    window: QMainWindow
    actions: dict[str, QAction]
    jobs: Jobs
    library: Library
    session: SearchSession
    evidence: Evidence
    removing: Removing
    undo: UndoStack
    selected: Callable[[], Photo | None]
    add_folder: Callable[[], object]

    def parts(self) -> LaterParts:
        """All that others know of."""
        return LaterParts(
            viewer=Later(self._viewer),
            duplicates=Later(self._duplicates),
            problems=Later(self._problems),
            network=Later(self._network),
            message=Later(self._message),
            editor=Later(self._editor),
        )

    def first_run(self) -> FirstRunPage:
        """What an empty library shows."""
        from lookalike.ui.pages.message import FirstRunPage

        return FirstRunPage(self.add_folder)

    def keys(self) -> KeysPage:
        """The table of keys."""
        from lookalike.ui.pages.keys import KeysPage

        return KeysPage(self.actions)

    def _viewer(self) -> Viewer:
        from lookalike.ui.viewer.viewer import Viewer

        return Viewer(self.jobs, self.library, self.evidence, self.actions)

    def _duplicates(self) -> DuplicatesPage:
        from lookalike.ui.duplicates.page import DuplicatesPage

        return DuplicatesPage(self.jobs, self.library, self.removing, self.actions)

    def _problems(self) -> ProblemsPage:
        from lookalike.ui.pages.problems import ProblemsPage

        return ProblemsPage(self.jobs, self.library, self.actions)

    def _network(self) -> NetworkPage:
        from lookalike.ui.network_page.page import NetworkPage

        return NetworkPage(self.jobs, self.library, self.undo, self.selected)

    def _message(self) -> MessagePage:
        from lookalike.ui.pages.message import MessagePage

        return MessagePage()

    def _editor(self) -> GoalEditor:
        from lookalike.ui.goal.editor import GoalEditor

        return GoalEditor(self.jobs, self.library, self.session, self.window.centralWidget())
