"""What the network page says of a filter, in words."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from lookalike.records import Photo
from lookalike.ui.inspector.facts import photos_in_words, readable
from lookalike.words import in_figures, mark, retold, tr

if TYPE_CHECKING:
    from lookalike.library import FilterAnswer, SaliencyMap, SaliencyRule

RULES: Final[tuple[tuple[SaliencyRule, str, str], ...]] = (
    (
        "guided",
        tr("Guided"),
        tr("Guided backpropagation: the clearest picture (Springenberg et al. 2015)"),
    ),
    (
        "gradient",
        tr("Gradient"),
        tr("The exact derivative: noisy to the eye (Simonyan et al. 2013)"),
    ),
    (
        "deconvnet",
        tr("Deconvnet"),
        tr("Deconvolution: what could excite it (Zeiler and Fergus 2014)"),
    ),
)
"""Ways back to the pixels: key, name, what it is."""


def row_words(photo: Photo, found: SaliencyMap, pointed: bool) -> str:
    """The value is of a closer look than the list's, which saw the whole photo squared."""
    name = readable(os.path.basename(photo.path))
    words = tr("On {photo}: {fires} (an illustration, not evidence)")
    if pointed:
        words = tr("At that place of {photo}: {fires} (an illustration, not evidence)")
    value = in_figures(found.activation, ".1f")
    fires = tr("{value} at a closer look").format(value=value)
    return words.format(photo=name, fires=fires if found.fires else tr("it does not fire here"))


_SHORT: Final = (mark("positive saliency"), mark("negative saliency"))
"""What `short` leaves of the titles of `usecases/looking.py`, for the catalogues."""


def short(title: str) -> str:
    """A picture's title without what its place says."""
    return retold(title.removesuffix(" in that part"))


def reach(found: FilterAnswer) -> str:
    """How far the search reaches, said honestly."""
    if not found.matches:
        return tr("It fires on no photo that was looked at.")
    listed = sum(match.listed for match in found.matches)
    words = tr(
        "The first {listed} lead all {photos}. The rest are the best of {looked_at} like them, "
        "looked at again."
    )
    return words.format(
        listed=listed,
        photos=photos_in_words(found.photos),
        looked_at=photos_in_words(found.looked_at),
    )
