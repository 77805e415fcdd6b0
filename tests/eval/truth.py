"""What is right for a folder of photos: a class for each photo, or relevant pairs."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path


class TruthError(Exception):
    """The folder's labels or pairs cannot be used; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Truth:
    """`relevant` maps each goal's path to the paths that are right answers to it, itself left out.

    `label` is a goal's class, or "" where pairs were given.
    """

    relevant: dict[str, frozenset[str]]
    label: dict[str, str]


def read_truth(folder: Path, pairs: Path | None = None) -> Truth:
    """From `pairs`, else from `folder`/labels.json, else from the names of its subfolders.

    labels.json maps a file's name (or its path below the folder) to its class. A file of pairs
    is JSON, goal to a list of relevant photos, or text, a goal and a relevant photo a line with
    a tab between; paths are relative to `folder`, and a goal may lie outside it.
    """
    if pairs is not None:
        return _of_pairs(folder, pairs)
    labels = folder / "labels.json"
    if labels.is_file():
        told = json.loads(labels.read_text(encoding="utf-8"))
        return _of_labels({_path(folder, name): str(label) for name, label in told.items()})
    found = {
        _path(folder, str(path)): path.parent.name
        for path in folder.glob("*/*")
        if path.is_file() and not path.name.startswith(".")
    }
    if not found:
        raise TruthError(f"{folder} has neither labels.json nor a folder for each class.")
    return _of_labels(found)


def _of_labels(label: dict[str, str]) -> Truth:
    members = defaultdict(set)
    for path, name in label.items():
        members[name].add(path)
    relevant = {
        path: frozenset(members[name] - {path})
        for path, name in label.items()
        if len(members[name]) > 1
    }
    return Truth(relevant, label)


def _of_pairs(folder: Path, pairs: Path) -> Truth:
    text = pairs.read_text(encoding="utf-8")
    relevant: dict[str, set[str]] = defaultdict(set)
    try:
        told = json.loads(text)
        lines = [(goal, other) for goal, others in told.items() for other in others]
    except ValueError:
        lines = []
        for line in filter(str.strip, text.splitlines()):
            goal, tab, other = line.partition("\t")
            if not tab:
                raise TruthError(f"{pairs}: a line wants a goal, a tab and a photo.") from None
            lines.append((goal, other))
    for goal, other in lines:
        relevant[_path(folder, goal)].add(_path(folder, other))
    return Truth({goal: frozenset(each - {goal}) for goal, each in relevant.items()}, {})


def _path(folder: Path, name: str) -> str:
    return os.path.realpath(os.path.join(folder, name))
