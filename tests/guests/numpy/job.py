"""What NumPy and SciPy compute, and whatever goes wrong: `script` is a line of Python."""

import gc
import os
import sys

import numpy as np
import scipy.linalg
import scipy.optimize
import scipy.sparse

import helper


def run(traj, *_args, **_kwargs):
    if script := traj.f_get_default("script", ""):
        exec(script, {**globals(), "traj": traj})
        return
    a, x, t = traj.matrix, traj.vector, np.arange(256) / 256.0
    product = a @ a.T
    traj.f_add_result("product", product, comment="of a matrix with its transpose")
    traj.f_add_result("fft", np.fft.fft(np.sin(40.0 * t) + t**2), comment="of a wave")
    traj.f_add_result("eigenvalues", np.linalg.eigvalsh(product), comment="of the product")
    traj.f_add_result("singular", np.linalg.svd(a, compute_uv=False), comment="values of the matrix")
    traj.f_add_result("solved", np.linalg.solve(product + np.eye(len(a)), x), comment="linear equations")
    traj.f_add_result("exponential", scipy.linalg.expm(a / 10.0), comment="of the matrix")
    traj.f_add_result("root", scipy.optimize.brentq(lambda y: y**3 - 2.0, 0.0, 2.0), comment="the third, of two")
    traj.f_add_result("sparse", scipy.sparse.csr_matrix(np.triu(a)), comment="the upper half")
    traj.f_add_result("drawn", traj.f_generator().normal(size=5), comment="from the seed of the run")
    traj.f_add_result("seed", np.uint64(traj.v_seed), comment="of the run")


def deep(n):
    return deep(n + 1)


def deep_in_c(n):
    return max([n], key=lambda m: deep_in_c(m + 1))
