"""What a Linux desktop reads: desktop entry, metainfo, icons."""

from __future__ import annotations

import datetime
import subprocess
from pathlib import Path
from typing import Final

from bundling import changes, product

SIZES: Final = (16, 22, 24, 32, 48, 64, 128, 256, 512)
_DRAW: Final = """
import sys
from PySide6.QtCore import Qt, QRectF
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
application = QGuiApplication(["draw", "-platform", "offscreen"])
renderer = QSvgRenderer(sys.argv[1])
for target in sys.argv[2:]:
    side, _, path = target.partition(":")
    image = QImage(int(side), int(side), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, int(side), int(side)))
    painter.end()
    assert image.save(path), path
"""


def entry() -> str:
    """The desktop entry (freedesktop.org, 1.4)."""
    types = [name for name, _ in product.IMAGE_TYPES]
    return (
        (product.PACKAGING / "linux" / "entry.desktop.in")
        .read_text(encoding="utf-8")
        .format(
            app_id=product.APP_ID,
            title=product.TITLE,
            summary=product.SUMMARY,
            name=product.NAME,
            types="".join(f"{each};" for each in [*types, "inode/directory"]),
        )
    )


def metainfo(changelog: str, today: datetime.date) -> str:
    """AppStream's metainfo, with the releases of the changelog."""
    template = (product.PACKAGING / "linux" / "metainfo.xml.in").read_text(encoding="utf-8")
    return template.format(
        app_id=product.APP_ID,
        title=product.TITLE,
        summary=product.SUMMARY,
        name=product.NAME,
        types="\n".join(
            f"    <mediatype>{name}</mediatype>"
            for name in [*(name for name, _ in product.IMAGE_TYPES), "inode/directory"]
        ),
        releases=changes.appstream(changes.read(changelog), today),
    )


def draw_icons(python: Path, share: Path) -> None:
    """The icon theme's sizes and the drawing itself, below `share`/icons."""
    source = product.ROOT / "resources" / "icons" / f"{product.NAME}.svg"
    theme = share / "icons" / "hicolor"
    targets = []
    for size in SIZES:
        folder = theme / f"{size}x{size}" / "apps"
        folder.mkdir(parents=True, exist_ok=True)
        targets.append(f"{size}:{folder / f'{product.APP_ID}.png'}")
    subprocess.run([str(python), "-c", _DRAW, str(source), *targets], check=True)
    scalable = theme / "scalable" / "apps"
    scalable.mkdir(parents=True, exist_ok=True)
    (scalable / f"{product.APP_ID}.svg").write_bytes(source.read_bytes())


def draw_program_icons(python: Path, system: str) -> None:
    """The icon of the program itself on macOS (.icns) and Windows (.ico)."""
    source = product.ROOT / "resources" / "icons" / f"{product.NAME}.svg"
    product.BUILD.mkdir(parents=True, exist_ok=True)
    drawn = product.BUILD / "icon.png"
    subprocess.run([str(python), "-c", _DRAW, str(source), f"1024:{drawn}"], check=True)
    ending = "icns" if system == "darwin" else "ico"
    code = "import sys; from PIL import Image; Image.open(sys.argv[1]).save(sys.argv[2])"
    target = product.BUILD / f"{product.NAME}.{ending}"
    subprocess.run([str(python), "-c", code, str(drawn), str(target)], check=True)
