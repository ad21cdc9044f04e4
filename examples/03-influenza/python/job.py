"""An SIR model of the influenza in an English boarding school in 1978, with the arithmetic of ../src/lib.rs.

`dS/dt = -beta S I / N`, `dI/dt = beta S I / N - gamma I`: one infected boy among 763 at day 0, and the number of boys confined
to bed on days 1 to 14 read from a file that the spec has to grant.
"""

import csv

from host_guest import JobError, Manifest, Parameter, ResultDeclaration, SingleRun, array

manifest = Manifest(
    "SIR model of the influenza in a boarding school, 1978",
    parameters=[
        Parameter.real("epidemic.beta", unit="day-1", minimum=0.0, comment="transmission rate"),
        Parameter.real("epidemic.gamma", unit="day-1", minimum=0.0, comment="recovery rate"),
        Parameter.integer("school.boys", default=763, minimum=1.0, comment="everybody"),
        Parameter.integer("school.infected", default=1, minimum=0.0, comment="infected at day 0"),
        Parameter.text("data.file", default="/data/outbreak.csv", comment="columns day, in_bed"),
        Parameter.integer("sim.steps_per_day", default=100, minimum=1.0, maximum=1e6, comment="steps of RK4"),
    ],
    results=[
        ResultDeclaration("sse", comment="sum of squared differences to the boys in bed"),
        ResultDeclaration("r0", unit="1", comment="basic reproduction number, beta / gamma"),
        ResultDeclaration("infected", dimensions=["day"], comment="infected boys at the days of the data"),
    ],
)


def run(traj: SingleRun) -> None:
    beta, gamma, boys = traj.epidemic.beta, traj.epidemic.gamma, float(traj.school.boys)
    first, steps_per_day = float(traj.school.infected), traj.sim.steps_per_day
    observed = read(traj.data.file)

    state = (boys - first, first)
    day, infected, sse = 0, [], 0.0
    for until, in_bed in observed:
        for _ in range((until - day) * steps_per_day):
            state = step(state, beta, gamma, boys, 1.0 / steps_per_day)
        day = until
        infected.append(state[1])
        sse += (state[1] - in_bed) ** 2

    traj.f_add_result("sse", sse, comment="Sum of squared differences to the boys in bed")
    traj.f_add_result("r0", beta / gamma, comment="Basic reproduction number")
    traj.f_add_result("infected", array(infected), comment="Infected boys at the days of the data")


def step(state: tuple[float, float], beta: float, gamma: float, boys: float, dt: float) -> tuple[float, float]:
    """One step of the classical Runge-Kutta method."""

    def slope(susceptible: float, infected: float) -> tuple[float, float]:
        new = beta * susceptible * infected / boys
        return -new, new - gamma * infected

    def moved(by: float, along: tuple[float, float]) -> tuple[float, float]:
        return state[0] + by * along[0], state[1] + by * along[1]

    k1 = slope(*state)
    k2 = slope(*moved(dt / 2.0, k1))
    k3 = slope(*moved(dt / 2.0, k2))
    k4 = slope(*moved(dt, k3))
    mean = tuple((a + 2.0 * b + 2.0 * c + d) / 6.0 for a, b, c, d in zip(k1, k2, k3, k4, strict=True))
    return moved(dt, mean)


def read(path: str) -> list[tuple[int, float]]:
    """Days and boys in bed, in the order of the days; `#` begins a comment."""
    with open(path) as file:
        lines = [line for line in file if line.strip() and not line.startswith("#")]
    rows = [(int(row["day"]), float(row["in_bed"])) for row in csv.DictReader(lines)]
    if not rows or any(after <= before for (before, _), (after, _) in zip(rows, rows[1:])):
        raise JobError(f"`{path}` holds no days, or not in their order")
    return rows
