"""Sparse matrices: which elements are stored, in one of SciPy's formats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .ndarray import array, zeros


class Sparse:
    """A matrix of which only some elements are stored. Elements that occur twice add up.

    Made by `Sparse.csr`, `csc`, `bsr`, `coo` and `dia`, in SciPy's words. A job may add matrices of SciPy itself where it
    is part of the component; `to_scipy()` makes one of what `f_get` gives.
    """

    def __init__(self, format: str, shape: tuple[int, int], data: Any, positions: dict[str, Any]) -> None:
        """`positions` are those that the format has: `indices` and `indptr`, `row` and `col`, or `offsets`."""
        self.format = format
        self.shape = shape
        self.data = array(data)
        self.positions = {name: array(places, dtype="int64") for name, places in positions.items()}

    @classmethod
    def csr(cls, shape: tuple[int, int], data: Any, indices: Any, indptr: Any) -> Sparse:
        """Row by row: row `i` has the elements from `indptr[i]` to before `indptr[i + 1]`, in the columns `indices`."""
        return cls("csr", shape, data, {"indices": indices, "indptr": indptr})

    @classmethod
    def csc(cls, shape: tuple[int, int], data: Any, indices: Any, indptr: Any) -> Sparse:
        """Column by column."""
        return cls("csc", shape, data, {"indices": indices, "indptr": indptr})

    @classmethod
    def bsr(cls, shape: tuple[int, int], data: Any, indices: Any, indptr: Any) -> Sparse:
        """As `csr`, of blocks: `data` has the dimensions block, row and column."""
        return cls("bsr", shape, data, {"indices": indices, "indptr": indptr})

    @classmethod
    def coo(cls, shape: tuple[int, int], data: Any, row: Any, col: Any) -> Sparse:
        """Each element with its row and its column."""
        return cls("coo", shape, data, {"row": row, "col": col})

    @classmethod
    def dia(cls, shape: tuple[int, int], data: Any, offsets: Any) -> Sparse:
        """Diagonal by diagonal: `data` has the dimensions diagonal and column."""
        return cls("dia", shape, data, {"offsets": offsets})

    def entries(self) -> Iterator[tuple[int, int, Any]]:
        """Row, column and value of each element that is stored, in the order of the format."""
        places = {name: list(places.tolist()) for name, places in self.positions.items()}
        if self.format == "coo":
            yield from zip(places["row"], places["col"], self.data.tolist(), strict=True)
        elif self.format == "dia":
            for offset, diagonal in zip(places["offsets"], self.data.tolist(), strict=True):
                for column, value in enumerate(diagonal):
                    if 0 <= column - offset < self.shape[0] and column < self.shape[1]:
                        yield column - offset, column, value
        else:
            data = self.data.tolist()
            for line in range(len(places["indptr"]) - 1):
                for at in range(places["indptr"][line], places["indptr"][line + 1]):
                    other = places["indices"][at]
                    if self.format == "bsr":
                        for i, row in enumerate(data[at]):
                            for j, value in enumerate(row):
                                yield line * len(data[at]) + i, other * len(row) + j, value
                    else:
                        yield (line, other, data[at]) if self.format == "csr" else (other, line, data[at])

    def todense(self) -> Any:
        """The whole matrix, as an array."""
        dense = zeros(self.shape, str(self.data.dtype))
        for row, column, value in self.entries():
            dense[row, column] = dense[row, column] or value if dense.dtype == "bool" else dense[row, column] + value
        return dense

    def to_scipy(self) -> Any:
        """The matrix of SciPy in the same format, where SciPy is part of the component."""
        import scipy.sparse

        places = self.positions
        if self.format == "coo":
            return scipy.sparse.coo_matrix((self.data, (places["row"], places["col"])), shape=self.shape)
        if self.format == "dia":
            return scipy.sparse.dia_matrix((self.data, places["offsets"]), shape=self.shape)
        make = getattr(scipy.sparse, f"{self.format}_matrix")
        return make((self.data, places["indices"], places["indptr"]), shape=self.shape)

    def __repr__(self) -> str:
        return f"Sparse.{self.format}({self.shape}, {self.data!r}, {self.positions!r})"
