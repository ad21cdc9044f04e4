"""make_pypet_file.py OUT.hdf5: lets pypet itself run a small exploration into a new file.

The file stands in tests/data/ and shows that our reader understands what pypet writes.
"""
import logging
import os
import sys

import numpy as np
import pandas as pd
import scipy.sparse as sp
from pypet import (ArrayParameter, Environment, PickleParameter, PickleResult, SparseParameter, SparseResult)


def job(traj):
    traj.f_add_result("z", traj.x * traj.y, comment="I am the product of two values!")
    traj.f_add_derived_parameter("half", traj.x / 2.0, comment="half of x")
    result = traj.f_add_result(
        "many", number=42, real=0.5, text="héllo", yes=True, nothing=[], numbers=[1, 2, 3], words=("a", "bcd"),
        grid=np.arange(6.0).reshape(2, 3), ints=np.arange(4, dtype="i4"), mask=np.array([True, False]),
        names=np.array(["a", "bc"]), small=np.int16(-7), mapping={"a": 1, "b": 2.5, "c": "str"}, empty={},
        z=1 + 2j, raw=b"abc", comment="many items",
    )
    traj.f_add_result(SparseResult, "sparse", csr=traj.net.sparse, csc=traj.net.sparse.tocsc(), number=3,
                      dia=sp.dia_matrix(np.diag([1, 2, 3], -1)), bsr=sp.bsr_matrix(np.ones((2, 4)), blocksize=(1, 2)))
    traj.f_add_result(PickleResult, "pickled", anything={1, 2}, protocol=2)
    result.f_set(frame=pd.DataFrame({"a": [1.0, 2.0]}))
    result.v_annotations.f_set(note="annotated", power=3, vector=np.arange(3.0), lots=[1, 2])


def main(out):
    logging.disable(logging.CRITICAL)
    with Environment(trajectory="made_by_pypet", comment="a file of pypet's own", filename=os.path.abspath(out),
                     overwrite_file=True, log_config=None, add_time=False) as env:
        traj = env.trajectory
        traj.f_add_parameter("x", 1, comment="the first factor")
        traj.f_add_parameter("net.y", 0.5, comment="the second factor")
        traj.f_add_parameter("net.mode", "a")
        traj.f_add_parameter("net.flag", True)
        traj.f_add_parameter("net.list", [1, 2, 3])
        traj.f_add_parameter("net.array", np.array([[1.0, 2.0]]))
        traj.f_add_parameter(ArrayParameter, "net.large", np.arange(3))
        first = sp.csr_matrix(np.array([[0.0, 0.0, 3.0], [4.0, 0.0, 0.0]]))
        traj.f_add_parameter(SparseParameter, "net.sparse", first)
        traj.f_add_parameter(SparseParameter, "net.not_sparse", np.arange(2))
        traj.f_add_parameter(PickleParameter, "net.pickled", {3, 4})
        traj.f_explore({"x": [1, 2, 3], "net.mode": ["a", "bb", "ccc"],
                        "net.large": [np.arange(3), np.arange(4), np.arange(3)],
                        "net.sparse": [first, sp.dia_matrix(np.eye(2, dtype="i4")), first.copy()],
                        "net.pickled": [{3, 4}, {5}, {6}]})
        env.run(job)


if __name__ == "__main__":
    main(sys.argv[1])
