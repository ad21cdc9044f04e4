"""Tables: columns of equal length with names of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .ndarray import array


class Table(Mapping[str, Any]):
    """An ordered table, of columns by their names: `Table(t=[0.0, 0.1], v=[1, 2])` or `Table({"t (s)": [0.0]})`.

    The first dimension of a column counts the rows. `table["t"]` is the array of a column.
    """

    def __init__(self, columns: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        self._columns = {name: array(cells) for name, cells in {**(columns or {}), **more}.items()}

    @property
    def rows(self) -> int:
        """The number of rows."""
        return next((len(cells) for cells in self._columns.values()), 0)

    def __getitem__(self, name: str) -> Any:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        return f"Table({self._columns!r})"

    def to_pandas(self) -> Any:
        """A `pandas.DataFrame`, where pandas is part of the component."""
        import pandas

        return pandas.DataFrame({name: list(cells) if cells.ndim > 1 else cells for name, cells in self.items()})
