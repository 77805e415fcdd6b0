"""How a network that is to be added takes its pictures; what is left empty is recognised."""

from __future__ import annotations

import os
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from lookalike.records.networks import Layout, NetworkInput, Order, Three
from lookalike.ui.inspector.facts import readable
from lookalike.words import tr

_FIELDS = (
    ("name", tr("Name"), tr("the file's own")),
    ("mean", tr("Mean"), tr("recognised, or such as 0.485, 0.456, 0.406")),
    ("std", tr("Deviation"), tr("recognised, or such as 0.229, 0.224, 0.225")),
    ("size", tr("Input size"), tr("recognised, in pixels")),
    ("layout", tr("Layout"), tr("recognised, or NCHW or NHWC")),
    ("order", tr("Colours"), tr("RGB, or BGR")),
    ("labels", tr("Labels"), tr("a file with one class name a line")),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was filled in."""

    file: str
    name: str
    given: NetworkInput
    labels: str

    @property
    def shown_name(self) -> str:
        """What to call it while it is read."""
        return self.name or readable(os.path.basename(self.file))


class AddForm(QWidget):
    """A small form. `asked` when the person wants it added; wrong numbers are said in place."""

    asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._file = ""
        self._title, self._wrong = QLabel(), QLabel()
        self._wrong.setObjectName("secondary")
        self._wrong.setWordWrap(True)
        self.fields: dict[str, QLineEdit] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.addWidget(self._title, 0, 0, 1, 4)
        for number, (key, text, hint) in enumerate(_FIELDS):
            row, side = 1 + number // 2, 2 * (number % 2)
            label, field = QLabel(text), QLineEdit()
            label.setObjectName("secondary")
            field.setPlaceholderText(hint)
            field.setAccessibleName(text)
            field.returnPressed.connect(self._ask)
            label.setBuddy(field)
            self.fields[key] = field
            grid.addWidget(label, row, side)
            grid.addWidget(field, row, side + 1)
        labels = QPushButton(tr("Choose labels…"))
        labels.clicked.connect(self._pick_labels)
        add, away = QPushButton(tr("Add")), QPushButton(tr("Cancel"))
        add.setObjectName("primary")
        add.clicked.connect(self._ask)
        away.clicked.connect(self.hide)
        buttons = QHBoxLayout()
        buttons.addWidget(self._wrong, 1)
        for button in (labels, away, add):
            buttons.addWidget(button)
        grid.addLayout(buttons, 5, 0, 1, 4)

    def ask(self, path: str) -> None:
        """Show the form for a file."""
        self._file = path
        self._title.setText(tr("Add {file}").format(file=readable(os.path.basename(path))))
        self._wrong.setText(tr("What you leave empty is recognised from the file."))
        for field in self.fields.values():
            field.clear()
        self.show()
        self.fields["name"].setFocus()

    def given(self) -> Asked:
        """What was filled in; raises ValueError with a sentence."""
        texts = {key: field.text().strip() for key, field in self.fields.items()}
        size = texts["size"]
        if size and not (size.isascii() and size.isdigit() and int(size)):
            raise ValueError(tr("The input size is a whole number of pixels."))
        layout = _one_of(texts["layout"], ("NCHW", "NHWC"), tr("The layout is NCHW or NHWC."))
        order = _one_of(texts["order"], ("RGB", "BGR"), tr("The order of colours is RGB or BGR."))
        given = NetworkInput(
            _three(texts["mean"], tr("The mean is one number, or three with commas.")),
            _three(texts["std"], tr("The deviation is one number, or three with commas.")),
            int(size) if size else None,
            layout,  # type: ignore[arg-type]
            order,  # type: ignore[arg-type]
        )
        return Asked(self._file, texts["name"], given, texts["labels"])

    def _ask(self) -> None:
        try:
            self.given()
        except ValueError as error:
            self._wrong.setText(str(error))
            return
        self.asked.emit()

    def _pick_labels(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("Labels, one class name a line"))
        if path:
            self.fields["labels"].setText(path)


def _three(text: str, sentence: str) -> Three | None:
    if not text:
        return None
    try:
        numbers = [float(part) for part in text.replace(";", ",").split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 3):
        raise ValueError(sentence)
    red, green, blue = numbers * 3 if len(numbers) == 1 else numbers
    return red, green, blue


def _one_of(text: str, known: tuple[str, ...], sentence: str) -> Layout | Order | None:
    if not text:
        return None
    if text.upper() not in known:
        raise ValueError(sentence)
    return text.upper()  # type: ignore[return-value]
