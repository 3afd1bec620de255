"""The trained weights as package data, read once when first asked for. Written by `jietong.assistant.training`.

`understand.npz` holds `weights` (int8, intents × columns), `scales` and `bias` (float32, one per intent; temperature
already divided in), `threshold` (float32) and `corpus` (SHA-256 of the corpus that it was trained from, ASCII bytes).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PATH = Path(__file__).resolve().parent / "understand.npz"


@dataclass(frozen=True)
class Weights:
    """A linear model: calibrated logits = bias + scales · (weights @ features)."""

    weights: NDArray[np.int8]
    scales: NDArray[np.float32]
    bias: NDArray[np.float32]
    threshold: float
    corpus: str

    def probabilities(self, vector: dict[int, float]) -> list[float]:
        """Calibrated probability of each intent, in the order of INTENTS; they sum to one."""
        import numpy as np

        columns = np.fromiter(vector.keys(), dtype=np.int64, count=len(vector))
        values = np.fromiter(vector.values(), dtype=np.float64, count=len(vector))
        logits = self.bias + self.scales * (self.weights[:, columns].astype(np.float64) @ values)
        powers = np.exp(logits - logits.max())
        return [float(share) for share in powers / powers.sum()]


@cache
def load(path: Path = PATH) -> Weights:
    """The weights at `path`; OSError or KeyError if the file is missing or not ours."""
    import numpy as np

    with np.load(path, allow_pickle=False) as data:
        return Weights(
            weights=data["weights"],
            scales=data["scales"],
            bias=data["bias"],
            threshold=float(data["threshold"]),
            corpus=bytes(data["corpus"]).decode("ascii"),
        )
