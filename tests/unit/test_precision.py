"""The precision of a library's vectors: never mixed, never lost, chosen by a person."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from lookalike.errors import NetworkError
from lookalike.library import Library
from lookalike.progress import CancelToken, ignore_progress
from lookalike.records import Answer, Goal, Query
from lookalike.usecases.scoring import Scored, Scorer
from tests.drawn_photos import draw, save_photos
from tests.unit.vision.network.architectures import plain_net
from tests.unit.vision.network.test_reading import saved

NAME = "efficientnet-lite0"


def use(library: Library, precision: str, name: str = NAME) -> int:
    return library.networks.use(name, ignore_progress, CancelToken(), precision)


def counts(library: Library) -> dict[str, int]:
    return library.networks.in_use().precisions


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_photos(tmp_path / "photos", 2, (160, 120))
    return tmp_path / "photos"


def test_precisions_are_kept_apart_and_caught_up(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Library.open(home) as library:
        library.index([str(folder)])
        assert counts(library) == {"float32": 8, "int8": 0}, "a new library starts in float32"
        goal = Goal(path=str(folder / "leaves-001.jpg"))
        exact = library.search(Query((goal,), k=8))
        assert use(library, "int8") == 8
        assert counts(library) == {"float32": 8, "int8": 8}
        small = library.search(Query((goal,), k=8))
        assert small.matches[0].score == pytest.approx(1, abs=1e-3), "goal and photo in int8 alike"
        assert {m.photo.path: m.score for m in small.matches} != {
            m.photo.path: m.score for m in exact.matches
        }
    with Library.open(home) as library:
        assert library.status().precision == "int8", "the choice outlives the process"
        draw("discs", 77).save(folder / "new.jpg")
        library.index([str(folder)])
        assert counts(library) == {"float32": 8, "int8": 9}
        assert use(library, "float32") == 1, "only what is missing is embedded"
        assert use(library, "int8") == 0
        assert use(library, "auto") == 0
        assert library.status().precision == "int8", "what is in use stays in use"


def test_a_search_during_a_change_of_network_mixes_no_vectors(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open(tmp_path / "home") as library:
        library.index([str(folder)])
        query = Query((Goal(path=str(folder / "leaves-001.jpg")),), k=8)
        exact = library.search(query)
        use(library, "int8")
        small = library.search(query)
        use(library, "float32")
        scored, chosen = Scorer.scored, iter(["int8"])

        def while_another_is_chosen(self: Scorer, *arguments: Any) -> Scored:
            for precision in chosen:
                use(library, precision)
            return scored(self, *arguments)

        monkeypatch.setattr(Scorer, "scored", while_another_is_chosen)
        changed = library.search(query)
        assert library.status().precision == "int8", "it was chosen while the search was under way"
        assert scores(changed) == scores(small) != scores(exact)
        use(library, "float32")
        assert scores(library.search(query)) == scores(exact), "nothing of it was kept for later"


def scores(answer: Answer) -> dict[str, float]:
    return {match.photo.path: match.score for match in answer.matches}


def test_evidence_in_int8_adds_up(folder: Path, tmp_path: Path) -> None:
    with Library.open(tmp_path / "home") as library:
        library.index([str(folder)])
        use(library, "int8")
        query = Query((Goal(path=str(folder / "leaves-001.jpg")),), k=4)
        match = next(m for m in library.search(query).matches if m.kind == "similar")
        found = library.explain(query, match.photo)
    for side in (found.goal_map, found.result_map):
        assert float(side.sum()) == pytest.approx(found.score - found.baseline, abs=1e-4)


def test_a_library_keeps_the_precision_of_its_vectors(folder: Path, tmp_path: Path) -> None:
    """Even where the note of what was chosen is lost or damaged."""
    home = tmp_path / "home"
    with Library.open(home) as library:
        use(library, "int8")
        library.index([str(folder)])
        assert counts(library) == {"float32": 0, "int8": 8}
        note = library.paths.network_in_use
    for damage in (None, b"", b"\xff\xfe", b"efficientnet-lite0\nint3\n"):
        note.unlink(missing_ok=True)
        if damage is not None:
            note.write_bytes(damage)
        with Library.open(home) as library:
            assert library.status().precision == "int8"
            assert library.index([str(folder)]).unchanged == 8
            assert counts(library) == {"float32": 0, "int8": 8}


def test_int8_for_a_persons_own_network(folder: Path, tmp_path: Path) -> None:
    with Library.open(tmp_path / "home") as library:
        library.networks.add(str(saved(plain_net(), tmp_path)), "own")
        with pytest.raises(NetworkError, match="int8 takes photos"):
            library.networks.add_int8("own", None)
        with pytest.raises(NetworkError, match="no int8 graph"):
            use(library, "int8", "own")
        with pytest.raises(NetworkError, match="not a folder"):
            library.networks.add_int8("own", str(tmp_path / "nowhere"))
        save_photos(folder, 5, (160, 120))
        library.index([str(folder)])
        assert library.networks.add_int8("own", None).holds, "the library's own photos calibrate"
        assert use(library, "int8", "own") == 20
        assert counts(library) == {"float32": 0, "int8": 20}
        library.networks.add(str(saved(plain_net(), tmp_path)), "other")
        found = library.networks.add_int8("other", str(folder))
        assert found.cosine > 0.9
        with pytest.raises(NetworkError, match="has an int8 graph already"):
            library.networks.add_int8(NAME, None)


def test_a_damaged_int8_graph_is_told_before_it_is_used(folder: Path, tmp_path: Path) -> None:
    with Library.open(tmp_path / "home") as library:
        save_photos(folder, 5, (160, 120))
        library.networks.add(str(saved(plain_net(), tmp_path)), "own")
        library.networks.add_int8("own", str(folder))
        path = library.paths.networks / "own" / "network.int8.onnx"
        shutil.copy(path, tmp_path / "kept.onnx")
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(NetworkError, match=r"network\.int8\.onnx"):
            use(library, "int8", "own")
        assert library.status().network == NAME
