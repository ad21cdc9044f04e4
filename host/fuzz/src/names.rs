//! Text as a name, as a quantity with a unit, and as an argument `-p name=values`.

use std::path::Path;

use host::{
    spec::{Overrides, SpecFile},
    trajectory::{NodePath, RunIndex, check_class_name, check_component},
};

use super::spec::check;

/// Names are taken whole or refused; quantities and arguments have a meaning or a message.
pub fn names(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match NodePath::new(text) {
        Ok(path) => {
            assert_eq!(path.as_str(), text);
            let parts: Vec<&str> = path.components().collect();
            assert_eq!(parts.join("."), text);
            assert_eq!(parts.last(), Some(&path.name()));
            let joined = if path.location().is_empty() {
                path.name().into()
            } else {
                format!("{}.{}", path.location(), path.name())
            };
            assert_eq!(joined, text);
            assert!(!path.is_nested_with(&path));
            let below = NodePath::new(format!("{text}.b"));
            assert!(
                below.is_err() || below.is_ok_and(|below| below.is_nested_with(&path) && path.is_nested_with(&below))
            );
            let words = serde_json::to_string(&path).expect("a name can be written");
            assert_eq!(serde_json::from_str::<NodePath>(&words).expect("a name reads back"), path);
        }
        Err(why) => assert!(why.to_string().len() < 1000, "a message quotes a name of any length"),
    }
    let _ = check_component(text);
    let _ = check_class_name(text).map_err(|why| why.to_string());
    if let Some(run) = RunIndex::from_name(text) {
        assert_eq!(run.name(), text);
    }

    let quoted = serde_json::to_string(text).expect("text can be written");
    for key in [
        "limits]\ntimeout",
        "limits]\nmemory",
        "limits]\nresults",
        "limits]\nlog",
        "failure]\nmax_failures",
        "trajectory]\nname",
        "environment]\nfilename",
        "job]\nsha256",
    ] {
        let spec = format!("spec = 1\n[{key} = {quoted}\n");
        let resolved = SpecFile::parse(&spec, Path::new("exp.toml"));
        let resolved = resolved.and_then(|spec| spec.resolve(&Overrides::default(), None));
        let _ = resolved.map(|experiment| check(&experiment)).map_err(|why| why.to_string());
    }
    for axes in [vec![text.to_owned()], vec![format!("x={text}")], vec![format!("x={text}"), "y=1,2".into()]] {
        let overrides = Overrides { axes, ..Overrides::default() };
        let resolved = SpecFile::empty().resolve(&overrides, None);
        let _ = resolved.map(|experiment| check(&experiment)).map_err(|why| why.to_string());
    }
}
