"""Evidence saved for papers and teaching: sheets as pictures, maps as arrays."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from lookalike.progress import CancelToken
from lookalike.ui.inspector.facts import readable
from lookalike.ui.parts import Parts
from lookalike.words import retold, tr
from lookalike.writing import save_arrays, save_picture

_SHEET: Final = tr("Sheet (*.png)")
_ARRAYS: Final = tr("Maps as arrays (*.npz)")


class Exporting(QObject):
    """Asks where to, and writes in the background; `warn` shows a sentence in a banner."""

    def __init__(self, parts: Parts, warn: Callable[[str], object]) -> None:
        super().__init__(parts.window)
        self._parts, self._warn = parts, warn

    def save_sheet(self) -> None:
        """The goal and the nearest photos, each with its evidence, as one picture."""
        library, answer = self._parts.library, self._parts.session.answer
        if answer is None or not answer.query.goals:
            return
        path = self._where(
            tr("Save goal, results and evidence"), f"{self._goal_name()}.png", (_SHEET,)
        )
        if path:
            self._write(path, lambda: save_picture(library.contact_sheet(answer), path))

    def save_match(self) -> None:
        """The selected match: goal and result with their evidence, or the maps themselves."""
        library, found = self._parts.library, self._parts.evidence.explanation
        match = self._parts.evidence.match
        if found is None or match is None:
            self._parts.status.say(tr("Select a result, and wait until its evidence is there."))
            return
        name = os.path.splitext(readable(os.path.basename(match.photo.path)))[0]
        file = tr("{goal} and {result}").format(goal=self._goal_name(), result=name) + ".png"
        path = self._where(tr("Save the evidence of this match"), file, (_SHEET, _ARRAYS))
        if path.lower().endswith(".npz"):
            maps = {"goal_evidence": found.goal_map, "result_evidence": found.result_map}
            self._write(path, lambda: save_arrays(path, **maps))
        elif path:
            self._write(path, lambda: save_picture(library.explanation_sheet(found), path))

    def _goal_name(self) -> str:
        goals = self._parts.session.query.goals
        return os.path.splitext(readable(goals[0].name))[0] if goals else tr("goal")

    def _where(self, title: str, name: str, kinds: tuple[str, ...]) -> str:
        """A path with an ending that can be written; "" if the person thought better of it."""
        path, kind = QFileDialog.getSaveFileName(self._parts.window, title, name, ";;".join(kinds))
        if path and not os.path.splitext(path)[1]:
            path += ".npz" if kind == _ARRAYS else ".png"
        return path

    def _write(self, path: str, write: Callable[[], object]) -> None:
        name = readable(os.path.basename(path))
        self._parts.status.say(tr("Saving {name}…").format(name=name))

        def work(_cancel: CancelToken) -> object:
            return write()

        def failed(error: object) -> None:
            self._warn(retold(str(error)))

        def saved(_done: object) -> None:
            self._parts.status.say(tr("Saved {name}").format(name=name))

        self._parts.jobs.read(work, saved, failed, key="export")
