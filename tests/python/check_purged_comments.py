"""check_purged_comments.py FILE...: each comment that runs share stands once, with the lowest of them, and pypet sees it.

Prints in how many files run 0 did not end first, and how many files there are.
"""

import sys

import h5py
import pypet

RUNS = 20
late = 0
for filename in sys.argv[1:]:
    with h5py.File(filename) as file:
        results = file["modes/results/runs/run_set_00000"]
        derived = file["modes/derived_parameters/runs/run_set_00000"]

        def commented(branch, leaf):
            """The runs whose leaf has a comment, with it."""
            attributes = {run: branch[f"run_{run:08d}/{leaf}"].attrs for run in range(RUNS)}
            said = {run: a["SRVC_INIT_COMMENT"] for run, a in attributes.items() if "SRVC_INIT_COMMENT" in a}
            return {run: text.decode() if isinstance(text, bytes) else str(text) for run, text in said.items()}

        assert commented(results, "z") == {0: "Mostly harmless!"}, (filename, commented(results, "z"))
        assert commented(results, "deep/parity") == {0: "even", 1: "odd"}, filename
        assert commented(derived, "twice") == {0: "the same in every run"}, filename
        assert commented(results, "own") == {run: f"only of x = {run}" for run in range(RUNS)}, filename
        ends = file["modes/overview/runs"]["finish_timestamp"]
        late += bool(ends[0] > min(ends[1:]))
    trajectory = pypet.load_trajectory(name="modes", filename=filename, load_all=2, force=True)
    for run in range(RUNS):
        leaf = trajectory.f_get(f"results.runs.run_set_00000.run_{run:08d}.z")
        assert leaf.z == run * run and leaf.v_comment == ("Mostly harmless!" if run == 0 else ""), (filename, run)
print(f"{late} of {len(sys.argv) - 1} files: run 0 was not the first to end")
