"""Pictures between numpy and Qt. Safe in any thread: QImage only, never QPixmap."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Picture = NDArray[np.uint8]
    Mask = NDArray[np.bool_]


def to_image(picture: Picture) -> QImage:
    """uint8 [H, W, 3] as an image of its own, in the format that paints fastest."""
    import numpy as np

    data = np.ascontiguousarray(picture)
    height, width = data.shape[:2]
    image = QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return image.convertToFormat(QImage.Format.Format_RGB32)


def to_mask(image: QImage) -> Mask:
    """Where a grey image is light, bool [H, W]."""
    import numpy as np

    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return np.asarray(rows[:, : grey.width()] > 127, np.bool_)


def shade(mask: Mask, colour: QColor) -> QImage:
    """`colour` where `mask` bool [H, W] is, nothing elsewhere."""
    import numpy as np

    height, width = mask.shape
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[mask] = (colour.red(), colour.green(), colour.blue(), colour.alpha())
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def to_bytes(image: QImage) -> bytes:
    """A file that every decoder reads, made fast: an uncompressed bitmap."""
    from PIL import Image

    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    size = (plain.width(), plain.height())
    made = Image.frombuffer(
        "RGB", size, bytes(plain.constBits()), "raw", "RGB", plain.bytesPerLine(), 1
    )
    file = io.BytesIO()
    made.save(file, "BMP")
    return file.getvalue()


def opened(jpeg: bytes) -> Picture | None:
    """A thumbnail uint8 [H, W, 3]; None if it cannot be read."""
    import numpy as np

    image = _opened(jpeg)
    return None if image is None else np.array(image)


def fitted(source: bytes | Picture, side: int, *, whole: bool) -> QImage:
    """A thumbnail for a cell of `side` device pixels: its middle square, or the whole of it.

    An empty image if it cannot be read.
    """
    from PIL import Image

    image = _opened(source) if isinstance(source, bytes) else Image.fromarray(source)
    if image is None:
        return QImage()
    width, height = image.size
    if whole:
        scale = side / max(width, height)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        scaled = image.resize(size, Image.Resampling.BICUBIC)
    else:
        short = min(width, height)
        left, top = (width - short) // 2, (height - short) // 2
        box = (left, top, left + short, top + short)
        scaled = image.resize((side, side), Image.Resampling.BICUBIC, box=box)
    data = scaled.convert("RGBX").tobytes("raw", "BGRX")
    made = QImage(data, scaled.width, scaled.height, 4 * scaled.width, QImage.Format.Format_RGB32)
    return made.copy()


def _opened(jpeg: bytes) -> Image.Image | None:
    from PIL import Image

    # Pillow, not Qt: QImage.fromData keeps the interpreter while it decodes, and QImageReader
    # holds a lock of Qt's while it waits for the interpreter, which stops a window that saves or
    # loads an image at that moment for good.
    try:
        with Image.open(io.BytesIO(jpeg)) as found:
            return found.convert("RGB")
    except (OSError, ValueError):
        return None


def filling(image: QImage, room: QSize, ratio: float) -> QImage:
    """The image in its own aspect as large as `room` holds, sharp at `ratio` device pixels."""
    size = image.size().scaled(room, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))
    smooth = Qt.TransformationMode.SmoothTransformation
    shown = image.scaled(size * ratio, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
    shown.setDevicePixelRatio(ratio)
    return shown
