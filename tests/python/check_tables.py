"""check_tables.py FILE TRAJECTORY SMALL LARGE: opens every overview table of FILE with PyTables and pandas and FILE
with pypet, and asserts that the tables say of every node what pypet loads. SMALL and LARGE are 0 or 1.

Prints the tables with their columns and numbers of rows, where they are the same in every version.
"""
import hashlib
import logging
import os
import sys
import warnings
from collections import Counter

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

import numpy as np
import pandas
import pypet
import tables

ALWAYS = {"info", "runs", "explorations", "hdf5_settings"}
SMALL = {"config", "parameters", "explored_parameters", "derived_parameters_trajectory", "results_trajectory",
         "derived_parameters_runs_summary", "results_runs_summary", "config_overview", "parameters_overview",
         "explored_parameters_overview", "derived_parameters_summary", "results_summary"}
LARGE = {"derived_parameters_runs", "results_runs", "derived_parameters_overview", "results_overview"}


def columns(table):
    return ", ".join(f"{name} {table.coldescrs[name].dtype.str[1:]}" for name in table.colnames)


def text(cell):
    return cell.decode("utf-8")


def check_readers(path, table, node):
    """Every table opens in both, with as many rows, no row without a name, and strings of fixed length."""
    assert type(node) is tables.Table, node
    rows = node[:]
    assert len(rows) == node.nrows
    if "name" in node.colnames and table != "runs":
        assert len(node.read_where("name != b''")) == node.nrows, table
        first = rows["name"][0] if len(rows) else b"nothing"
        found = node.read_where("name == first", {"first": first})
        assert len(found) == (rows["name"] == first).sum()
    assert all(node.coldtypes[name].kind in "Siufb" for name in node.colnames), table
    frame = pandas.read_hdf(path, node._v_pathname)
    assert list(frame.columns) == node.colnames and len(frame) == node.nrows, table
    return rows


def nodes(rows):
    return Counter(f"{text(row['location'])}.{text(row['name'])}" for row in rows)


def main(path, name, small, large):
    small, large = small == "1", large == "1"
    there, in_runs = {}, {}
    with tables.open_file(path) as file:
        overview = file.get_node(f"/{name}/overview")
        for table in overview._f_iter_nodes("Table"):
            rows = f"{table.nrows} rows" if not table.name.startswith("config") else "rows"
            print(f"{table.name}: {rows} of {', '.join(table.colnames) if table.name in ALWAYS else columns(table)}")
            there[table.name] = check_readers(path, table.name, table)
        # pypet adds entries about itself while it loads; what is in the file is in the file.
        entries = {".".join(group._v_pathname.split("/")[2:]) for group in file.walk_groups(f"/{name}/config")
                   if "SRVC_LEAF" in group._v_attrs}
        for group in file.walk_groups(f"/{name}/results/runs"):
            if group._v_name.startswith("run_0"):
                assert ("explored_parameters" in group) == large, group
                if large:
                    table = group.explored_parameters
                    rows = table[:]
                    first = rows["name"][0]
                    assert first in table.read_where("name == first", {"first": first})["name"]
                    in_runs[group._v_name] = [(text(row["name"]), text(row["value"])) for row in rows]
        if large:
            print(f"in {len(in_runs)} runs: explored_parameters: {table.nrows} rows of {columns(table)}")
            if len(in_runs) < 100:
                assert len(pandas.read_hdf(path, table._v_pathname)) == table.nrows
    expected = ALWAYS | (SMALL if small else set()) | (LARGE if large else set())
    assert set(there) == expected, set(there) ^ expected

    settings = there["hdf5_settings"][0]
    for table in [column for column in settings.dtype.names if column.endswith(("_overview", "_summary"))]:
        assert bool(settings[table]) == (table in there), table
    assert bool(settings["purge_duplicate_comments"]) == small

    traj = pypet.load_trajectory(filename=os.path.abspath(path), name=name, load_all=2, force=True)
    parameters, config = traj.f_get_parameters(), traj.f_get_config()
    results, derived = traj.f_get_results(), traj.f_get_derived_parameters()
    every = {"results": results, "derived_parameters": derived}
    own = {branch: {k for k in leaves if not k.startswith(f"{branch}.runs.")} for branch, leaves in every.items()}
    ours = sorted((parameters[k] for k in traj.f_get_explored_parameters()), key=lambda p: (p.v_name, p.v_location))
    for run, rows in in_runs.items():
        assert [name for name, _ in rows] == [p.v_name for p in ours]
    if small:
        for table in ("parameters", "parameters_overview"):
            assert nodes(there[table]) == Counter(parameters.keys()), table
        for table in ("config", "config_overview"):
            assert nodes(there[table]) == Counter(entries), table
            assert any(entry.endswith(".finish_timestamp") for entry in entries), "also what is known at the end"
            said = {f"{text(r['location'])}.{text(r['name'])}": text(r["comment"]) for r in there[table]}
            # pypet's own entries about HDF5 are those of its own settings once it has loaded the file.
            assert all(said[k] == config[k].v_comment for k in entries if not k.startswith("config.hdf5.")), table
        for table in ("explored_parameters", "explored_parameters_overview"):
            assert nodes(there[table]) == Counter(traj.f_get_explored_parameters().keys()), table
        for row in there["parameters"]:
            parameter = parameters[f"{text(row['location'])}.{text(row['name'])}"]
            values = parameter.f_get_range() if parameter.f_has_range() else [parameter.f_get()]
            assert row["length"] == len({repr(value) for value in values}), "the values along its axis"
            kind = type(parameter.f_get())
            if kind in (int, float, bool, str):
                short = repr(parameter.f_get())
                said = text(row["value"])
                assert said == short or said.endswith("...") and short.startswith(said[:-3]), (said, short)
            assert text(row["comment"]) == parameter.v_comment
    for branch, leaves in every.items():
        in_run = Counter(k for k in leaves if k not in own[branch])
        if small:
            assert nodes(there[f"{branch}_trajectory"]) == Counter(own[branch])
            # By the path below the run: every name once, with the lowest run as its example.
            below = {}
            for leaf in in_run:
                parts = leaf.split(".")
                below.setdefault(".".join(parts[4:]), []).append(parts[3])
            summary = there[f"{branch}_runs_summary"]
            assert len(summary) == len(below)
            for row in summary:
                location = text(row["location"])
                assert location.startswith(f"{branch}.runs.run_set_XXXXX.run_XXXXXXXX"), location
                key = ".".join(location.split(".")[4:] + [text(row["name"])])
                assert row["number_of_items"] == len(below[key]), key
                assert text(row["example_item_run_name"]) == min(below[key]), key
            assert set(nodes(there[f"{branch}_summary"])) <= set(leaves)
            for row in there[f"{branch}_summary"]:
                comment = leaves[f"{text(row['location'])}.{text(row['name'])}"].v_comment
                assert text(row["comment"]) == comment
                assert text(row["hexdigest"]) == hashlib.sha1(comment.encode()).hexdigest()
        if large:
            assert nodes(there[f"{branch}_runs"]) == in_run
            assert nodes(there[f"{branch}_overview"]) == Counter(leaves.keys())
            runs = [text(row["location"]).split(".")[3] for row in there[f"{branch}_runs"]]
            assert runs == sorted(runs), "runs in order"
            for row in there[f"{branch}_runs"]:
                leaf = leaves[f"{text(row['location'])}.{text(row['name'])}"]
                if branch == "results" and list(leaf.f_to_dict()) == ["z"]:
                    value = np.asarray(leaf.f_get()).item()
                    assert text(row["value"]) == f"z={value!r}", row
    print(f"pypet: {len(traj)} runs, {len(results)} results, {len(derived)} derived parameters")


if __name__ == "__main__":
    main(*sys.argv[1:])
