"""A drum: which tones does a rectangular membrane have, and how does a blow sound?"""

import numpy as np
from host_guest import Manifest, Parameter, ResultDeclaration, SingleRun

#: What the job reads and what it adds, so that a spec is checked before anything runs.
manifest = Manifest(
    "A rectangular drum",
    parameters=[
        Parameter.integer("drum.points", default=12, minimum=3, maximum=40, comment="of the grid, along each side"),
        Parameter.real("drum.ratio", default=1.0, minimum=0.1, maximum=10.0, comment="of its sides"),
        Parameter.real("drum.damping", unit="1/s", default=0.3, minimum=0.0, maximum=100.0, comment="of all tones"),
    ],
    results=[
        ResultDeclaration("tones", unit="Hz", dimensions=["tone"], comment="the lowest first"),
        ResultDeclaration("sound", dimensions=["t"], comment="where it was hit, every millisecond"),
        ResultDeclaration("pitch", unit="Hz", comment="the loudest tone of the sound"),
    ],
)

STEP = 1e-3


def run(traj: SingleRun) -> None:
    """Simulates one point. `host` calls it for every point of the exploration, each time in a fresh sandbox."""
    points, ratio, damping = traj.drum.points, traj.drum.ratio, traj.drum.damping

    second = 2.0 * np.eye(points) - np.eye(points, k=1) - np.eye(points, k=-1)
    second *= (points + 1) ** 2
    membrane = np.kron(second, np.eye(points)) + np.kron(np.eye(points), second / ratio**2)
    squares, shapes = np.linalg.eigh(membrane)
    tones = 10.0 * np.sqrt(squares)

    hit = shapes[points * (points // 3) + points // 2]
    t = np.arange(1024) * STEP
    sound = (hit**2 * np.sin(np.outer(t, tones))).sum(axis=1) * np.exp(-damping * t)
    loudness = np.abs(np.fft.rfft(sound))

    traj.f_add_result("tones", tones[:16] / (2.0 * np.pi), comment="The lowest first")
    traj.f_add_result("sound", sound, comment="Where it was hit, every millisecond")
    traj.f_add_result("pitch", np.fft.rfftfreq(t.size, STEP)[loudness.argmax()], comment="The loudest tone of the sound")
