"""Errors as banners: one sentence, and what can be done about it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping

from lookalike.errors import (
    Cancelled,
    DataFolderError,
    FolderError,
    GoalError,
    LookalikeError,
)
from lookalike.ui import desktop
from lookalike.ui.banner import Banners
from lookalike.words import retold, tr

Ways = Mapping[str, Callable[[], object]]
"""What may help: "goal" chooses another one, "folder" another folder, "again" looks again."""


def tell(error: object, banners: Banners, say: Callable[[str], object], ways: Ways) -> None:
    """Show an error that reached the window."""
    sentence = retold(str(error))
    if isinstance(error, Cancelled):
        say(tr("Stopped. What was done stays."))
    elif isinstance(error, GoalError):
        banners.say(sentence, key="goal", action=(tr("Choose another…"), ways["goal"]))
    elif isinstance(error, FolderError):
        banners.say(sentence, key="folder", action=(tr("Add folder…"), ways["folder"]))
    elif isinstance(error, DataFolderError):
        banners.say(
            sentence, key="data", icon="triangle-alert", action=(tr("Try again"), ways["again"])
        )
    elif isinstance(error, LookalikeError):
        banners.say(sentence, icon="triangle-alert")
    else:
        _defect(error, banners)


def _defect(error: object, banners: Banners) -> None:
    """Not foreseen: what a person can send to those who mend it."""
    details = (
        "".join(traceback.format_exception(error))
        if isinstance(error, BaseException)
        else str(error)
    )
    banners.say(
        tr(
            "Something went wrong inside Lookalike ({error}). Your photos and your library are as "
            "they were."
        ).format(error=type(error).__name__),
        key="defect",
        icon="triangle-alert",
        action=(tr("Copy details"), lambda: desktop.copy_text(details)),
    )
