"""make_sparse_files.py FOLDER: lets SciPy save sparse matrices of every format as FOLDER/<name>.npz, in two ways."""

import sys

import numpy as np
import scipy.sparse as sp

folder = sys.argv[1]
dense = np.array([[0.0, 0.0, 3.0, 0.0], [4.0, 0.0, 0.0, -0.5]])
for form in ["csr", "csc", "bsr", "coo", "dia"]:
    sp.save_npz(f"{folder}/{form}.npz", sp.csr_matrix(dense).asformat(form))
    sp.save_npz(f"{folder}/{form}_array.npz", sp.csr_array(dense).asformat(form), compressed=False)
for dtype in ["bool", "int8", "int64", "uint16", "float32", "complex64", "complex128"]:
    sp.save_npz(f"{folder}/{dtype}.npz", sp.csr_matrix(dense.astype(dtype)))
sp.save_npz(f"{folder}/empty.npz", sp.csr_matrix((3, 0)))
sp.save_npz(f"{folder}/blocks.npz", sp.bsr_matrix(np.kron(np.eye(2), np.ones((2, 3))), blocksize=(2, 3)))
# Kept in the order of columns, as SciPy makes it when it converts.
sp.save_npz(f"{folder}/column_major.npz", sp.dia_matrix((np.asfortranarray([[1, 2, 3], [4, 5, 6]]), [0, -1]), (3, 3)))
sp.save_npz(f"{folder}/other.npz", sp.csr_matrix(dense * 2))
np.savez(f"{folder}/no_matrix.npz", a=dense)
sp.save_npz(f"{folder}/longdouble.npz", sp.csr_matrix(dense.astype("longdouble")))
