"""Every function and every value of the contract, once: the job of `../conformance`, in Python."""

import logging

from wit_world.imports import single_run as host

from host_guest import Manifest, ResultDeclaration, Sparse, array, wire
from parts import PARTS, values

manifest = Manifest(
    "Every function and every value of the contract: ä 漢 🦀",
    # Nothing of parameters: a test may give whatever it wants to see echoed.
    results=[
        ResultDeclaration("plain.real", unit="m s-1", comment="a real number"),
        ResultDeclaration("arrays.float64", unit="V", comment="an array", dimensions=["row", "column"]),
    ],
)


def run(traj, *args, **kwargs):
    part = traj.f_get_default("part", "everything")
    if part == "everything":
        everything(traj, args, kwargs)
    elif part in PARTS:
        PARTS[part](traj)
    else:
        raise ValueError(f"there is no part `{part}`")


def everything(traj, args, kwargs):
    echo_parameters(traj)
    for position, value in enumerate(args):
        traj.f_add_result(f"args.arg_{position}", value)
    for name, value in kwargs.items():
        traj.f_add_result(f"kwargs.{name}", value)
    properties(traj)
    for name, value in values():
        traj.f_add_result(name, value)
    several_items(traj)
    derived_parameters_and_annotations(traj)
    access(traj)
    logs_and_progress(traj)


def echo_parameters(traj):
    known = []
    for node in traj.f_iter_leaves():
        short = node.v_full_name.removeprefix("parameters.")
        traj.f_add_result(f"echo.{short}", node.f_get(), comment=node.v_comment)
        known.append(f"{node.v_full_name}|{node.v_unit}|{str(node.v_explored).lower()}|{node.v_comment}")
    traj.f_add_result("parameters_seen", known)


def properties(traj):
    rng = traj.f_rng()
    traj.f_add_result(
        "properties",
        idx=traj.v_idx,
        length=len(traj),
        name=traj.v_name,
        seed=array(traj.v_seed, dtype="uint64"),
        trajectory_name=traj.v_trajectory_name,
        random=array([rng.uniform(), rng.uniform()]),
    )


def several_items(traj):
    traj.f_add_result(
        "items.named",
        comment="Drei Posten: Zeiten, Anzahl, Ort",
        times=array([0.1, 0.2]),
        count=2,
        **{"place.row": 7},
    )
    traj.f_add_result(
        "items.mixed_with_sparse",
        comment="matrices beside other values",
        z=1.5,
        a=Sparse.coo((1, 2), array([7], dtype="int32"), [0], [1]),
        **{"deep.matrix": Sparse.csr((1, 1), [0.25], [0], [0, 1]), "deep.words": ["ä", "b"]},
    )
    traj.f_add_result("items.numbered", 1, 2, 3, comment="named after the result")


def derived_parameters_and_annotations(traj):
    traj.f_add_derived_parameter("derived.doubled", 2 * traj.v_idx, comment="twice the index")
    traj.f_add_derived_parameter("derived.opaque", b"\x00\x80\x04.", comment="what a job alone understands")
    traj.f_add_derived_parameter("derived.sparse", Sparse.csr((1, 1), [0.5], [0], [0, 1]))
    traj.f_add_result("derived_sparse_seen", traj.f_get("derived.sparse").f_get().todense())
    traj.f_add_result("derived_seen", traj.f_get("derived.doubled", fast_access=True))
    traj.f_set_annotation("plain.real", "replaced", "before")
    traj.f_set_annotations("plain.real", replaced="after ä", list=[1, 2])
    traj.f_set_annotation("derived.doubled", "factor", 2)


def access(traj):
    raw = host.f_get_default("there.is_no.such_parameter", wire.to_value("a default ä"))
    traj.f_add_result("access.raw_default", wire.of_value(raw))
    traj.f_add_result("access.typed_default", traj.f_get_default("there.is_no.such_parameter", 4.5))
    there = [traj.f_contains("there.is_no.such_parameter"), "derived.doubled" in traj]
    traj.f_add_result("access.contains", array(there))


def logs_and_progress(traj):
    traj.f_log("debug", "a debug line")
    traj.f_log("info", "an info line: ä 漢 🦀")
    logging.warning("a warning line")
    logging.error("an error line\nwith a second line")
    traj.f_log("info", "")
    for step in range(5):
        traj.f_progress(step / 4, f"step {step} of 4")


