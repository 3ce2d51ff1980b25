"""States of a training, kept on disk after each epoch, to go on from when it was interrupted.

A directory of checkpoints holds one sub-directory, ``epoch-0003``, with a ``checkpoint.json`` and a
``.npy`` file for each array; nothing is pickled. A new one is written beside the old one under a
temporary name and renamed, so that there is always a whole one.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.errors import ArtifactError

__all__ = ["Checkpoint", "CheckpointFolder"]

FORMAT, FORMAT_VERSION = "matinee-checkpoint", 1
_MANIFEST = "checkpoint.json"
_NAME = re.compile(r"epoch-(\d{4,})")


@dataclass
class Checkpoint:
    """A training after some epoch.

    Parameters
    ----------
    epoch : int
        Epochs that are done.
    arrays : mapping of str to ndarray
        Weights, the optimiser's state, the best weights so far.
    history : list of dict
        Losses up to here.
    best_epoch : int
        The epoch with the best validation loss, 0 if none is followed.
    """

    epoch: int
    arrays: Mapping[str, NDArray[Any]]
    history: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0


class CheckpointFolder:
    """Where the checkpoints of one training are.

    Parameters
    ----------
    path : Path
        Made if it is not there.
    identity : mapping
        What the training is: model, hyper-parameters, fingerprint of the ratings. A checkpoint
        of anything else is refused.

    Examples
    --------
    >>> import tempfile
    >>> folder = CheckpointFolder(Path(tempfile.mkdtemp()), {"model": "dot"})
    >>> folder.latest() is None
    True
    >>> folder.write(Checkpoint(1, {"weights": np.ones(3)}))
    >>> folder.latest().arrays["weights"]
    array([1., 1., 1.])
    """

    def __init__(self, path: Path, identity: Mapping[str, Any]) -> None:
        self.path = path
        self.identity = json.loads(json.dumps(dict(identity)))

    def latest(self) -> Checkpoint | None:
        """The last state of this training, or None if there is none yet.

        Raises
        ------
        ArtifactError
            If what is there belongs to another training, or is damaged.
        """
        if self.path.exists() and not self.path.is_dir():
            raise ArtifactError(self.path, "is a file; checkpoints need a directory")
        found = self._epochs()
        if not found:
            if self.path.is_dir() and any(self.path.iterdir()):
                raise ArtifactError(
                    self.path,
                    "is a directory that holds something else; choose another for checkpoints",
                )
            return None
        folder = found[max(found)]
        try:
            content = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
            if content["format"] != FORMAT or content["format_version"] != FORMAT_VERSION:
                raise ValueError(f"format {content['format']} {content['format_version']}")
            self._check_identity(content["identity"])
            arrays = {
                name: np.load(folder / f"{name}.npy", allow_pickle=False)
                for name in content["arrays"]
                if Path(name).name == name
            }
            return Checkpoint(
                int(content["epoch"]), arrays, content["history"], int(content["best_epoch"])
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ArtifactError(
                folder, f"the checkpoint cannot be read ({error}); remove {self.path} to start anew"
            ) from error

    def write(self, checkpoint: Checkpoint) -> None:
        """Keep a state, and drop the former one.

        Raises
        ------
        ArtifactError
            If the disk does not take it.
        """
        former = self._epochs()
        temporary: Path | None = None
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(prefix=".epoch-", dir=self.path))
            for name, array in checkpoint.arrays.items():
                np.save(temporary / f"{name}.npy", array, allow_pickle=False)
            content = {
                "format": FORMAT,
                "format_version": FORMAT_VERSION,
                "identity": self.identity,
                "epoch": checkpoint.epoch,
                "best_epoch": checkpoint.best_epoch,
                "history": checkpoint.history,
                "arrays": list(checkpoint.arrays),
            }
            (temporary / _MANIFEST).write_text(json.dumps(content, indent=2), encoding="utf-8")
            temporary.rename(self.path / f"epoch-{checkpoint.epoch:04d}")
        except OSError as error:
            raise ArtifactError(
                self.path, f"the checkpoint could not be written ({error.strerror or error})"
            ) from error
        finally:
            if temporary is not None:
                shutil.rmtree(temporary, ignore_errors=True)
        for epoch, folder in former.items():
            if epoch != checkpoint.epoch:
                shutil.rmtree(folder, ignore_errors=True)

    def _epochs(self) -> dict[int, Path]:
        if not self.path.is_dir():
            return {}
        matches = ((_NAME.fullmatch(entry.name), entry) for entry in self.path.iterdir())
        return {int(match[1]): entry for match, entry in matches if match}

    def _check_identity(self, stored: Mapping[str, Any]) -> None:
        for name in sorted({*stored, *self.identity}):
            before, now = stored.get(name), self.identity.get(name)
            if before != now:
                raise ArtifactError(
                    self.path,
                    f"holds a checkpoint of another training: its {name} is {before!r}, here it is "
                    f"{now!r}; choose another directory, or remove this one to start anew",
                )
