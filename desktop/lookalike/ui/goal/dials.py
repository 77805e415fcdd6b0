"""The dials of a search: from texture to meaning, and how much style counts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QSlider, QWidget

from lookalike.ui.goal.session import SearchSession
from lookalike.words import tr


class Dials(QWidget):
    """While a dial is dragged each answer comes at once; let go, it is looked at closer."""

    def __init__(self, session: SearchSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setRowStretch(0, 1)
        grid.setRowStretch(3, 1)
        self.depth_dial = _slider(tr("From texture to meaning"))
        self.depth_dial.setToolTip(tr("What likeness is: fine texture, or what the photo shows"))
        self.style_dial = _slider(tr("How much style counts"))
        self.style_dial.setToolTip(
            tr("How much the photo's style counts: colours, light, brushwork")
        )
        rows = (
            (self.depth_dial, tr("texture"), tr("meaning")),
            (self.style_dial, tr("any style"), tr("same style")),
        )
        for row, (slider, low, high) in enumerate(rows, start=1):
            grid.addWidget(_label(low), row, 0, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(slider, row, 1)
            grid.addWidget(_label(high), row, 2, Qt.AlignmentFlag.AlignLeft)
            slider.sliderPressed.connect(lambda: session.hold(held=True))
            slider.sliderReleased.connect(lambda: session.hold(held=False))
        self.depth_dial.valueChanged.connect(lambda value: session.set_depth(value / 100))
        self.style_dial.valueChanged.connect(lambda value: session.set_style(value / 100))

    def fit(self, *, narrow: bool) -> None:
        """Shorter dials in a narrow window."""
        for slider in (self.depth_dial, self.style_dial):
            slider.setFixedWidth(72 if narrow else 112)

    def follow(self) -> None:
        """Show what is asked now."""
        query = self._session.query
        for slider, value in ((self.depth_dial, query.depth), (self.style_dial, query.style)):
            if slider.value() != round(value * 100) and not slider.isSliderDown():
                slider.blockSignals(True)
                slider.setValue(round(value * 100))
                slider.blockSignals(False)


def _slider(name: str) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(0, 100)
    slider.setPageStep(20)
    slider.setSingleStep(5)
    slider.setAccessibleName(name)
    return slider


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("secondary")
    return label
