"""The window: it makes the parts, puts them together, and takes what a person gives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QFileDialog, QMainWindow, QVBoxLayout, QWidget

from lookalike import settings as settings_file
from lookalike.library import Library
from lookalike.records import Changes, Match, Photo, Query
from lookalike.settings import Settings
from lookalike.ui import actions, drops, failures, icons, theme
from lookalike.ui.activity import StatusBar
from lookalike.ui.banner import Banners
from lookalike.ui.browsing import Browsing
from lookalike.ui.commands import Commands
from lookalike.ui.drop_overlay import DropOverlay
from lookalike.ui.evidence import Evidence
from lookalike.ui.evidence_tools.painting import Painting
from lookalike.ui.evidence_tools.part_menu import PartMenu
from lookalike.ui.exporting import Exporting
from lookalike.ui.folders import READ_ONLY, Folders, receipt
from lookalike.ui.goal.goal_strip import GoalStrip
from lookalike.ui.goal.session import SearchSession
from lookalike.ui.grid.grid_view import PhotoGrid
from lookalike.ui.indexing import Reading
from lookalike.ui.inspector.inspector import Inspector
from lookalike.ui.jobs import Jobs
from lookalike.ui.later import Later
from lookalike.ui.later_parts import Makers
from lookalike.ui.pages.stack import Pages
from lookalike.ui.panels import Panels
from lookalike.ui.parts import LaterParts, Parts
from lookalike.ui.peek import Peek
from lookalike.ui.photo_acts import PhotoActs
from lookalike.ui.places import LIBRARY
from lookalike.ui.removing import Removing
from lookalike.ui.sidebar import Sidebar
from lookalike.ui.undo import UndoStack
from lookalike.words import tr

if TYPE_CHECKING:
    from lookalike.ui.duplicates.page import DuplicatesPage
    from lookalike.ui.images import Mask
    from lookalike.ui.network_page.page import NetworkPage
    from lookalike.ui.pages.problems import ProblemsPage


class MainWindow(QMainWindow):
    """A library in a window. Nothing here decodes, searches or asks the database itself."""

    def __init__(self, library: Library) -> None:
        super().__init__()
        self._library = library
        settings = settings_file.load(library.paths.settings)
        theme.choose(theme.chosen(settings.theme))
        self.setWindowTitle("Lookalike")
        self.setWindowIcon(icons.icon("lookalike"))
        self.setAcceptDrops(True)
        self.parts = self._made(library, settings)
        self.panels = Panels(self.parts, settings)
        self._laid_out()
        self.browsing = Browsing(self.parts, self.panels, self.pick_folder)
        self.acts = PhotoActs(self.parts, self.browsing.current, self._warn)
        self.exporting = Exporting(self.parts, self._warn)
        evidence = self.parts.evidence
        self.peek = Peek(lambda: evidence.show(not evidence.shown))
        self.part_menu = PartMenu(self.parts.jobs, library, self.parts.session, self)
        self.painting = Painting(self.parts.jobs, library, self.parts.session, self)
        self.commands = Commands(self)
        self._connect()
        theme.dress()
        self.panels.restore()
        self.browsing.refresh()
        if not library.writable:
            refresh = (tr("Refresh"), self.browsing.refresh)
            self.parts.banners.say(READ_ONLY, key="read-only", icon="info", action=refresh)

    # --- what it is made of

    def _made(self, library: Library, settings: Settings) -> Parts:
        by_key = actions.build(self)
        jobs = Jobs(self)
        session = SearchSession(jobs, library, self)
        evidence = Evidence(jobs, library, self)
        evidence.shown, evidence.strength = settings.evidence_shown, settings.strength
        reading, undo, banners = Reading(jobs, library, self), UndoStack(self), Banners()
        removing = Removing(jobs, library, banners, undo, self)
        makers = Makers(
            self, by_key, jobs, library, session, evidence, removing, undo, self._selected,
            self.pick_folder,
        )  # fmt: skip
        later, grid = makers.parts(), PhotoGrid(jobs, library, evidence)
        pages = self._pages(makers, later, grid)
        return Parts(
            library=library,
            jobs=jobs,
            session=session,
            evidence=evidence,
            reading=reading,
            folders=Folders(jobs, library, reading, banners, undo, self),
            undo=undo,
            removing=removing,
            window=self,
            actions=by_key,
            strip=GoalStrip(session, by_key),
            banners=banners,
            sidebar=Sidebar(by_key),
            pages=pages,
            grid=grid,
            inspector=Inspector(jobs, library, evidence, by_key),
            status=StatusBar(by_key, settings.cell),
            later=later,
        )

    def _pages(self, makers: Makers, later: LaterParts, grid: PhotoGrid) -> Pages:
        pages = Pages()
        table: tuple[tuple[str, Later[QWidget]], ...] = (
            (LIBRARY, Later(lambda: grid)),
            ("first-run", Later(makers.first_run)),
            ("message", later.message),
            ("problems", later.problems),
            ("duplicates", later.duplicates),
            ("network", later.network),
            ("keys", Later(makers.keys)),
            ("viewer", later.viewer),
        )
        for name, page in table:
            pages.add(name, page)
        pages.go(LIBRARY)
        return pages

    @property
    def problems(self) -> ProblemsPage:
        """The page of files that were skipped."""
        return self.parts.later.problems()

    @property
    def network(self) -> NetworkPage:
        """The page of networks and their filters."""
        return self.parts.later.network()

    def _laid_out(self) -> None:
        page = QWidget()
        page.setObjectName("page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.parts.strip)
        column.addWidget(self.parts.banners)
        column.addWidget(self.panels.outer, 1)
        column.addWidget(self.parts.status)
        self.setCentralWidget(page)
        self._overlay, self._offer = DropOverlay(page), drops.NOTHING

    def _connect(self) -> None:
        parts = self.parts
        for failed in (
            parts.jobs.failed,
            parts.session.failed,
            parts.folders.failed,
            parts.reading.failed,
            parts.removing.failed,
            self.browsing.failed,
        ):
            failed.connect(self._failed)
        parts.strip.asked_for_file.connect(self.pick_goal)
        parts.session.did.connect(self._searched)
        parts.inspector.strength_changed.connect(parts.evidence.set_strength)
        parts.inspector.part_asked.connect(self._part_menu)
        parts.later.viewer.when_made(lambda viewer: viewer.part_asked.connect(self._part_menu))
        parts.later.viewer.when_made(lambda viewer: viewer.painted.connect(self._painted))
        self.part_menu.filters_asked.connect(self._filters_at)
        parts.evidence.shown_changed.connect(parts.actions["evidence"].setChecked)
        parts.reading.progressed.connect(self._progressed)
        parts.reading.ended.connect(self._read)
        parts.later.viewer.when_made(lambda viewer: viewer.failed.connect(self._failed))
        parts.later.duplicates.when_made(self._connect_duplicates)
        parts.later.network.when_made(self._connect_network)

    def _connect_duplicates(self, page: DuplicatesPage) -> None:
        page.finding.failed.connect(self._failed)
        page.said.connect(self.parts.status.say)

    def _connect_network(self, page: NetworkPage) -> None:
        page.failed.connect(self._failed)
        page.network_used.connect(self.parts.session.again)

    def _part_menu(self, side: int, x: float, y: float, where: QPoint) -> None:
        item = self.browsing.current()
        photo = item.photo if isinstance(item, Match) else item
        self.part_menu.open_menu(side, (x, y), photo, where)

    def _painted(self, side: int, mask: Mask, take_in: bool) -> None:
        self.painting.paint(side, mask, self._selected(), take_in=take_in)

    def _filters_at(self, photo: Photo, x: float, y: float) -> None:
        self.network.look_at(photo, (x, y))
        # Not as a place of the library: the search stays, and Esc leads back to it.
        self.browsing.show_page("network")

    def _selected(self) -> Photo | None:
        return self.acts.photo()

    # --- what a person gives

    def open_paths(self, paths: Sequence[str]) -> None:
        """Add the folders among `paths`; the first image becomes the goal."""
        self._take(drops.of_files(list(paths)))

    def pick_folder(self) -> None:
        """Ask for a folder and add it."""
        folder = QFileDialog.getExistingDirectory(self, tr("Add folder"))
        if folder:
            self.parts.folders.add([folder])

    def pick_goal(self, weight: float | None = None) -> None:
        """Ask for an image and search by it; with a weight, beside the goals there are."""
        path, _ = QFileDialog.getOpenFileName(self, tr("Open photo to search by"))
        if path:
            self._take(drops.of_files([path]), weight)

    def paste(self) -> None:
        """Search by the picture on the clipboard."""
        self._take(drops.offer(QGuiApplication.clipboard().mimeData(), dropped=False))

    def _take(self, offer: drops.Offer, weight: float | None = None) -> None:
        session, too = self.parts.session, weight is not None and self.parts.session.active
        if offer.meaning == "folder":
            self.parts.folders.add(offer.folders)
        if offer.meaning == "network":
            self.browsing.go_network()
            self.network.add_network(offer.network)
        goal = replace(offer.goal, weight=weight or 1.0) if offer.goal is not None else None
        if goal is not None and offer.image is not None:
            session.look_for_image(offer.image, goal, too=too)
        elif goal is not None:
            (session.add if too else session.look_for)(goal)
        elif offer.meaning in ("web", "nothing"):
            another = (tr("Open photo…"), self.pick_goal)
            self.parts.banners.say(offer.sentence, key="refused", action=another)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Say what a drop would do."""
        self._offer = drops.offer(event.mimeData())
        self._tell_drop(None)
        event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Over the strip's tiles it would be one goal more."""
        self._tell_drop(self._aimed_at(event.position().toPoint()))
        event.acceptProposedAction()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """It went away."""
        self._overlay.hide()
        self.parts.strip.aimed_at(None)

    def dropEvent(self, event: QDropEvent) -> None:
        """Photos become the goal (or one more of them), folders are added."""
        weight = self._aimed_at(event.position().toPoint())
        self._overlay.hide()
        self.parts.strip.aimed_at(None)
        self._take(drops.offer(event.mimeData()), weight)
        event.acceptProposedAction()

    def _aimed_at(self, point: QPoint) -> float | None:
        strip = self.parts.strip
        photo = self._offer.meaning == "photo"
        return strip.aimed_at(strip.mapFrom(self, point) if photo else None)

    def _tell_drop(self, weight: float | None) -> None:
        strip = self.parts.strip
        photo = self._offer.meaning == "photo" and strip.isVisible()
        spared = [place.translated(strip.pos()) for place in strip.targets()] if photo else []
        self._overlay.tell(drops.weighed(self._offer, weight), spared)

    # --- what comes back

    def _searched(self, name: str, before: Query) -> None:
        self.parts.undo.did(name, lambda: self.parts.session.restore(before))

    def _progressed(self) -> None:
        self.parts.status.show_work(self.parts.reading.progress, paused=self.parts.reading.paused)

    def _read(self, changes: Changes | None) -> None:
        stopped = tr("Stopped. What was done stays.")
        self.parts.status.say(stopped if changes is None else receipt(changes))
        later = self.parts.later
        later.problems.if_made(lambda page: page.refresh())
        if changes is not None and changes.any:
            later.duplicates.if_made(lambda page: page.library_changed())
        later.network.if_made(lambda page: page.refresh())

    def _failed(self, error: object) -> None:
        failures.tell(
            error,
            self.parts.banners,
            self.parts.status.say,
            {"goal": self.pick_goal, "folder": self.pick_folder, "again": self.parts.folders.add},
        )

    def _warn(self, text: str) -> None:
        self.parts.banners.say(text, key="warning", icon="triangle-alert")

    # --- Qt's events

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Letting go of S ends a peek."""
        if event.key() == Qt.Key.Key_S and not event.isAutoRepeat():
            self.peek.released()
        super().keyReleaseEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Narrow windows are laid out in another way."""
        super().resizeEvent(event)
        self.panels.resized()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop what runs; what was committed stays."""
        self.panels.close()
        self.hide()
        self.parts.reading.close()
        self.parts.later.duplicates.if_made(lambda page: page.finding.close())
        self.parts.later.network.if_made(lambda page: page.close_down())
        self.parts.jobs.close()
        event.accept()
