//! JavaScript: componentize-js.

use std::process::Command;

use super::{BuildError, Language, Missing, Order, Toolchain, contract::write_wit, program, put_module};

/// What node runs: the package `@bytecodealliance/componentize-js` has no program of its own.
const COMPONENTIZE: &str = "\
const { componentize } = await import('@bytecodealliance/componentize-js');
const [sourcePath, witPath, output] = process.argv.slice(-3);
const disableFeatures = ['random', 'stdio', 'clocks', 'http', 'fetch-event'];
const { component } = await componentize({ sourcePath, witPath, worldName: 'job', disableFeatures });
(await import('node:fs')).writeFileSync(output, component);
";

/// Makes a component of `job.js` and whatever it imports.
pub(super) fn compile(order: &Order) -> Result<(), BuildError> {
    let language = Language::Js;
    let missing = |missing| BuildError::Toolchain { language, missing };
    let node = program::find(&["node"]).ok_or_else(|| missing(without_node()))?;
    let own = order.own_folder();
    let wit = own.join("wit");
    write_wit(&wit).map_err(|source| BuildError::Write { path: wit.clone(), source })?;
    let made = own.join("job.wasm");
    let mut command = Command::new(node);
    command.current_dir(&order.folder).args(["--input-type=module", "-e", COMPONENTIZE, "--"]);
    program::compile(order, command.arg("job.js").arg(&wit).arg(&made))?;
    put_module(&made, order)
}

/// What is here of node.
pub(super) fn inspect() -> Toolchain {
    match program::find(&["node"]).and_then(|path| program::part("node", &path)) {
        Some(part) => Toolchain::ready(Language::Js, vec![part]),
        None => Toolchain::lacking(Language::Js, Vec::new(), without_node()),
    }
}

fn without_node() -> Missing {
    Missing::new("there is no node", &["apt-get install nodejs"])
}
