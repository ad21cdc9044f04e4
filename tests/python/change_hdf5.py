"""Changes one thing in a file as any program could: change_hdf5.py FILE NODE ATTRIBUTE

An attribute becomes another text (digits stay digits); without one, the last element of the dataset becomes another.
"""

import sys

import h5py

path, node, attribute = sys.argv[1:]
with h5py.File(path, "r+") as file:
    found = file[node]
    if attribute:
        before = found.attrs.get(attribute, "")
        before = before.decode() if isinstance(before, bytes) else before
        after = ("0" if before[:1] != "0" else "1") + before[1:]
        found.attrs.create(attribute, after, dtype=h5py.string_dtype("utf-8", max(1, len(after.encode()))))
    elif found.shape == ():
        found[()] = found[()] + 1
    else:
        rows = found[:]
        row = rows[-1:]
        for name in row.dtype.names or [...]:
            row[name] = row[name] + 1
        found[-1:] = row
