//! [`Identity`]: the names and times by which an environment and its trajectory are known.

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

/// Who ran what, when. pypet's recipe for names and SHA-1 (`environment.py`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// When the trajectory was made, in seconds since 1970.
    pub trajectory_timestamp: f64,
    /// The same as pypet writes it, `2026_11_22_22h08m49s`, in the local time of then.
    pub trajectory_time: String,
    /// When the environment was made, in seconds since 1970.
    pub timestamp: f64,
    /// The environment's time as pypet writes it, `2026_11_22_22h08m49s`, in local time.
    pub time: String,
    /// SHA-1 in hexadecimal, 40 characters.
    pub hexsha: String,
}

impl Identity {
    /// Both trajectory and environment made now: `timestamp`, which is `time` in local time.
    ///
    /// `hexsha = sha1(name + trajectory timestamp + environment timestamp + version)`.
    pub fn new(trajectory_name: &str, timestamp: f64, time: String, version: &str) -> Self {
        Self::later(trajectory_name, timestamp, time.clone(), timestamp, time, version)
    }

    /// An environment made at `timestamp`, `time`, for a trajectory that was made before.
    pub fn later(
        trajectory_name: &str,
        trajectory_timestamp: f64,
        trajectory_time: String,
        timestamp: f64,
        time: String,
        version: &str,
    ) -> Self {
        let [first, second] = [trajectory_timestamp, timestamp].map(super::python_float);
        let digest = Sha1::digest(format!("{trajectory_name}{first}{second}{version}"));
        let hexsha = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { trajectory_timestamp, trajectory_time, timestamp, time, hexsha }
    }

    /// The first seven characters of the SHA-1.
    pub fn short_hexsha(&self) -> &str {
        &self.hexsha[..7]
    }

    /// `environment_ab12cd3_2026_11_22_22h08m49s`.
    pub fn environment_name(&self) -> String {
        format!("environment_{}_{}", self.short_hexsha(), self.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recipe_is_pypets() {
        let identity = Identity::new("minimal", 1_795_385_677.081_698_4, "2026_11_22_22h08m49s".into(), "0.7.0");
        // printf %s 'minimal1795385677.08169841795385677.08169840.7.0' | sha1sum
        assert_eq!(identity.hexsha, "aea74fbdcb3dc0cf175e7a74101e2043b1a30cab");
        assert_eq!(identity.environment_name(), format!("environment_{}_2026_11_22_22h08m49s", &identity.hexsha[..7]));
    }
}
