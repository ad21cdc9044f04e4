"""check_sqlite.py FILE.sqlite FILE.hdf5: plain SQL finds what h5py finds in the file that it was exported from."""

import json
import sqlite3
import sys

import h5py
import numpy as np
import pandas as pd

connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
rows = lambda sql, *values: connection.execute(sql, values).fetchall()
((name, length, finished, points, scalars),) = rows(
    "SELECT name, length, finished, points_view, scalars_view FROM trajectories"
)
assert finished == 1 and rows("PRAGMA integrity_check") == [("ok",)] and rows("PRAGMA foreign_key_check") == []

numbers = 0
with h5py.File(sys.argv[2]) as file:
    runs = file[name]["overview/runs"][()]
    assert [row[0] for row in rows("SELECT status FROM runs ORDER BY idx")] == [s.decode() for s in runs["status"]]
    assert [int(row[0]) for row in rows("SELECT seed FROM runs ORDER BY idx")] == runs["seed"].tolist()
    frame = pd.read_sql(f'SELECT * FROM "{scalars}" ORDER BY run', connection)
    assert len(frame) == length == len(runs)
    pairs = pd.read_sql(f'SELECT * FROM "{points}" ORDER BY run', connection)
    for (path,) in rows("SELECT name FROM parameters WHERE explored AND type IN ('int', 'float')"):
        stored = file[name]["parameters/" + path.replace(".", "/")]["explored_data"]["data"]
        column = path.rsplit(".")[-1]
        assert frame[column].tolist() == stored.tolist() == pairs[column].tolist(), path
    for run, result, item, value, kind, layout, data in rows(
        "SELECT run, name, item, value, type, layout, data FROM results WHERE run IS NOT NULL"
    ):
        group = file[name][f"results/runs/run_set_{run // 1000:05}/run_{run:08}/" + result.replace(".", "/")]
        if item.replace(".", "/") not in group:
            continue
        node = group[item.replace(".", "/")]
        if not isinstance(node, h5py.Dataset) or node.dtype.names or node.dtype.kind not in "iufcb":
            continue
        stored = node[()]
        if kind in ("int", "float", "bool"):
            same = value == stored or (value is None and np.isnan(stored))
        elif kind == "complex":
            same = np.frombuffer(data, json.loads(layout)["dtype"]).tobytes() == np.asarray(stored).tobytes()
        elif kind == "array" and data:
            layout = json.loads(layout)
            array = np.frombuffer(data, layout["dtype"]).reshape(layout["shape"])
            if array.dtype == bool:  # PyTables' truth values are bytes for h5py.
                stored = stored.astype(bool)
            same = array.dtype == stored.dtype and array.shape == stored.shape and array.tobytes() == stored.tobytes()
        else:
            continue
        assert same, (run, result, item, value, stored)
        numbers += 1

if "z" in frame and name == "multiplication":
    assert (frame.z == frame.x * frame.y).all()
    mean = pd.read_sql(f'SELECT x, avg(z) AS z FROM "{scalars}" GROUP BY x', connection)
    assert (mean.z == mean.x * 49.5).all()
assert numbers > 20, numbers
print(f"{length} runs, columns: {' '.join(frame.columns)}")
