"""Which of several copies is the best, and what each is beside it, in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lookalike.records import Kind, Photo, Rule
from lookalike.records.upkeep import DuplicateGroup
from lookalike.words import mark

_LESS = 0.85  # of the bytes a pixel: below it, a copy has been compressed again
_OTHER_SHAPE = 0.02
_EQUAL = mark("equal file")


def described(kind: Kind, photos: Sequence[Photo]) -> DuplicateGroup:
    """A group with its best photo first, the reason, and a note on every photo."""
    ordered = sorted(photos, key=_worth)
    best = ordered[0]
    if kind == "same":
        notes = ["", *(_copy_note(best, photo) for photo in ordered[1:])]
        reason = mark("equal files") if set(notes[1:]) == {_EQUAL} else f"{mark('same picture')}: "
        if reason.endswith(": "):
            reason += "; ".join(dict.fromkeys(notes[1:]))
    else:
        ordered[1:] = sorted(ordered[1:], key=lambda photo: photo.facts.taken or 0.0)
        notes = ["", *(_time_note(best, photo) for photo in ordered[1:])]
        reason = _scene(ordered)
    why = _why_best(best, min(ordered[1:], key=_worth))
    return DuplicateGroup(kind, tuple(ordered), reason, why, tuple(notes))


def all_but(rule: Rule, group: DuplicateGroup) -> tuple[Photo, ...]:
    """The photos of a group that go when the best, the largest or the oldest one stays."""
    photos = group.photos
    if rule == "best":
        kept = photos[0]
    elif rule == "largest":
        kept = min(photos, key=lambda photo: (-_pixels(photo), -photo.size, _worth(photo)))
    else:
        kept = min(photos, key=lambda photo: (_age(photo), _worth(photo)))
    return tuple(photo for photo in photos if photo.id != kept.id)


def _pixels(photo: Photo) -> int:
    return photo.facts.width * photo.facts.height


def _detail(photo: Photo) -> float:
    """Bytes a pixel."""
    return photo.size / max(_pixels(photo), 1)


def _age(photo: Photo) -> float:
    """When it was taken, else when its file was last written."""
    return photo.facts.taken if photo.facts.taken is not None else photo.mtime_ns / 1e9


def _worth(photo: Photo) -> tuple[bool, int, float, bool, float, str]:
    """Ascending from the best: here, more pixels, less compressed, says when, older."""
    return (
        photo.offline,
        -_pixels(photo),
        -_detail(photo),
        photo.facts.taken is None,
        _age(photo),
        photo.path,
    )


def _why_best(best: Photo, next_best: Photo) -> str:
    """What sets the best apart from the next best."""
    reasons = []
    if _pixels(best) > _pixels(next_best):
        reasons.append(f"{mark('larger')}, {best.facts.width} × {best.facts.height}")
    if best.facts.format == next_best.facts.format and _detail(next_best) < _LESS * _detail(best):
        reasons.append(mark("less compressed"))
    if best.facts.taken is not None and next_best.facts.taken is None:
        reasons.append(mark("says when it was taken"))
    if best.facts.camera and not next_best.facts.camera:
        reasons.append(mark("names its camera"))
    if not reasons and best.mtime_ns < next_best.mtime_ns:
        reasons.append(mark("older"))
    if not reasons and next_best.offline and not best.offline:
        reasons.append(mark("its drive is connected"))
    return "; ".join(reasons) or mark("nothing sets it apart")


def _copy_note(best: Photo, photo: Photo) -> str:
    if photo.content_id == best.content_id:
        return _EQUAL
    notes = [_shape_note(best, photo)]
    if photo.facts.format != best.facts.format:
        notes.append(mark(f"as {photo.facts.format}"))
    elif _detail(photo) < _LESS * _detail(best):
        notes.append(mark("recompressed"))
    return ", ".join(note for note in notes if note)


def _shape_note(best: Photo, photo: Photo) -> str:
    one = best.facts.width / max(best.facts.height, 1)
    other = photo.facts.width / max(photo.facts.height, 1)
    smaller = _pixels(photo) < _pixels(best)
    copy = mark("smaller copy") if smaller else mark("copy")
    if abs(other / one - 1) <= _OTHER_SHAPE:
        return copy
    if abs(other * one - 1) <= _OTHER_SHAPE:
        return f"{copy}, {mark('turned')}"
    return mark("smaller copy of another shape") if smaller else mark("copy of another shape")


def _scene(photos: Sequence[Photo]) -> str:
    times = sorted(photo.facts.taken for photo in photos if photo.facts.taken is not None)
    if len(times) < len(photos):
        return mark("very much alike")
    gap = max(later - earlier for earlier, later in pairwise(times))
    if gap > 3600:
        return mark("the same scene at different times")
    if len(photos) > 2:
        return mark(f"same scene, at most {_seconds(gap)} apart")
    return mark(f"same scene, {_seconds(gap)} apart")


def _time_note(best: Photo, photo: Photo) -> str:
    if best.facts.taken is None or photo.facts.taken is None:
        return ""
    gap = photo.facts.taken - best.facts.taken
    if abs(gap) > 3600:
        return ""
    apart = _seconds(abs(gap))
    return mark(f"{apart} later") if gap >= 0 else mark(f"{apart} earlier")


def _seconds(gap: float) -> str:
    return f"{gap:.0f} s" if gap < 120 else f"{gap / 60:.0f} min"
