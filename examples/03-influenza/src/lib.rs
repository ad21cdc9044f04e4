//! An SIR model of the influenza in an English boarding school in 1978, compared with what was observed.
//!
//! `dS/dt = -beta S I / N`, `dI/dt = beta S I / N - gamma I`: one infected boy among 763 at day 0, and the number of
//! boys confined to bed on days 1 to 14 read from a file that the spec has to grant.

use host_guest::{JobError, Manifest, Parameter, ResultDeclaration, SingleRun, files};

host_guest::job!(simulate, describe = describe);

fn describe() -> Manifest {
    Manifest::new("SIR model of the influenza in a boarding school, 1978")
        .parameter(Parameter::real("epidemic.beta").unit("day-1").minimum(0.0).comment("transmission rate"))
        .parameter(Parameter::real("epidemic.gamma").unit("day-1").minimum(0.0).comment("recovery rate"))
        .parameter(Parameter::integer("school.boys").minimum(1.0).default(763).comment("everybody"))
        .parameter(Parameter::integer("school.infected").minimum(0.0).default(1).comment("infected at day 0"))
        .parameter(Parameter::text("data.file").default("/data/outbreak.csv").comment("columns day, in_bed"))
        .parameter(Parameter::integer("sim.steps_per_day").range(1.0, 1e6).default(100).comment("steps of RK4"))
        .result(ResultDeclaration::new("sse").comment("sum of squared differences to the boys in bed"))
        .result(ResultDeclaration::new("r0").unit("1").comment("basic reproduction number, beta / gamma"))
        .result(ResultDeclaration::array("infected", ["day"]).comment("infected boys at the days of the data"))
}

fn simulate(traj: &mut SingleRun) -> Result<(), JobError> {
    let beta: f64 = traj.f_get("epidemic.beta")?;
    let gamma: f64 = traj.f_get("epidemic.gamma")?;
    let boys: f64 = traj.f_get("school.boys")?;
    let first: f64 = traj.f_get("school.infected")?;
    let steps_per_day: u32 = traj.f_get("sim.steps_per_day")?;
    let path: String = traj.f_get("data.file")?;
    let observed = parse(&files::read_to_string(&path)?).map_err(|reason| format!("`{path}`, {reason}"))?;

    let epidemic = Epidemic { beta, gamma, boys };
    let mut state = State { susceptible: boys - first, infected: first };
    let (mut day, mut infected, mut sse) = (0, Vec::with_capacity(observed.len()), 0.0);
    for &(until, in_bed) in &observed {
        while day < until {
            for _ in 0..steps_per_day {
                state = epidemic.step(state, 1.0 / f64::from(steps_per_day));
            }
            day += 1;
        }
        infected.push(state.infected);
        sse += (state.infected - in_bed).powi(2);
    }

    traj.result("sse").comment("Sum of squared differences to the boys in bed").value(sse).add()?;
    traj.result("r0").comment("Basic reproduction number").value(beta / gamma).add()?;
    traj.result("infected").comment("Infected boys at the days of the data").value(infected).add()?;
    Ok(())
}

#[derive(Clone, Copy)]
struct State {
    susceptible: f64,
    infected: f64,
}

struct Epidemic {
    beta: f64,
    gamma: f64,
    boys: f64,
}

impl Epidemic {
    /// One step of the classical Runge-Kutta method.
    fn step(&self, state: State, dt: f64) -> State {
        let moved = |slope: State, by: f64| State {
            susceptible: state.susceptible + by * slope.susceptible,
            infected: state.infected + by * slope.infected,
        };
        let k1 = self.slope(state);
        let k2 = self.slope(moved(k1, dt / 2.0));
        let k3 = self.slope(moved(k2, dt / 2.0));
        let k4 = self.slope(moved(k3, dt));
        let mean = |of: fn(State) -> f64| (of(k1) + 2.0 * of(k2) + 2.0 * of(k3) + of(k4)) / 6.0;
        moved(State { susceptible: mean(|k| k.susceptible), infected: mean(|k| k.infected) }, dt)
    }

    fn slope(&self, State { susceptible, infected }: State) -> State {
        let new = self.beta * susceptible * infected / self.boys;
        State { susceptible: -new, infected: new - self.gamma * infected }
    }
}

/// Days and boys in bed, in the order of the days; `#` begins a comment.
fn parse(table: &str) -> Result<Vec<(u32, f64)>, String> {
    let mut rows = Vec::new();
    let lines = (1..).zip(table.lines().map(str::trim)).filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    for (number, line) in lines.skip(1) {
        let row =
            line.split_once(',').and_then(|(day, boys)| Some((day.trim().parse().ok()?, boys.trim().parse().ok()?)));
        let (day, boys) = row.ok_or_else(|| format!("line {number}: `{line}` is not `day,in_bed`"))?;
        if rows.last().is_some_and(|&(last, _)| last >= day) {
            return Err(format!("line {number}: day {day} comes too late"));
        }
        rows.push((day, boys));
    }
    if rows.is_empty() { Err("there are no days in it".to_owned()) } else { Ok(rows) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_or_refused_by_line() {
        assert_eq!(parse("# source\nday,in_bed\n1, 3\n2,8\n"), Ok(vec![(1, 3.0), (2, 8.0)]));
        assert_eq!(parse("day,in_bed\n1,3\n\nx,4\n"), Err("line 4: `x,4` is not `day,in_bed`".into()));
        assert_eq!(parse("day,in_bed\n2,3\n1,4\n"), Err("line 3: day 1 comes too late".into()));
        assert_eq!(parse("day,in_bed\n"), Err("there are no days in it".into()));
    }

    /// Without infections the ill recover exponentially, which has a closed form.
    #[test]
    fn recovery_is_exponential() {
        let epidemic = Epidemic { beta: 0.0, gamma: 0.4434, boys: 763.0 };
        let mut state = State { susceptible: 0.0, infected: 763.0 };
        for _ in 0..100 {
            state = epidemic.step(state, 0.01);
        }
        assert!((state.infected / (763.0 * (-0.4434_f64).exp()) - 1.0).abs() < 1e-10);
    }
}
