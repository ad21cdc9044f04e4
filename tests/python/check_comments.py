"""check_comments.py FILE…: loads each FILE with pypet and asserts that a comment that all runs share stands with run 0
only, and comments that differ with the lowest run that has them.
"""
import logging
import os
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

import pypet

for path in sys.argv[1:]:
    traj = pypet.load_trajectory(filename=os.path.abspath(path), index=-1, load_all=2, force=True)
    results, derived = traj.f_get_results(), traj.f_get_derived_parameters()
    for leaves in (results, derived):
        shared = sorted(k for k, leaf in leaves.items() if leaf.v_comment == "Mostly harmless!")
        assert len(shared) == 1 and ".run_00000000." in shared[0], (path, shared)
    other = sorted(leaf.v_full_name for leaf in results.values() if leaf.v_comment.startswith("one of three"))
    assert [name.split(".")[3] for name in other] == ["run_00000000", "run_00000001", "run_00000002"], other
    assert traj.f_get("config.hdf5.overview.parameters").f_get(), "the choices are in the configuration"
    assert len(results) == 2 * len(traj) and len(derived) == len(traj)
print(f"pypet: {len(sys.argv) - 1} files, each comment once, in its lowest run")
