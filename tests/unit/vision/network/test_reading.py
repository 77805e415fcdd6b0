"""Files that are no network, or none that can be used: each is refused with one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from lookalike.errors import NetworkError
from lookalike.records.networks import NetworkInput
from lookalike.vision.network.adding import add_network
from lookalike.vision.network.reading import read_network
from tests.unit.vision.network.architectures import Net, classifier


def small(side: int | str = 32, opset: int = 20) -> tuple[Net, str]:
    net = Net("small", side, opset=opset)
    value = net.op("Relu", net.conv("input", 8, 3, 2))
    return net, net.op("Relu", net.conv(value, 16, 3, 2))


def saved(model: onnx.ModelProto, folder: Path) -> Path:
    path = folder / "net.onnx"
    onnx.save(model, path)
    return path


def refused(path: Path, tmp_path: Path, pattern: str, given: NetworkInput | None = None) -> None:
    """One sentence that matches, and nothing is left behind."""
    packs = tmp_path / "packs"
    packs.mkdir()
    with pytest.raises(NetworkError, match=pattern) as caught:
        add_network(path, packs, given=given)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert list(packs.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no network", b"\x89PNG\r\n\x1a\n" + bytes(64)])
def test_not_an_onnx_file(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(content)
    refused(tmp_path / "a.onnx", tmp_path, "is not an ONNX file")


def test_no_file(tmp_path: Path) -> None:
    refused(tmp_path / "a.onnx", tmp_path, "cannot be read")


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.9, 0.999])
def test_a_truncated_file(share: float, tmp_path: Path) -> None:
    net, value = small()
    path = saved(net.model(value), tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    refused(path, tmp_path, "cut off|damaged|not an ONNX file")


def test_a_file_of_two_gigabytes_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "large.onnx"
    with open(path, "wb") as file:
        file.truncate(2**31)  # sparse: takes no room, and reading it would take long
    refused(path, tmp_path, "2.1 GB")


def external(folder: Path) -> tuple[onnx.ModelProto, Path]:
    net, value = small()
    model = net.model(value)
    path = folder / "net.onnx"
    onnx.save(model, path, save_as_external_data=True, location="net.weights", size_threshold=64)
    return onnx.load(path, load_external_data=False), path


def test_external_weights_beside_the_file_are_taken_in(tmp_path: Path) -> None:
    _, path = external(tmp_path)
    model = read_network(path)
    assert all(not tensor.external_data for tensor in model.graph.initializer)


def test_external_weights_that_are_missing(tmp_path: Path) -> None:
    _, path = external(tmp_path)
    (tmp_path / "net.weights").unlink()
    refused(path, tmp_path, "net.weights .* is missing")


def test_external_weights_that_are_cut_off(tmp_path: Path) -> None:
    _, path = external(tmp_path)
    data = (tmp_path / "net.weights").read_bytes()
    (tmp_path / "net.weights").write_bytes(data[:-100])
    refused(path, tmp_path, "is cut off")


@pytest.mark.parametrize("place", ["../secret", "/etc/hostname", "link", ""])
def test_external_weights_outside_the_folder(place: str, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "secret").write_bytes(bytes(100_000))
    (inner / "link").symlink_to(tmp_path / "secret")
    model, path = external(inner)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = place
    path.write_bytes(model.SerializeToString())
    refused(path, tmp_path, "outside its folder")


def test_an_operator_of_another_domain(tmp_path: Path) -> None:
    net, value = small()
    net.nodes.append(helper.make_node("Magic", [value], ["z"], domain="com.example"))
    model = net.model("z")
    model.opset_import.append(helper.make_opsetid("com.example", 1))
    refused(saved(model, tmp_path), tmp_path, "Magic of com.example")


def test_an_operator_that_does_not_exist(tmp_path: Path) -> None:
    net, value = small()
    refused(saved(net.model(net.op("Magic", value)), tmp_path), tmp_path, "unknown operator, Magic")


def test_no_convolution(tmp_path: Path) -> None:
    net = Net("dense", 8)
    flat = net.op("Flatten", "input")
    model = net.model(net.op("MatMul", flat, net.weight(np.ones((192, 4), "f"))))
    refused(saved(model, tmp_path), tmp_path, "no convolution")


def test_two_inputs(tmp_path: Path) -> None:
    net, value = small()
    model = net.model(net.op("Add", value, "second"))
    model.graph.input.append(helper.make_tensor_value_info("second", TensorProto.FLOAT, [1]))
    refused(saved(model, tmp_path), tmp_path, r"one input.* has 2 \(input, second\)")


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        (np.float16, "float16"),
        (np.float64, "double"),
        (np.int8, "int8"),
    ],
)
def test_weights_that_are_not_float32(kind: type, pattern: str, tmp_path: Path) -> None:
    net, value = small()
    model = net.model(value)
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor).astype(kind)
        tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
    refused(saved(model, tmp_path), tmp_path, pattern)


def test_a_quantised_network(tmp_path: Path) -> None:
    net, value = small()
    scale = net.weight(np.float32(0.1))
    value = net.op("DequantizeLinear", net.op("QuantizeLinear", value, scale), scale)
    refused(saved(net.model(value), tmp_path), tmp_path, "quantised to int8")


def test_a_float16_input(tmp_path: Path) -> None:
    net = Net("half", 32)
    cast = net.op("Cast", "input", channels=3, to=TensorProto.FLOAT)
    model = net.model(net.op("Relu", net.conv(cast, 8)))
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT16
    refused(saved(model, tmp_path), tmp_path, "input is float16")


def test_weights_that_are_not_numbers(tmp_path: Path) -> None:
    net, value = small()
    array = numpy_helper.to_array(net.weights[0]).copy()
    array.flat[3] = np.nan
    net.weights[0].CopyFrom(numpy_helper.from_array(array, net.weights[0].name))
    refused(saved(net.model(value), tmp_path), tmp_path, "weight.0 is not a number")


@pytest.mark.parametrize(
    ("shape", "pattern"),
    [
        ([1, 1, 32, 32], "no axis has three|1 channels"),
        ([1, 4, 32, 32], "no axis has three|4 channels"),
        ([3, 32, 32], "3 axes"),
        ([1, 1, 3, 32, 32], "5 axes"),
        ([1, 3, 32, 48], "48 x 32"),
        ([1, 3, 4, 4], "size of 4"),
        ([1, 3, 5000, 5000], "size of 5000"),
    ],
)
def test_odd_input_shapes(shape: list[int], pattern: str, tmp_path: Path) -> None:
    net, value = small()
    refused(saved(net.model(value, shape), tmp_path), tmp_path, pattern)


@pytest.mark.parametrize(
    "shape", [["N", 3, "H", "W"], [1, 3, 32, 32], ["N", 3, 32, 32], [4, 3, 32, 32]]
)
def test_dynamic_and_fixed_input_shapes(shape: list[int | str], tmp_path: Path) -> None:
    net, value = small()
    added = add_network(saved(net.model(value, shape), tmp_path), tmp_path / "packs")
    assert added.pack.size == (224 if "H" in shape else 32)
    assert not added.pack.fixed


def test_an_input_without_a_shape(tmp_path: Path) -> None:
    net, value = small()
    model = net.model(value)
    model.graph.input[0].type.tensor_type.ClearField("shape")
    added = add_network(saved(model, tmp_path), tmp_path / "packs", given=NetworkInput(size=64))
    assert added.pack.size == 64


def test_a_constant_network(tmp_path: Path) -> None:
    net = Net("dead", 32)
    weight = net.weight(np.zeros((8, 3, 3, 3), "f"))
    offset = net.weight(np.ones(8, "f"))
    value = net.op("Conv", "input", weight, offset, channels=8, strides=[2, 2])
    refused(saved(net.model(net.op("Relu", value)), tmp_path), tmp_path, "every picture alike")


def test_an_output_that_is_not_finite(tmp_path: Path) -> None:
    net = Net("huge", 32)
    value = net.conv("input", 8)
    for _ in range(3):
        value = net.op("Mul", value, net.weight(np.float32(1e20)))
    refused(saved(net.model(net.op("Relu", value)), tmp_path), tmp_path, "not finite")


def test_nodes_that_do_not_fit_together(tmp_path: Path) -> None:
    net = Net("misfit", 32)
    weight = net.weight(np.ones((8, 5, 3, 3), "f"))
    model = net.model(net.op("Relu", net.op("Conv", "input", weight, channels=8)))
    refused(saved(model, tmp_path), tmp_path, "cannot|does not")


@pytest.mark.parametrize(
    "opset", [7, 8, 9, 10, 11, 12, 13, 15, 17, 20, 22, onnx.defs.onnx_opset_version()]
)
def test_every_opset_gives_the_same_numbers(opset: int, tmp_path: Path) -> None:
    """Written for opset 7 with what changed most since: pads, pools, norms, softmax."""
    import onnxruntime

    net = Net("versions", 32, opset=7)
    value = net.op("Relu", net.norm(net.conv("input", 8, 3, 2)))
    value = net.op("MaxPool", value, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    value = net.op("Relu", net.conv(value, 16))
    head = net.op("Softmax", classifier(net, value))
    model = net.model(head)
    old = read_network(saved(model, tmp_path))
    newer = onnx.version_converter.convert_version(model, opset)
    newer.ir_version = 10
    made = read_network(saved(newer, tmp_path))
    picture = np.random.default_rng(1).standard_normal((1, 3, 32, 32)).astype("f")
    first, second = (
        onnxruntime.InferenceSession(each.SerializeToString()).run(None, {"input": picture})[0]
        for each in (old, made)
    )
    np.testing.assert_allclose(first, second, rtol=1e-5, atol=1e-7)


def test_an_opset_from_before(tmp_path: Path) -> None:
    net, value = small(opset=6)
    refused(saved(net.model(value), tmp_path), tmp_path, "version 6")


def test_local_functions_are_taken_apart(tmp_path: Path) -> None:
    net = Net("functions", 32, opset=17)
    value = net.conv("input", 8, 3, 2)
    net.nodes.append(helper.make_node("Twice", [value], ["t"], domain="mine"))
    net.channels["t"] = 8
    model = net.model(net.op("Relu", "t"))
    body = [helper.make_node("Add", ["a", "a"], ["b"])]
    opsets = [helper.make_opsetid("", 17)]
    model.functions.append(helper.make_function("mine", "Twice", ["a"], ["b"], body, opsets))
    model.opset_import.append(helper.make_opsetid("mine", 1))
    read = read_network(saved(model, tmp_path))
    assert "Add" in {node.op_type for node in read.graph.node}


def test_what_cannot_be_given(tmp_path: Path) -> None:
    net, value = small()
    path = saved(net.model(value), tmp_path)
    refused(path, tmp_path, "above 0", NetworkInput(mean=(0, 0, 0), std=(0, 1, 1)))
    (tmp_path / "packs").rmdir()
    refused(path, tmp_path, "multiple of 4", NetworkInput(size=33))
