"""Goals to pictures and vectors: what a person pointed at, as the network sees it."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.catalogue.store import Catalogue
from lookalike.errors import GoalError, PhotoError
from lookalike.photos.decode import load_picture, network_input, taken_of, whole_input
from lookalike.photos.files import digest_of
from lookalike.photos.metadata import colour_and_phash
from lookalike.photos.thumbnails import ThumbnailStore
from lookalike.records import Goal, Part, Photo, Region
from lookalike.usecases.network_in_use import NetworkInUse
from lookalike.usecases.thumbnailing import THUMBNAIL_SIDE
from lookalike.vision.encoder import Encoder
from lookalike.vision.looks import Sight
from lookalike.vision.masks import frame_of, read_mask, within

Picture = NDArray[np.uint8]
Vectors = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class SeenGoal:
    """A goal as the library compares it: descriptors float32 [D], hash, and when it was taken."""

    vectors: Vectors
    phash: int
    taken: float | None = None


# Large enough for a finer look and for the inspector, small enough to decode at once.
GOAL_SIDE = 1024
FINE_LOOK = 448
"""Side of the finer look at goal and result: 14 x 14 places point far better than 9 x 9."""
_KEPT = 32
_KEPT_LOOKS = 8
_KEPT_PICTURES = 4


@contextmanager
def _as_goal(goal: Goal) -> Iterator[None]:
    """Says which goal a photo's error is about."""
    try:
        yield
    except PhotoError as error:
        name = goal.name or goal.path or "The goal"
        raise GoalError(f"{name} cannot be a goal. {error}") from error


class Goals:
    """Loads goals and embeds them; remembers the last few, since a dial asks again and again."""

    def __init__(
        self, catalogue: Catalogue, thumbnails: ThumbnailStore, network: NetworkInUse
    ) -> None:
        self._catalogue = catalogue
        self._thumbnails = thumbnails
        self._network = network
        self._lock = Lock()
        self._seen: OrderedDict[object, SeenGoal] = OrderedDict()
        self._looks: OrderedDict[object, Sight] = OrderedDict()
        self._pictures: OrderedDict[object, Picture] = OrderedDict()

    def picture(self, goal: Goal, max_side: int = GOAL_SIDE) -> Picture:
        """The oriented picture of `goal`, cut to its region, uint8 [H, W, 3]; not to be changed.

        The last few are kept: each click on another result asks for them again.

        Raises:
            GoalError: it is no image, cannot be read, or is no longer in the library.
        """
        key = (self.key(goal), max_side)
        with self._lock:
            if key in self._pictures:
                self._pictures.move_to_end(key)
                return self._pictures[key]
        with _as_goal(goal):
            found = self._loaded(goal, max_side, self.frame(goal))
        with self._lock:
            self._pictures[key] = found
            while len(self._pictures) > _KEPT_PICTURES:
                self._pictures.popitem(last=False)
        return found

    def whole_picture(self, goal: Goal, max_side: int = GOAL_SIDE) -> Picture:
        """The goal's whole photo, whatever of it counts. Raises GoalError."""
        return self.picture(replace(goal, region=None, mask=None), max_side)

    def frame(self, goal: Goal) -> Region | None:
        """The rectangle of the goal's photo that is looked at; None: all of it."""
        if goal.region is not None or goal.mask is None:
            return goal.region
        return frame_of(read_mask(goal.mask))

    def _counting(self, goal: Goal) -> NDArray[np.float32] | None:
        """How much each place inside the frame counts; None: all alike."""
        if goal.mask is None:
            return None
        frame = self.frame(goal)
        return within(read_mask(goal.mask), frame or (0.0, 0.0, 1.0, 1.0))

    def _loaded(self, goal: Goal, max_side: int, region: Region | None) -> Picture:
        source = goal.path if goal.path is not None else goal.data
        if source is not None:
            return load_picture(source, max_side, region)
        return self._or_thumbnail(self._photo(goal), max_side, region)

    def seen(self, goal: Goal) -> SeenGoal:
        """The goal's descriptors (not normalised) and hash; raises GoalError."""
        # Asked for once: another network may be chosen meanwhile, and its vectors kept as these.
        encoder = self._network.encoder
        key = self._key(goal, encoder)
        with self._lock:
            if key in self._seen:
                self._seen.move_to_end(key)
                return self._seen[key]
        found = self._stored(goal, encoder)
        if found is None:
            pixels = self._network_input(goal, encoder.size)
            vectors = self._vectors(goal, pixels, encoder)
            phash = colour_and_phash(Image.fromarray(pixels))[1]
            source = goal.path if goal.path is not None else goal.data
            taken = taken_of(source) if source is not None else None
            found = SeenGoal(vectors, phash, taken)
        with self._lock:
            self._seen[key] = found
            while len(self._seen) > _KEPT:
                self._seen.popitem(last=False)
        return found

    def _vectors(self, goal: Goal, pixels: Picture, encoder: Encoder) -> Vectors:
        counting = self._counting(goal)
        if counting is None:
            return {name: rows[0] for name, rows in encoder.encode(pixels[np.newaxis]).items()}
        sight = encoder.look(pixels, encoder.parts, counting)
        pieces: dict[str, list[NDArray[np.float64]]] = {}
        for part in encoder.parts:
            pieces.setdefault(part.space, []).append(sight.parts[part.name].vector)
        return {name: np.concatenate(each).astype(np.float32) for name, each in pieces.items()}

    def _network_input(self, goal: Goal, size: int) -> Picture:
        """A whole file goes the very way of indexing, so that a photo finds itself exactly."""
        source = goal.path if goal.path is not None else goal.data
        if source is None or goal.region is not None or goal.mask is not None:
            return network_input(self.picture(goal), size)
        with _as_goal(goal):
            return whole_input(source, size)

    def _stored(self, goal: Goal, encoder: Encoder) -> SeenGoal | None:
        """A photo of the library taken whole, by whatever name, is already embedded."""
        photo = self.library_photo(goal)
        if photo is None:
            return None
        found: Vectors = {}
        for name, key in encoder.spaces.items():
            space = self._catalogue.space_id(key, encoder.dimensions[name])
            _, rows = self._catalogue.vectors_for(space, [photo.content_id])
            if len(rows) != 1:
                return None
            found[name] = rows[0].astype(np.float32)
        return SeenGoal(found, photo.facts.phash, photo.facts.taken)

    def library_photo(self, goal: Goal) -> Photo | None:
        """A photo of the library with the goal's very bytes, if all of it is the goal."""
        if goal.region is not None or goal.mask is not None or goal.data is not None:
            return None
        if goal.path is None:
            return self._photo(goal)
        try:
            facts = os.stat(goal.path)
            photo = self._catalogue.photo_by_path(os.path.realpath(goal.path))
            if photo and (photo.size, photo.mtime_ns) == (facts.st_size, facts.st_mtime_ns):
                return photo
            if not self._catalogue.has_size(facts.st_size):
                return None
            content = self._catalogue.content_by_digest(digest_of(goal.path))
        except (OSError, PhotoError):
            return None  # whoever reads it for its pixels says why
        return self.photos_of([content]).get(content) if content is not None else None

    def look(self, goal: Goal, parts: tuple[Part, ...]) -> Sight:
        """A finer look at what counts of the goal; kept for the next result. Raises GoalError."""
        key = (self.key(goal), parts)
        with self._lock:
            if key in self._looks:
                self._looks.move_to_end(key)
                return self._looks[key]
        encoder = self._network.encoder
        fine = network_input(self.picture(goal), encoder.look_side(FINE_LOOK))
        sight = encoder.look(fine, parts, self._counting(goal), finer=True)
        with self._lock:
            self._looks[key] = sight
            while len(self._looks) > _KEPT_LOOKS:
                self._looks.popitem(last=False)
        return sight

    def photos_of(self, content_ids: Sequence[int]) -> dict[int, Photo]:
        """One photo of each content that still has one."""
        found = self._catalogue.photos_of_contents(content_ids)
        return {content: photos[0] for content, photos in found.items() if photos}

    def small_picture_of(self, photo: Photo) -> Picture:
        """A library photo at its thumbnail's size, from the thumbnail if there is one."""
        thumbnail = self._thumbnails.get(photo.content_id)
        if thumbnail is not None:
            return load_picture(thumbnail)
        return load_picture(photo.path, THUMBNAIL_SIDE)

    def picture_of(self, photo: Photo, max_side: int | None = None) -> Picture:
        """A library photo as it is, or its thumbnail while the file cannot be read.

        Raises:
            PhotoError: neither can be read.
        """
        return self._or_thumbnail(photo, max_side, None)

    def _or_thumbnail(self, photo: Photo, max_side: int | None, region: Region | None) -> Picture:
        try:
            return load_picture(photo.path, max_side, region)
        except PhotoError:
            # Offline or gone: its thumbnail still stands for it.
            thumbnail = self._thumbnails.get(photo.content_id)
            if thumbnail is None:
                raise
            return load_picture(thumbnail, max_side, region)

    def _photo(self, goal: Goal) -> Photo:
        photos = self._catalogue.photos([goal.photo_id]) if goal.photo_id is not None else []
        if not photos:
            raise GoalError("This photo is no longer in the library; choose another goal.")
        return photos[0]

    def key(self, goal: Goal) -> object:
        """What decides the vector: the network, the source as it is now, and what of it counts.

        Raises:
            GoalError: it is a photo that is no longer in the library.
        """
        return self._key(goal, self._network.encoder)

    def _key(self, goal: Goal, encoder: Encoder) -> object:
        network, part = encoder.spaces["meaning"], (goal.region, goal.mask)
        if goal.photo_id is not None:
            return (network, goal.photo_id, self._photo(goal).content_id, part)
        if goal.path is None:
            return (network, goal.data, part)
        try:
            facts = os.stat(goal.path)
        except OSError:
            return (network, goal.path, part)
        return (network, goal.path, facts.st_size, facts.st_mtime_ns, part)
