"""A ball that is thrown, with the drag of the air: how far does it get?"""

from math import cos, hypot, radians, sin

from host_guest import Manifest, Parameter, ResultDeclaration, SingleRun, array

#: What the job reads and what it adds, so that a spec is checked before anything runs.
manifest = Manifest(
    "A ball, thrown through air",
    parameters=[
        Parameter.real("ball.speed", unit="m/s", default=20.0, minimum=0.0, maximum=1e3, comment="speed at the start"),
        Parameter.real("ball.angle", unit="degree", default=45.0, minimum=0.0, maximum=90.0, comment="above the ground"),
        Parameter.real("air.drag", unit="1/m", default=0.01, minimum=0.0, maximum=1.0, comment="slowing per speed squared"),
    ],
    results=[
        ResultDeclaration("distance", unit="m", comment="from the start to where it lands"),
        ResultDeclaration("height", unit="m", dimensions=["t"], comment="every tenth of a second"),
    ],
)

STEP = 1e-3


def run(traj: SingleRun) -> None:
    """Simulates one point. `host` calls it for every point of the exploration, each time in a fresh sandbox."""
    speed, angle, drag = traj.ball.speed, radians(traj.ball.angle), traj.air.drag

    x = y = 0.0
    vx, vy = speed * cos(angle), speed * sin(angle)
    height, step = [], 0
    while True:
        if step % 100 == 0:
            height.append(y)
        v = hypot(vx, vy)
        vx -= STEP * drag * v * vx
        vy -= STEP * (drag * v * vy + 9.81)
        x += STEP * vx
        y += STEP * vy
        step += 1
        if y <= 0.0:
            break

    traj.f_add_result("distance", x, comment="From the start to where it lands")
    traj.f_add_result("height", array(height), comment="Every tenth of a second")
