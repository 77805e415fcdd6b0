"""What a drop or a paste means: a photo to search by, folders to add, or nothing we can use."""

from __future__ import annotations

import os
from typing import Final, Literal, NamedTuple

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage

from lookalike.records import Goal
from lookalike.ui.grid.moves import PHOTO_MIME
from lookalike.words import in_figures, ntr, tr

Meaning = Literal["photo", "folder", "network", "web", "nothing"]

WEB_REFUSED: Final = tr(
    "Lookalike opens no web addresses. Save the picture first, or copy it and paste it here."
)
NOTHING_TO_TAKE: Final = tr("There is no picture or folder in what was dropped or pasted.")
# The file's own bytes, before Qt's decoded copy: nothing is lost and nothing needs encoding.
_FORMATS: Final = ("image/png", "image/jpeg", "image/webp", "image/avif", "image/tiff", "image/bmp")


class Offer(NamedTuple):
    """What would be done with it, and the words for it."""

    meaning: Meaning
    sentence: str
    goal: Goal | None = None
    image: QImage | None = None
    folders: tuple[str, ...] = ()
    network: str = ""


NOTHING: Final = Offer("nothing", NOTHING_TO_TAKE)


def weighed(offer: Offer, weight: float | None) -> Offer:
    """What an offer means as one goal more; None: as the only one."""
    if weight is None:
        return offer
    sentence = tr("Less like this photo") if weight < 0 else tr("More like this, too")
    return offer._replace(sentence=sentence)


def offer(mime: QMimeData, *, dropped: bool = True) -> Offer:
    """Read what a drag, a drop or the clipboard holds."""
    if mime.hasFormat(PHOTO_MIME):
        number = int(bytes(mime.data(PHOTO_MIME).data()))
        name = _name(mime.urls()[0].toLocalFile()) if mime.urls() else tr("a photo of the library")
        return Offer("photo", tr("Search by this photo"), Goal(photo_id=number, name=name))
    files = [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]
    if files:
        return of_files(files)
    word = tr("the dropped picture") if dropped else tr("the pasted picture")
    for kind in _FORMATS:
        if mime.hasFormat(kind) and not mime.data(kind).isEmpty():
            goal = Goal(data=bytes(mime.data(kind).data()), name=word)
            return Offer("photo", tr("Search by this picture"), goal)
    if mime.hasImage():
        image = mime.imageData()
        if isinstance(image, QImage) and not image.isNull():
            return Offer("photo", tr("Search by this picture"), Goal(name=word), image)
    if mime.hasUrls() or mime.text().startswith(("http://", "https://")):
        return Offer("web", WEB_REFUSED)
    text = mime.text().strip().strip('"')
    if text and os.path.isabs(text) and os.path.exists(text):
        return of_files([text])
    return NOTHING


def of_files(files: list[str]) -> Offer:
    """What files and folders mean: folders are added, else the first photo becomes the goal."""
    folders = tuple(path for path in files if os.path.isdir(path))
    networks = [path for path in files if path.lower().endswith(".onnx")]
    if networks and not folders:
        sentence = tr("Add the network “{name}”").format(name=_name(networks[0]))
        return Offer("network", sentence, network=networks[0])
    photos = [path for path in files if path not in folders]
    goal = Goal(path=photos[0], name=_name(photos[0])) if photos else None
    if folders:
        words = ntr("Add folder “{name}”", "Add {count} folders", len(folders))
        sentence = words.format(name=_name(folders[0]), count=in_figures(len(folders)))
        return Offer("folder", sentence, goal, folders=folders)
    return Offer("photo", tr("Search by this photo"), goal)


def _name(path: str) -> str:
    return os.fsencode(os.path.basename(path.rstrip(os.sep)) or path).decode("utf-8", "replace")
