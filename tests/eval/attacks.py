"""What happens to a picture on its way through the world: 26 changes, made with Pillow."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

Picture = Image.Image
Attack = Callable[[Picture, np.random.Generator], Picture]


def _jpeg(quality: int) -> Attack:
    def attack(picture: Picture, _chance: np.random.Generator) -> Picture:
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality)
        return Image.open(io.BytesIO(out.getvalue())).convert("RGB")

    return attack


def _scaled(factor: float) -> Attack:
    def attack(picture: Picture, _chance: np.random.Generator) -> Picture:
        size = max(16, round(picture.width * factor)), max(16, round(picture.height * factor))
        return picture.resize(size, Image.Resampling.LANCZOS)

    return attack


def _cropped(area: float) -> Attack:
    """A part of the picture's own shape, anywhere in it."""

    def attack(picture: Picture, chance: np.random.Generator) -> Picture:
        width, height = (round(side * area**0.5) for side in picture.size)
        x = int(chance.integers(0, picture.width - width + 1))
        y = int(chance.integers(0, picture.height - height + 1))
        return picture.crop((x, y, x + width, y + height))

    return attack


def _rotated(degrees: float) -> Attack:
    def attack(picture: Picture, _chance: np.random.Generator) -> Picture:
        return picture.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="black")

    return attack


def _squashed(picture: Picture, _chance: np.random.Generator) -> Picture:
    return picture.resize((round(picture.width * 1.25), picture.height), Image.Resampling.BICUBIC)


def _blurred(picture: Picture, _chance: np.random.Generator) -> Picture:
    return picture.filter(ImageFilter.GaussianBlur(max(picture.size) / 200))


def _blurred_more(picture: Picture, _chance: np.random.Generator) -> Picture:
    return picture.filter(ImageFilter.GaussianBlur(max(picture.size) / 100))


def _noisy(picture: Picture, chance: np.random.Generator) -> Picture:
    noise = chance.normal(0, 22, (picture.height, picture.width, 3))
    return Image.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8))


def _grey(picture: Picture, _chance: np.random.Generator) -> Picture:
    return picture.convert("L").convert("RGB")


def _framed(picture: Picture, chance: np.random.Generator) -> Picture:
    colour = tuple(int(each) for each in chance.integers(0, 256, 3))
    return ImageOps.expand(picture, max(picture.size) // 8, colour)


def _letterboxed(picture: Picture, _chance: np.random.Generator) -> Picture:
    side = max(picture.size)
    square = Image.new("RGB", (round(side * 1.2), side), "black")
    square.paste(picture, ((square.width - picture.width) // 2, (side - picture.height) // 2))
    return square


def _written_on(picture: Picture, _chance: np.random.Generator) -> Picture:
    found = picture.copy()
    painter = ImageDraw.Draw(found)
    size = max(12, picture.height // 9)
    for line, text in enumerate(("WHEN YOU SEE IT", "you cannot unsee it")):
        place = picture.width // 2, picture.height * (1 + 10 * line) // 12
        painter.text(
            place,
            text,
            anchor="mm",
            font_size=min(size, picture.width // 10),
            fill="white",
            stroke_width=max(2, size // 12),
            stroke_fill="black",
        )
    return found


def _overlaid(picture: Picture, chance: np.random.Generator) -> Picture:
    """A sticker over a tenth of it."""
    found = picture.copy()
    width, height = round(picture.width * 0.33), round(picture.height * 0.33)
    x = int(chance.integers(0, picture.width - width + 1))
    y = int(chance.integers(0, picture.height - height + 1))
    painter = ImageDraw.Draw(found)
    colour = tuple(int(each) for each in chance.integers(0, 256, 3))
    painter.rounded_rectangle([x, y, x + width, y + height], width // 6, fill=colour)
    painter.ellipse([x + width // 3, y + height // 3, x + width // 2, y + height // 2], "black")
    return found


def _watermarked(picture: Picture, _chance: np.random.Generator) -> Picture:
    layer = Image.new("RGBA", picture.size)
    painter = ImageDraw.Draw(layer)
    size = max(10, picture.width // 14)
    for row in range(0, picture.height, size * 3):
        for column in range(-size, picture.width, size * 6):
            place = column + (row // (size * 3) % 2) * size * 3, row
            painter.text(place, "© preview", font_size=size, fill=(255, 255, 255, 110))
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")


def _screenshot(picture: Picture, _chance: np.random.Generator) -> Picture:
    """In a telephone's viewer: bars above and below, buttons, the picture in between."""
    width = 390
    scaled = picture.resize((width, max(1, round(picture.height * width / picture.width))))
    height = max(640, scaled.height + 180)
    screen = Image.new("RGB", (width, height), (18, 18, 20))
    painter = ImageDraw.Draw(screen)
    painter.text((14, 14), "9:41", font_size=16, fill="white")
    painter.text((width // 2, 54), "Photos", anchor="mm", font_size=18, fill="white")
    screen.paste(scaled, (0, 80 + (height - 180 - scaled.height) // 2))
    for number in range(4):
        x = 40 + number * 90
        painter.ellipse([x, height - 70, x + 34, height - 36], outline="white", width=2)
    return screen


def _sepia(picture: Picture, _chance: np.random.Generator) -> Picture:
    toned = ImageOps.colorize(picture.convert("L"), "#1a0f05", "#fff3d6", mid="#a0764a")
    return ImageEnhance.Contrast(toned).enhance(0.9)


def _vivid(picture: Picture, _chance: np.random.Generator) -> Picture:
    return ImageEnhance.Contrast(ImageEnhance.Color(picture).enhance(1.8)).enhance(1.3)


def _brightness(factor: float) -> Attack:
    def attack(picture: Picture, _chance: np.random.Generator) -> Picture:
        return ImageEnhance.Brightness(picture).enhance(factor)

    return attack


def _sharpened(picture: Picture, _chance: np.random.Generator) -> Picture:
    return picture.filter(ImageFilter.UnsharpMask(3, 200, 2))


def _flipped(picture: Picture, _chance: np.random.Generator) -> Picture:
    return ImageOps.mirror(picture)


ATTACKS: dict[str, Attack] = {
    "jpeg 50": _jpeg(50),
    "jpeg 20": _jpeg(20),
    "jpeg 5": _jpeg(5),
    "scaled to 1/4": _scaled(0.25),
    "scaled to 1/2": _scaled(0.5),
    "scaled to 3/2": _scaled(1.5),
    "squashed": _squashed,
    "cropped to 70 %": _cropped(0.7),
    "cropped to 50 %": _cropped(0.5),
    "cropped to 30 %": _cropped(0.3),
    "rotated by 5": _rotated(5),
    "rotated by 90": _rotated(90),
    "rotated by 180": _rotated(180),
    "flipped": _flipped,
    "blurred": _blurred,
    "noisy": _noisy,
    "grey": _grey,
    "framed": _framed,
    "letterboxed": _letterboxed,
    "text": _written_on,
    "overlay": _overlaid,
    "watermark": _watermarked,
    "screenshot": _screenshot,
    "sepia": _sepia,
    "vivid": _vivid,
    "darkened": _brightness(0.5),
}
"""26, by name."""

EXTRA: dict[str, Attack] = {
    "brightened": _brightness(1.6),
    "sharpened": _sharpened,
    "side cropped to 30 %": _cropped(0.09),
    "scaled to 1/10": _scaled(0.1),
    "blurred more": _blurred_more,
}
"""Harder or rarer; reported apart."""
