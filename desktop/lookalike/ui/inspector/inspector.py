"""The inspector: a photo's facts; for a match, goal and result with their evidence."""

from __future__ import annotations

import os

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from lookalike.library import Explanation, Library
from lookalike.progress import CancelToken
from lookalike.records import Match, Photo, Query
from lookalike.ui.jobs import Jobs


class PictureLabel(QLabel):
    """A picture that keeps its aspect and fills the width it is given."""

    def __init__(self) -> None:
        super().__init__()
        self._pixmap = QPixmap()
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def show_picture(self, picture: np.ndarray) -> None:
        """Show uint8 [H, W, 3]."""
        height, width = picture.shape[:2]
        data = np.ascontiguousarray(picture)
        image = QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._pixmap = QPixmap.fromImage(image.copy())
        self._fit()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Fit again."""
        self._fit()

    def _fit(self) -> None:
        if self._pixmap.isNull():
            return
        ratio = self.devicePixelRatioF()
        size = self._pixmap.size().scaled(
            QSize(max(1, self.width()), 320), Qt.AspectRatioMode.KeepAspectRatio
        )
        fitted = self._pixmap.scaled(
            size * ratio,
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        fitted.setDevicePixelRatio(ratio)
        self.setPixmap(fitted)


class Inspector(QScrollArea):
    """Shows the selection; evidence is computed in a reader and toggled by `toggle_evidence`."""

    def __init__(self, jobs: Jobs, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._library = jobs, library
        self._explanation: Explanation | None = None
        self._evidence_shown = True
        self._numbers, self._facts = QLabel(), QLabel()
        self._goal, self._result = PictureLabel(), PictureLabel()
        self._legend = QLabel(
            '<span style="color:#ff9f1c">■</span> spoke for the match &nbsp; '
            '<span style="color:#3da5ff">■</span> spoke against it'
        )
        panel = QWidget()
        panel.setObjectName("panel")
        column = QVBoxLayout(panel)
        column.setContentsMargins(16, 16, 16, 16)
        for widget in (self._goal, self._result, self._legend, self._numbers, self._facts):
            column.addWidget(widget)
        column.addStretch(1)
        self._facts.setObjectName("secondary")
        for label in (self._facts, self._numbers, self._legend):
            label.setWordWrap(True)
        self.setWidget(panel)
        self.setWidgetResizable(True)
        self.setMinimumWidth(300)
        self.clear()

    def clear(self) -> None:
        """Show nothing."""
        self._explanation = None
        for widget in (self._goal, self._result, self._legend, self._numbers):
            widget.hide()
        self._facts.setText("Select a photo to see what is known of it.")

    def show_photo(self, photo: Photo) -> None:
        """Show one photo and its facts."""
        self._explanation = None
        self._goal.hide()
        self._legend.hide()
        self._numbers.hide()
        self._facts.setText(_facts(photo))
        self._jobs.read(
            lambda _cancel: self._library.picture(photo, 1024),
            self._show_result,
            lambda error: self._facts.setText(str(error)),
            key="inspector",
        )

    def show_match(self, query: Query, match: Match) -> None:
        """Show goal and result with the evidence of their match."""
        self._facts.setText(_facts(match.photo))
        self._numbers.setText(f"score {match.score:.3f} · looking closer…")
        self._numbers.show()

        def explain(cancel: CancelToken) -> Explanation:
            return self._library.explain(query, match.photo, check=True, cancel=cancel)

        self._jobs.read(
            explain, self._explained, lambda e: self._numbers.setText(str(e)), key="inspector"
        )

    def toggle_evidence(self) -> None:
        """Lay the evidence over the pictures, or take it off."""
        self._evidence_shown = not self._evidence_shown
        if self._explanation is not None:
            self._explained(self._explanation)

    def _show_result(self, picture: np.ndarray) -> None:
        self._result.show()
        self._result.show_picture(picture)

    def _explained(self, found: Explanation) -> None:
        self._explanation = found
        goal, result = found.goal_picture, found.result_picture
        if self._evidence_shown:
            goal, result = self._library.overlays(found)
        self._goal.show()
        self._goal.show_picture(goal)
        self._show_result(result)
        self._legend.setVisible(self._evidence_shown)
        check = found.check
        self._numbers.setText(
            f"score {found.score:.3f}<br>helped {found.positive:+.3f} · hurt "
            f"{found.negative:+.3f} · not told by place {found.baseline:+.3f}<br>"
            f"covering the strongest fifth takes {check.get('fall', 0):.3f}, "
            f"a random fifth {check.get('random_fall', 0):.3f}"
        )
        self._numbers.show()


def _facts(photo: Photo) -> str:
    facts = photo.facts
    lines = [os.path.basename(photo.path), os.path.dirname(photo.path)]
    lines.append(f"{facts.width} × {facts.height} · {facts.format} · {photo.size / 1e6:.1f} MB")
    lines += [facts.camera] if facts.camera else []
    lines += ["offline"] if photo.offline else []
    text = "\n".join(lines)
    return text.encode("utf-8", "replace").decode()
