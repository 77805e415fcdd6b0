"""The one error tree: every failure a person may see is a `LookalikeError` with one clear sentence.

The message of each error is shown as it is, in the window and on the command line, so it says
what is wrong and what to do next. Anything that is not a `LookalikeError` is a defect.
"""

from __future__ import annotations


class LookalikeError(Exception):
    """A failure with one sentence a person can read and act on."""


class Cancelled(Exception):  # noqa: N818 - a request that was honoured, not an error
    """Raised inside long work when its `CancelToken` is set; what was committed stays."""


class PhotoError(LookalikeError):
    """One photo file cannot be used; the sentence is its reason in "Problems"."""


class GoalError(LookalikeError):
    """A goal cannot be used: it is no image, it has vanished, or its region is empty."""


class DataFolderError(LookalikeError):
    """The data folder cannot be used: read-only, full, or in another format."""


class DataFolderBusyError(DataFolderError):
    """Another Lookalike is writing to this data folder."""


class NewerDataError(DataFolderError):
    """The data folder was written by a newer version; it is left untouched."""


class IndexDamagedError(LookalikeError):
    """A derived file (segment, thumbnail store) is missing or fails its checksum; it is rebuilt."""


class NetworkError(LookalikeError):
    """A network (pack or ONNX file) cannot be used."""


class FolderError(LookalikeError):
    """A folder cannot be added or forgotten: it is missing, no folder, or not in the library."""
