//! Python: componentize-py.

use std::process::Command;

use super::{BuildError, Language, Missing, Order, Toolchain, contract::write_wit, program};

/// Makes a component of `job.py` and whatever it imports.
pub(super) fn compile(order: &Order) -> Result<(), BuildError> {
    let language = Language::Python;
    let missing = |missing| BuildError::Toolchain { language, missing };
    let componentize = program::find(&["componentize-py"]).ok_or_else(|| missing(without_componentize()))?;
    let wit = order.own_folder().join("wit");
    write_wit(&wit).map_err(|source| BuildError::Write { path: wit.clone(), source })?;
    let mut command = Command::new(componentize);
    command.current_dir(&order.folder).arg("-d").arg(&wit).args(["-w", "job", "componentize", "job", "-o"]);
    program::compile(order, command.arg(&order.output)).map(drop)
}

/// What is here of componentize-py.
pub(super) fn inspect() -> Toolchain {
    let found = program::find(&["componentize-py"]).and_then(|path| program::part("componentize-py", &path));
    match found {
        Some(part) => Toolchain::ready(Language::Python, vec![part]),
        None => Toolchain::lacking(Language::Python, Vec::new(), without_componentize()),
    }
}

fn without_componentize() -> Missing {
    Missing::new("there is no componentize-py", &["pip install componentize-py==0.25.1"])
}
