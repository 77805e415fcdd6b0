"""A person's own network, as it is used: added, listed, verified, searched by, gone back from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

from lookalike.errors import Cancelled, NetworkError
from lookalike.library import Library
from lookalike.progress import CancelToken, Progress, ignore_progress
from lookalike.records import Goal, Query, View
from tests.drawn_photos import draw
from tests.unit.test_cli import call
from tests.unit.vision.network.architectures import Net, silu_net

DEFAULT = "efficientnet-lite0"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("networks") / "Silu Net.onnx"
    onnx.save(silu_net(), path)
    return str(path)


@pytest.fixture
def photos(tmp_path: Path, drawn_folder: Path) -> Path:
    """A copy of the drawn photos that a test may change."""
    return Path(shutil.copytree(drawn_folder, tmp_path / "photos"))


@pytest.fixture
def home(tmp_path: Path, photos: Path) -> str:
    with Library.open(tmp_path / "home") as library:
        library.index([str(photos)])
    return str(tmp_path / "home")


def found(library: Library, path: Path, count: int = 3) -> list[str]:
    answer = library.search(Query((Goal(path=str(path)),), count))
    return [match.photo.path for match in answer.matches]


def embedded(library: Library) -> dict[str, int]:
    return {info.name: info.embedded for info in library.networks.infos()}


def used(library: Library) -> str:
    return next(info.name for info in library.networks.infos() if info.in_use)


def test_the_whole_way_on_the_command_line(
    capsys, home: str, photos: Path, network: str, tmp_path: Path
) -> None:
    goal = str(photos / "discs-001.jpg")
    data = ("--data-dir", home)
    before = json.loads(call(capsys, *data, "search", goal, "-k", "5", "--json")[1])
    code, out, err = call(capsys, *data, "models", "add", network)
    assert (code, err) == (0, "")
    assert "silu-net" in out
    assert "as torchvision's networks are trained" in out
    code, out, _ = call(capsys, *data, "models", "list", "--json")
    rows = {row["name"]: row for row in json.loads(out)["networks"]}
    assert {name: row["in_use"] for name, row in rows.items()} == {DEFAULT: True, "silu-net": False}
    assert rows["silu-net"]["embedded"] == 0
    code, out, _ = call(capsys, *data, "models", "verify", "silu-net", "--json")
    assert code == 0
    checks = json.loads(out)["networks"][0]["gradients"]
    assert len(checks) == 3
    assert all(0 < check["error"] < 1e-2 for check in checks)
    code, out, _ = call(capsys, *data, "models", "use", "silu-net", "--json")
    assert (code, json.loads(out)) == (
        0,
        {"network": "silu-net", "precision": "float32", "embedded": 16},
    )
    other = json.loads(call(capsys, *data, "search", goal, "-k", "5", "--json")[1])
    assert other["results"][0]["path"] == goal
    assert [row["score"] for row in other["results"]] != [row["score"] for row in before["results"]]
    maps = tmp_path / "maps.npz"
    layers = json.loads(call(capsys, *data, "saliency", goal, "--json")[1])["layers"]
    asked = ("--layer", layers[len(layers) // 2], "--filter", "3", "--maps", str(maps))
    code, out, _ = call(capsys, *data, "saliency", goal, *asked, "--json")
    assert code == 0
    with np.load(maps) as arrays:
        assert arrays["saliency"].any()
    code, out, _ = call(capsys, *data, "models", "use", DEFAULT, "--json")
    assert json.loads(out)["embedded"] == 0
    after = json.loads(call(capsys, *data, "search", goal, "-k", "5", "--json")[1])
    assert after["results"] == before["results"]


def test_new_photos_are_embedded_by_the_network_in_use_and_caught_up_with_later(
    home: str, photos: Path, network: str
) -> None:
    with Library.open(home) as library:
        name = library.networks.add(network).name
        library.networks.use(name, ignore_progress, CancelToken())
        new = photos / "discs-new.jpg"
        draw("discs", 77).save(new)
        assert library.index([]).added == 1
        assert embedded(library) == {DEFAULT: 16, name: 17}
        assert found(library, new)[0] == str(new)
        assert library.networks.use(DEFAULT, ignore_progress, CancelToken()) == 1
        assert embedded(library) == {DEFAULT: 17, name: 17}
        assert found(library, new)[0] == str(new)


def test_what_was_left_out_is_caught_up_with_by_index(
    home: str, photos: Path, network: str
) -> None:
    """A photo that could not be read when the network was changed, in the middle of the others."""
    with Library.open(home) as library:
        name = library.networks.add(network).name
        hidden = photos / "discs-000.jpg"
        content = library.photo_by_path(str(hidden)).content_id  # type: ignore[union-attr]
        aside = hidden.rename(photos.parent / "aside.jpg")
        library._thumbnails.remove_many([content])
        assert library.networks.use(name, ignore_progress, CancelToken()) == 15
        assert len(found(library, photos / "discs-001.jpg", 20)) == 15
        aside.rename(hidden)
        library.index([])
        assert embedded(library)[name] == 16
        assert len(found(library, photos / "discs-001.jpg", 20)) == 16


def test_the_old_network_answers_until_the_new_one_is_ready(
    home: str, photos: Path, network: str
) -> None:
    goal = photos / "leaves-002.jpg"
    cancel = CancelToken()
    seen: list[tuple[str, str]] = []
    with Library.open(home) as library:
        name = library.networks.add(network).name
        before = found(library, goal)

        def watch(progress: Progress) -> None:
            seen.append((progress.stage, used(library)))
            assert found(library, goal) == before
            cancel.cancel()

        # Sixteen photos are one batch: the first word of progress comes when all are embedded.
        draw("bricks", 99).save(photos / "bricks-new.jpg")
        library.index([])
        before = found(library, goal)
        with pytest.raises(Cancelled):
            library.networks.use(name, watch, cancel)
        assert seen == [("embedding", DEFAULT)]
        assert used(library) == DEFAULT
        assert embedded(library) == {DEFAULT: 17, name: 16}
        assert library.networks.use(name, ignore_progress, CancelToken()) == 1
        assert used(library) == name


def test_a_file_that_has_changed_since_gives_no_vector_to_the_old_picture(
    home: str, photos: Path, network: str
) -> None:
    goal = photos / "stripes-001.jpg"
    with Library.open(home) as library:
        name = library.networks.add(network).name
        old = photos.parent / "old.jpg"
        shutil.copy(goal, old)
        draw("leaves", 5).save(goal)
        library.networks.use(name, ignore_progress, CancelToken())
        answer = library.search(Query((Goal(path=str(old)),), 1))
        assert answer.matches[0].photo.path == str(goal)
        assert answer.matches[0].score > 0.9


def test_another_network_of_the_same_name_meets_no_old_vectors(
    home: str, photos: Path, network: str, tmp_path: Path
) -> None:
    with Library.open(home) as library:
        library.networks.add(network, "mine")
        library.networks.use("mine", ignore_progress, CancelToken())
    shutil.rmtree(Path(home) / "networks" / "mine")
    net = silu_net()
    for tensor in net.graph.initializer:
        if tensor.name == "weight.0":
            flipped = -onnx.numpy_helper.to_array(tensor)
            tensor.CopyFrom(onnx.numpy_helper.from_array(flipped, tensor.name))
    onnx.save(net, tmp_path / "other.onnx")
    with Library.open(home) as library:
        assert used(library) == DEFAULT
        library.networks.add(str(tmp_path / "other.onnx"), "mine")
        assert embedded(library)["mine"] == 0
        assert library.networks.use("mine", ignore_progress, CancelToken()) == 16


@pytest.mark.parametrize("file", ["network.onnx", "pack.json", "descriptors.npz"])
def test_a_damaged_network_in_use_is_refused_and_can_be_left(
    capsys, home: str, photos: Path, network: str, file: str
) -> None:
    with Library.open(home) as library:
        library.networks.add(network, "mine")
        library.networks.use("mine", ignore_progress, CancelToken())
    path = Path(home) / "networks" / "mine" / file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(bytes(data[: -len(data) // 3]))
    goal = str(photos / "discs-001.jpg")
    for asked in (("search", goal), ("models", "use", "mine")):
        code, out, err = call(capsys, "--data-dir", home, *asked)
        assert (code, out) == (1, "")
        assert len(err.splitlines()) == 1
        assert "network" in err
    code, out, _ = call(capsys, "--data-dir", home, "models", "list")
    assert code == 0
    code, out, _ = call(capsys, "--data-dir", home, "models", "verify")
    assert code == 1
    code, out, _ = call(capsys, "--data-dir", home, "models", "use", DEFAULT)
    assert code == 0
    code, out, _ = call(capsys, "--data-dir", home, "search", goal, "-k", "1", "--json")
    assert json.loads(out)["results"][0]["path"] == goal


def test_what_is_refused_leaves_the_library_as_it_was(
    capsys, home: str, photos: Path, tmp_path: Path
) -> None:
    junk = tmp_path / "junk.onnx"
    junk.write_bytes(b"no network")
    for asked in (
        ("models", "add", str(junk)),
        ("models", "add", str(tmp_path / "gone.onnx")),
        ("models", "use", "nobody"),
        ("models", "verify", "nobody"),
    ):
        code, out, err = call(capsys, "--data-dir", home, *asked)
        assert (code, out) == (1, "")
        assert len(err.splitlines()) == 1
    with Library.open(home) as library:
        assert embedded(library) == {DEFAULT: 16}
        assert len(library.photo_ids(View())) == 16
    assert not (Path(home) / "networks").exists() or not any((Path(home) / "networks").iterdir())


def test_an_operator_without_a_gradient_costs_saliency_behind_it_alone(
    capsys, home: str, photos: Path, tmp_path: Path
) -> None:
    net = Net("blocked", 32)
    value = net.op("Relu", net.conv("input", 8, 3, 2))
    value = net.op("Relu", net.conv(net.op("Celu", value), 16, 3, 2))
    onnx.save(net.model(value), tmp_path / "blocked.onnx")
    data, goal = ("--data-dir", home), str(photos / "discs-001.jpg")
    code, out, _ = call(capsys, *data, "models", "add", str(tmp_path / "blocked.onnx"))
    assert code == 0
    assert "no saliency from last on: the operator Celu has no gradient" in out
    assert "Celu" in call(capsys, *data, "models", "list")[1]
    assert call(capsys, *data, "models", "verify", "blocked")[0] == 0
    call(capsys, *data, "models", "use", "blocked")
    code, out, _ = call(capsys, *data, "search", goal, "-k", "1", "--json")
    assert json.loads(out)["results"][0]["path"] == goal
    layers = json.loads(call(capsys, *data, "saliency", goal, "--json")[1])["layers"]
    code, _, _ = call(capsys, *data, "saliency", goal, "--layer", layers[0], "--filter", "0")
    assert code == 0
    code, _, err = call(capsys, *data, "saliency", goal, "--layer", layers[1], "--filter", "0")
    assert code == 1
    assert "Celu" in err
    assert call(capsys, *data, "saliency", goal, "--layer", layers[1])[0] == 0


def test_an_unknown_network_names_those_there_are(home: str) -> None:
    with Library.open(home) as library, pytest.raises(NetworkError, match=DEFAULT):
        library.networks.use("nobody", ignore_progress, CancelToken())
