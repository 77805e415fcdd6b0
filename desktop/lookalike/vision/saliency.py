"""Saliency: which pixels a neuron answers to, Delta x = dF_ij(x) / dx.

Of a filter at its strongest place, back to the pixels, under one of three rules: the exact
gradient (Simonyan et al. 2013), deconvnet (Zeiler & Fergus 2014), guided backpropagation
(Springenberg et al. 2015). What is looked at is the value before the tap's own rectifier: a
strong neuron sits at the clip of a ReLU6, where nothing can change it.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import NetworkError
from lookalike.vision.network.pack import NetworkPack

if TYPE_CHECKING:
    from onnx import ModelProto

    from lookalike.vision.network.graph import ForwardGraph
    from lookalike.vision.network.session import Session

Array = NDArray[np.float32]
Picture = NDArray[np.uint8]
Rule = Literal["gradient", "guided", "deconvnet"]
RULES: tuple[Rule, ...] = ("guided", "gradient", "deconvnet")

_SESSIONS, _BYTES = 3, 300_000_000
"""Kept open at most, and of graphs at most (but always one); each holds the weights once."""
_SMALL = 64_000_000
"""Bytes of a network that is kept read between two sessions."""


@dataclass(frozen=True, slots=True)
class SaliencyMap:
    """What one neuron answers to.

    `saliency` is the derivative float32 [H, W, 3], signed, per step of a pixel's value 0 to 255.
    `activation` is the neuron's value (before its rectifier), `place` its [row, column] in the
    tap, `part` the [x, y, w, h] in pixels of the picture that it sees. With `everywhere` it also
    depends on the rest through a global sum.
    """

    tap: str
    filter: int
    rule: Rule
    saliency: Array
    activation: float
    place: tuple[int, int]
    part: tuple[int, int, int, int]
    everywhere: bool = False

    @property
    def positive(self) -> Array:
        """Positive saliency max(0, s) / max(s), 0 to 1; all 0 where nothing is positive."""
        return _share(self.saliency)

    @property
    def negative(self) -> Array:
        """Negative saliency max(0, -s) / max(-s), 0 to 1; all 0 where nothing is negative."""
        return _share(-self.saliency)

    @property
    def fires(self) -> bool:
        """Whether the filter answers to the picture at all: its rectifier would let it pass."""
        return self.activation > 0

    def fitted(self, width: int, height: int) -> SaliencyMap:
        """The same for the picture at another size, the map resampled and the part moved along."""
        rows, columns = self.saliency.shape[:2]
        if (rows, columns) == (height, width):
            return self
        import cv2

        shrinks = height * width < rows * columns
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        resized = cv2.resize(self.saliency, (width, height), interpolation=how)
        x, y, w, h = self.part
        left, right = _scaled(x, x + w, width / columns, width)
        top, bottom = _scaled(y, y + h, height / rows, height)
        part = (left, top, right - left, bottom - top)
        return replace(self, saliency=np.asarray(resized, np.float32), part=part)


@dataclass(frozen=True, slots=True)
class FilterActivation:
    """A filter's strongest place on a picture: value, [row, column], and its mean over places."""

    filter: int
    activation: float
    place: tuple[int, int]
    mean: float


@dataclass(frozen=True, slots=True)
class _Open:
    """A session of one tap under one rule, the names it goes by, and its graph's bytes."""

    session: Session
    image: str
    target: str
    size: int
    has_gradient: bool


class Saliency:
    """Saliency of a pack's network. Sessions are opened when asked for; calls are thread-safe."""

    def __init__(self, pack: NetworkPack, threads: int = 0) -> None:
        self.pack = pack
        self._threads = threads
        self._lock = threading.Lock()
        self._open: OrderedDict[tuple[str, Rule | Literal[""]], _Open] = OrderedDict()
        self._read: ForwardGraph | None = None

    def filters(self, picture: Picture, tap: str) -> tuple[FilterActivation, ...]:
        """Every filter of a tap with its strongest place on uint8 [H, W, 3], strongest first.

        Raises:
            NetworkError: there is no such tap, or the picture is not of a size the pack takes.
        """
        self._check(picture, tap)
        values = self._values(picture, tap)
        flat = values.reshape(len(values), -1)
        strongest = flat.argmax(axis=1)
        found = [
            FilterActivation(
                index,
                float(flat[index, place]),
                divmod(int(place), values.shape[2]),
                float(flat[index].mean()),
            )
            for index, place in enumerate(strongest)
        ]
        return tuple(sorted(found, key=lambda each: (-each.activation, each.filter)))

    def map(
        self,
        picture: Picture,
        tap: str,
        filter: int,  # noqa: A002 - the field's own word
        rule: Rule = "guided",
        place: tuple[int, int] | None = None,
        at: tuple[float, float] | None = None,
    ) -> SaliencyMap:
        """The saliency of one filter at its strongest place on uint8 [H, W, 3].

        Or at `place` [row, column], or at the place `at` a point (x, y, fractions of the
        picture). H and W are multiples of `pack.multiple`.

        Raises:
            NetworkError: no such tap, filter or place, or the tap has no gradient.
        """
        self._check(picture, tap)
        channels = self.pack.tap(tap).channels
        if not 0 <= filter < channels:
            raise NetworkError(f"The layer {tap} has the filters 0 to {channels - 1}.")
        opened = self._opened(tap, rule)
        strongest = place is None and at is None
        values, gradient = self._run(picture, opened, _one_filter(channels, filter), strongest)
        if at is not None:
            place = _place_at(at, values)
        if place is None:
            place = divmod(int(values[filter].argmax()), values.shape[2])
        else:
            _check_place(tap, place, values)
            seed = np.zeros(values.shape, np.float32)
            seed[filter, place[0], place[1]] = 1.0
            values, gradient = self._run(picture, opened, seed, False)
        field = self.pack.tap(tap).field
        return SaliencyMap(
            tap,
            filter,
            rule,
            gradient,
            float(values[filter, place[0], place[1]]),
            place,
            field.rectangle(*place, *picture.shape[:2]),
            field.everywhere,
        )

    def weighted(self, picture: Picture, tap: str, weights: Array, rule: Rule = "guided") -> Array:
        """The derivative float32 [H, W, 3] of sum(weights * tap), weights float32 [C, h, w].

        Any weighting of filters and places: a match's own weights explain that match in pixels.
        """
        self._check(picture, tap)
        return self._run(picture, self._opened(tap, rule), weights, False)[1]

    def _check(self, picture: Picture, tap: str) -> None:
        pack = self.pack
        pack.tap(tap)
        height, width = picture.shape[:2]
        if pack.fixed and (height, width) != (pack.size, pack.size):
            raise NetworkError(f"The network {pack.name} takes {pack.size} x {pack.size} pixels.")
        if not height or not width or height % pack.multiple or width % pack.multiple:
            raise NetworkError(
                f"The network {pack.name} takes sides that are multiples of {pack.multiple}."
            )

    def _forward(self) -> ForwardGraph:
        """The network to be differentiated; a large one is read anew for each session."""
        from lookalike.vision.network.verification import forward_graph

        if self._read is not None:
            return self._read
        forward = forward_graph(self.pack)
        if forward.model.ByteSize() <= _SMALL:
            self._read = forward
        return forward

    def _values(self, picture: Picture, tap: str) -> Array:
        """The values [C, h, w] before the tap's rectifier, by whatever session has them."""
        with self._lock:
            ready = next((each for key, each in self._open.items() if key[0] == tap), None)
        if ready is None:
            ready = self._values_alone(tap) if self.pack.tap(tap).obstacle else None
        opened = ready or self._opened(tap, "guided")
        if opened.has_gradient:
            return self._run(picture, opened, np.zeros((1, 1, 1), np.float32), False)[0]
        (values,) = opened.session.run([opened.target], {opened.image: picture[np.newaxis]})
        return np.asarray(values[0], np.float32)

    def _values_alone(self, tap: str) -> _Open:
        """A session of the forward pass alone, for a tap that has no gradient."""
        from lookalike.vision.network.gradients.builder import build_values

        with self._lock:
            forward = self._forward()
            model, target = build_values(forward, tap)
            return self._keep((tap, ""), model, forward.image, target)

    def _opened(self, tap: str, rule: Rule) -> _Open:
        from lookalike.vision.network.gradients.builder import NoGradientError, build_gradient

        if rule not in RULES:
            raise NetworkError(f"There is no rule {rule}; choose one of {', '.join(RULES)}.")
        with self._lock:
            if (tap, rule) not in self._open:
                try:
                    graph = build_gradient(self._forward(), tap, rule, strongest=True)
                except NoGradientError as error:
                    raise NetworkError(
                        f"The layer {tap} of {self.pack.name} has no saliency: the operator "
                        f"{error.operator} has no gradient."
                    ) from error
                self._keep((tap, rule), graph.model, graph.image, graph.target)
            self._open.move_to_end((tap, rule))
            return self._open[tap, rule]

    def _keep(
        self, key: tuple[str, Rule | Literal[""]], model: ModelProto, image: str, target: str
    ) -> _Open:
        """Open a session and keep it; the lock is held."""
        from lookalike.vision.network.session import open_session

        data = model.SerializeToString()
        self._make_room(len(data))
        session = open_session(data, self._threads, shared=True)
        self._open[key] = _Open(session, image, target, len(data), has_gradient=bool(key[1]))
        return self._open[key]

    def _make_room(self, size: int) -> None:
        """Close the sessions longest unused until one of `size` bytes fits beside the others."""
        while self._open and (
            len(self._open) >= _SESSIONS
            or size + sum(each.size for each in self._open.values()) > _BYTES
        ):
            self._open.popitem(last=False)

    def _run(
        self, picture: Picture, opened: _Open, seed: Array, strongest: bool
    ) -> tuple[Array, Array]:
        """The seeded values [C, h, w] and the gradient [H, W, 3]; `seed` broadcasts to the values.

        With `strongest` it counts at each filter's strongest place alone.
        """
        feed = {
            opened.image: picture[np.newaxis],
            "seed": seed[np.newaxis],
            "strongest": np.array(strongest),
        }
        values, gradient = opened.session.run([opened.target, "gradient"], feed)
        return values[0], gradient[0]


def _one_filter(channels: int, index: int) -> Array:
    """A seed [C, 1, 1] for one filter at every place."""
    seed = np.zeros((channels, 1, 1), np.float32)
    seed[index] = 1.0
    return seed


def _share(saliency: Array) -> Array:
    """What is above 0, as a share of the largest."""
    above = np.maximum(saliency, 0)
    largest = float(above.max(initial=0.0))
    return np.asarray(above / np.float32(largest), np.float32) if largest > 0 else above


def _scaled(start: int, end: int, factor: float, limit: int) -> tuple[int, int]:
    """A stretch of pixels at another scale, whole pixels, at least one."""
    first = min(math.floor(start * factor), limit - 1)
    return first, min(max(math.ceil(end * factor), first + 1), limit)


def _place_at(at: tuple[float, float], values: Array) -> tuple[int, int]:
    """The [row, column] of a map [C, h, w] at a point (x, y) of the picture, as fractions."""
    rows, columns = values.shape[1:]
    row, column = int(min(max(at[1], 0.0), 1.0) * rows), int(min(max(at[0], 0.0), 1.0) * columns)
    return min(row, rows - 1), min(column, columns - 1)


def _check_place(tap: str, place: tuple[int, int], values: Array) -> None:
    rows, columns = values.shape[1:]
    if not (0 <= place[0] < rows and 0 <= place[1] < columns):
        raise NetworkError(f"The layer {tap} has {rows} x {columns} places.")
