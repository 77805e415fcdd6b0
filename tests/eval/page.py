"""The page with the worst queries as pictures: HTML in one file, thumbnails inside."""

from __future__ import annotations

import base64
import html
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from lookalike.errors import LookalikeError
from lookalike.library import Library
from lookalike.records import Goal
from tests.eval.measures import Figures

_SHOWN = 12
_SIDE = 144
_HEAD = """<!doctype html><meta charset="utf-8"><title>Worst queries</title>
<style>
body { font: 13px system-ui, sans-serif; background: #1b1b1d; color: #e8e8ea; margin: 16px }
.row { display: flex; gap: 4px; margin: 4px 0 16px } figure { margin: 0; width: 148px }
img { width: 144px; height: 144px; object-fit: contain; border: 2px solid transparent }
.goal img { border-color: #4c8dff } .right img { border-color: #3fae6a }
.wrong img { border-color: #c96a2b } figcaption { color: #a0a0a8; overflow: hidden }
</style>
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One query: its goal, the ranked answer (path, score), what is right, and its figures."""

    goal: str
    ranked: Sequence[tuple[str, float]]
    relevant: frozenset[str]
    figures: Figures


def page(library: Library, title: str, outcomes: Sequence[Outcome], count: int = 40) -> str:
    """HTML of the `count` queries of the lowest average precision."""
    worst = sorted(outcomes, key=lambda each: (each.figures.precision, each.goal))[:count]
    parts = [_HEAD, f"<h1>{html.escape(title)}</h1>"]
    for each in worst:
        parts.append(f"<p>{html.escape(os.path.basename(each.goal))}: {each.figures.line()}</p>")
        parts.append('<div class="row">' + _figure(library, each.goal, "goal", "goal"))
        for path, score in each.ranked[:_SHOWN]:
            kind = "right" if path in each.relevant else "wrong"
            parts.append(_figure(library, path, kind, f"{score:.3f} {os.path.basename(path)}"))
        parts.append("</div>")
    return "\n".join(parts)


def _figure(library: Library, path: str, kind: str, caption: str) -> str:
    return (
        f'<figure class="{kind}"><img src="{_inline(library, path)}" alt="">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def _inline(library: Library, path: str) -> str:
    photo = library.photo_by_path(path)
    goal = Goal(photo_id=photo.id) if photo is not None else Goal(path=path)
    try:
        picture = Image.fromarray(library.goal_picture(goal, _SIDE))
    except LookalikeError:
        return ""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
