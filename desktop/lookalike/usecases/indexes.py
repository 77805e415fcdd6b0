"""The indexes over the stored vectors, one a descriptor, kept in step with the catalogue."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.catalogue.store import Catalogue
from lookalike.paths import DataPaths
from lookalike.progress import CancelToken, OnProgress
from lookalike.usecases.network_in_use import NetworkInUse
