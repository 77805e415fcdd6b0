"""A network pack: what is damaged, incomplete or reaches outside its folder is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from lookalike.errors import NetworkError
from lookalike.vision.encoder import Encoder
from lookalike.vision.network.pack import NetworkPack, default_pack
from lookalike.vision.network.packing import described_taps

Told = dict[str, Any]
OUTSIDE = ["../network.onnx", "/etc/passwd", "inner/network.onnx", "", ".", "..", None, 7]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the default pack that a test may damage."""
    copy = tmp_path / "pack"
    shutil.copytree(default_pack(), copy)
    return copy


def told(folder: Path) -> Told:
    found: Told = json.loads((folder / "pack.json").read_text())
    return found


def tell(folder: Path, said: object) -> None:
    (folder / "pack.json").write_text(json.dumps(said))


def refused(folder: Path, verify: bool = False) -> str:
    with pytest.raises(NetworkError) as caught:
        NetworkPack.load(folder, verify=verify)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def test_the_default_pack_is_whole() -> None:
    pack = NetworkPack.load(default_pack(), verify=True)
    assert pack.size % pack.multiple == 0
    names = [tap.name for tap in pack.taps]
    assert len(set(names)) == len(names)
    assert set(pack.texture) <= set(names)
    assert pack.labels is not None
    assert pack.subject is not None
    listed = {path.name for path in pack.graphs.values()} | {
        pack.descriptors.name,
        pack.labels.name,
        pack.subject.name,
    }
    assert listed <= set(pack.checksums), "a file without a checksum is never checked"


def test_the_default_packs_taps_are_what_its_graph_says() -> None:
    """The description was made by the machinery that describes a person's own network."""
    pack = NetworkPack.load(default_pack())
    model = onnx.load(str(pack.graphs["float32"]))
    again = described_taps(model, [tap.name for tap in pack.taps], pack.size)
    assert again == pack.taps
    strides = [tap.stride for tap in pack.taps]
    assert strides == sorted(strides)
    assert strides[-1] == pack.multiple
    assert not any(tap.obstacle for tap in pack.taps)


def test_classes_have_names(folder: Path) -> None:
    pack = NetworkPack.load(default_pack())
    encoder = Encoder(pack, threads=1)
    names = encoder.labels
    assert len(names) == len(set(names)) == pack.classes == 1000
    assert all(name == name.strip() and name for name in names)
    retriever = encoder.words[names.index("golden retriever")]
    assert {"dog", "animal"} <= set(retriever)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 96, 96, 3), dtype=np.uint8)
    found = encoder.describe(pixels)
    assert found.classes is not None
    assert found.classes.shape == (2, len(encoder.labels))
    np.testing.assert_allclose(found.classes.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(found.vectors["meaning"], encoder.encode(pixels)["meaning"])


def test_labels_of_another_count_are_not_believed(folder: Path) -> None:
    (folder / "labels.txt").write_text("cat\ndog\n")
    assert Encoder(NetworkPack.load(folder)).labels == ()
    lines = ["n01440764 tench, Tinca tinca", ""] + ["other"] * 998
    (folder / "labels.txt").write_text("\n".join(lines))
    encoder = Encoder(NetworkPack.load(folder))
    assert encoder.words[:2] == (("tench", "Tinca tinca"), ("",))
    assert encoder.labels[:3] == ("tench", "", "other")
    (folder / "labels.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(NetworkError, match="labels"):
        _ = Encoder(NetworkPack.load(folder)).labels


@pytest.mark.parametrize("kind", ["changed", "cut", "missing"])
def test_every_file_is_checked(kind: str, folder: Path) -> None:
    for name in told(folder)["checksums"]:
        sound = (folder / name).read_bytes()
        if kind == "changed":
            data = bytearray(sound)
            data[len(data) // 2] ^= 1
            (folder / name).write_bytes(bytes(data))
        elif kind == "cut":
            (folder / name).write_bytes(sound[:-1])
        else:
            (folder / name).unlink()
        assert name in refused(folder, verify=True)
        NetworkPack.load(folder)  # without looking at the files
        (folder / name).write_bytes(sound)
    NetworkPack.load(folder, verify=True)


def test_a_wrong_checksum_is_refused(folder: Path) -> None:
    said = told(folder)
    said["checksums"]["network.onnx"] = "0" * 64
    tell(folder, said)
    assert "network.onnx" in refused(folder, verify=True)


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("place", ["graphs", "descriptors"])
def test_a_file_outside_the_folder_is_refused(place: str, name: object, folder: Path) -> None:
    said = told(folder)
    said[place] = {"float32": name} if place == "graphs" else name
    tell(folder, said)
    assert "outside" in refused(folder)


@pytest.mark.parametrize("name", [each for each in OUTSIDE if isinstance(each, str)])
def test_a_checksum_of_a_file_outside_is_refused(name: str, folder: Path) -> None:
    said = told(folder)
    said["checksums"][name] = "0" * 64
    tell(folder, said)
    assert "outside" in refused(folder)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff\xfe\x00", b"null", b"[]", b'"pack"', b"{}", b'{"format": 99}'],
)
def test_a_description_that_is_none_is_refused(data: bytes, folder: Path) -> None:
    (folder / "pack.json").write_bytes(data)
    refused(folder)


def test_a_folder_without_a_description_is_refused(tmp_path: Path) -> None:
    refused(tmp_path)
    refused(tmp_path / "missing")


@pytest.mark.parametrize(
    "key", sorted(set(told(default_pack())) - {"licence", "labels", "subject"})
)
def test_every_word_of_the_description_is_needed(key: str, folder: Path) -> None:
    said = told(folder)
    if said.pop(key) is not None:
        tell(folder, said)
        refused(folder)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda said: said.update(size="large"),
        lambda said: said.update(taps=[{"name": "stem"}]),
        lambda said: said.update(taps=7),
        lambda said: said.update(multiple=None),
    ],
)
def test_words_of_the_wrong_kind_are_refused(spoil: Callable[[Told], None], folder: Path) -> None:
    said = told(folder)
    spoil(said)
    tell(folder, said)
    refused(folder)


def test_a_graph_that_cannot_be_run_is_one_error(folder: Path) -> None:
    (folder / "network.onnx").write_bytes(b"no graph at all")
    encoder = Encoder(NetworkPack.load(folder))
    pixels = np.zeros((1, encoder.size, encoder.size, 3), np.uint8)
    with pytest.raises(NetworkError, match=r"network\.onnx cannot be run"):
        encoder.encode(pixels)


def test_a_precision_the_pack_does_not_have_is_refused(folder: Path) -> None:
    with pytest.raises(NetworkError, match="no int3 graph"):
        Encoder(NetworkPack.load(folder), precision="int3")
