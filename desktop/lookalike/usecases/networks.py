"""Networks of the library: the program's own and those a person added; one of them in use."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from lookalike.catalogue.store import Catalogue
from lookalike.errors import Cancelled, NetworkError
from lookalike.paths import DataPaths
from lookalike.progress import CancelToken, OnProgress, Progress, ignore_progress
from lookalike.records import View
from lookalike.records.networks import NetworkInfo, NetworkInput
from lookalike.usecases.calibration import (
    MOST_PICTURES,
    calibration_pictures,
    photos_of,
    spread,
)
from lookalike.usecases.embedding import Embedder
from lookalike.usecases.indexes import Indexes
from lookalike.usecases.network_in_use import NetworkInUse
from lookalike.usecases.precision import embedded, precision_of
from lookalike.vision.encoder import Encoder
from lookalike.vision.network.pack import NetworkPack, default_pack
from lookalike.vision.network.verification import Verification, verify
from lookalike.vision.precision import Agreement, add_int8


class Networks:
    """Adds, lists, verifies and chooses networks. Vectors of every network are kept."""

    def __init__(
        self,
        paths: DataPaths,
        catalogue: Catalogue,
        embedder: Embedder,
        network: NetworkInUse,
        indexes: Indexes,
    ) -> None:
        self._paths = paths
        self._indexes = indexes
        self._catalogue = catalogue
        self._embedder = embedder
        self._network = network

    def infos(self) -> tuple[NetworkInfo, ...]:
        """Every network, the program's own first; a damaged one says so in its notes."""
        used = self._network.folder
        return tuple(self._info(folder, folder == used) for folder in self._folders())

    def device(self) -> tuple[str, str]:
        """What the network in use runs on ("CPU", "CUDA"), and why on no graphics processor."""
        encoder = self._network.encoder
        return encoder.provider, encoder.provider_reason

    def in_use(self) -> NetworkInfo:
        """The network that answers."""
        return self._info(self._network.folder, True)

    def add(
        self,
        file: str,
        name: str = "",
        given: NetworkInput | None = None,
        labels: str | None = None,
        licence: str = "",
        on_progress: OnProgress = ignore_progress,
    ) -> NetworkInfo:
        """Read an ONNX file, keep it as a pack, and verify its numbers on this machine.

        The notes say how its pictures are prepared, and what it cannot do or what did not hold:
        a gradient that is missing or off costs saliency there, nothing else.

        Raises:
            NetworkError: it cannot be used; nothing was kept.
        """
        # Reading a graph needs the whole of onnx, which half of a second goes into: not at start.
        from lookalike.vision.network.adding import add_network

        on_progress(Progress("reading the network", 0, 2))
        places = Path(labels) if labels else None
        added = add_network(Path(file), self._paths.networks, name, given, places, licence)
        on_progress(Progress("checking its gradients", 1, 2))
        problems = verify(added.pack).problems
        info = self._info(added.pack.folder, False)
        return replace(info, notes=(added.preprocessing.told, *info.notes, *problems))

    def add_int8(
        self,
        name: str,
        folder: str | None,
        on_progress: OnProgress = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> Agreement:
        """Bring a network of the person's own to int8 beside float32.

        It is calibrated on photos of `folder`, else on photos of the library.

        Raises:
            NetworkError: there are too few photos, or int8 ranks otherwise; nothing was changed.
            Cancelled: nothing was changed.
        """
        cancel = cancel or CancelToken()
        pack = NetworkPack.load(self._folder(name), verify=True)
        paths = photos_of(folder, cancel) if folder else self._some_photos()
        pictures = calibration_pictures(paths, pack.size, on_progress, cancel)
        return add_int8(pack, pictures)

    def _some_photos(self) -> list[str]:
        ids = self._catalogue.photo_ids(View())
        return [photo.path for photo in self._catalogue.photos(spread(ids, MOST_PICTURES * 2))]

    def verify(self, name: str | None = None) -> list[Verification]:
        """Check the numbers of one network, or of all; raises NetworkError for an unknown name."""
        folders = [self._folder(name)] if name else self._folders()
        return [_verified(folder) for folder in folders]

    def use(
        self, name: str, on_progress: OnProgress, cancel: CancelToken, precision: str = "auto"
    ) -> int:
        """Embed what lacks this network's vectors, then let it answer; returns how many.

        Until the last photo is embedded the network before goes on answering. `precision` "auto"
        is the one in use, or the one the library has most vectors of this network in, or float32.

        Raises:
            NetworkError: there is no such network or precision, or it is damaged.
            Cancelled: what was embedded stays; the network before stays in use.
        """
        folder = self._folder(name)
        pack = NetworkPack.load(folder, verify=True)
        if precision == "auto" and folder == self._network.folder:
            precision = self._network.encoder.precision
        elif precision == "auto":
            precision = precision_of(pack, self._catalogue)
        encoder = Encoder(pack, precision)
        count = self._embedder.embed(encoder, on_progress, cancel)
        if count:
            self._indexes.reread(encoder.spaces.values())
        self._network.choose(folder.name, precision)
        with suppress(Cancelled):
            # It answers already, without an index; what is left of that the next reading makes.
            self._indexes.maintain(on_progress, cancel)
        return count

    def _folders(self) -> list[Path]:
        own = self._paths.networks
        found = sorted(own.iterdir()) if own.is_dir() else []
        return [default_pack(), *(folder for folder in found if (folder / "pack.json").is_file())]

    def _folder(self, name: str) -> Path:
        for folder in self._folders():
            if folder.name == name:
                return folder
        names = ", ".join(folder.name for folder in self._folders())
        raise NetworkError(f"There is no network called {name}; there are: {names}.")

    def _info(self, folder: Path, in_use: bool) -> NetworkInfo:
        own = folder.parent == self._paths.networks
        try:
            pack = NetworkPack.load(folder)
            counts = {each: embedded(pack, each, self._catalogue) for each in pack.graphs}
            used = self._network.encoder.precision if in_use else ""
            precision = used or precision_of(pack, self._catalogue)
            taps = tuple(tap.name for tap in pack.taps)
        except NetworkError as error:
            return NetworkInfo(folder.name, in_use, own, 0, (), 0, (str(error),))
        return NetworkInfo(
            name=folder.name,
            in_use=in_use,
            own=own,
            size=pack.size,
            taps=taps,
            embedded=counts[precision],
            notes=pack.limits,
            precision=precision,
            precisions=counts,
        )


def _verified(folder: Path) -> Verification:
    try:
        return verify(NetworkPack.load(folder))
    except NetworkError as error:
        return Verification(folder.name, "CPU", 0.0, (), (str(error),), 0.0)
