//! [`without_network`]: a component that asks for the network, as interpreters do, without asking.
//!
//! Python's library knows sockets, and so its components import them even where no job ever uses one. No job gets them
//! from `host`. Here they are answered inside of the component, by functions that end the run when they are called; all the
//! rest of WASI stays what `host` grants.

use wac_graph::{CompositionGraph, EncodeOptions, types::Package};
use wit_component::{ComponentEncoder, DecodedWasm, StringEncoding, decode, dummy_module, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve, World, WorldId, WorldItem, WorldKey};

use super::{ComponentError, component::why};

const NETWORK: &str = "wasi:sockets/";
/// Where the types come from that the network's functions take.
const OF_TYPES: [&str; 2] = ["wasi:io/", "wasi:clocks/"];

/// The component, with its imports of `wasi:sockets` answered inside of it. One that has none stays as it is.
///
/// # Errors
/// It is no component, or one that cannot be taken apart.
pub(super) fn without_network(component: &[u8]) -> Result<Vec<u8>, ComponentError> {
    let (mut resolve, world) = match decode(component).map_err(why)? {
        DecodedWasm::Component(resolve, world) => (resolve, world),
        DecodedWasm::WitPackage(..) => return Err(why("it is a description of types")),
    };
    let imports = &resolve.worlds[world].imports;
    let of = |packages: &[&str]| -> Vec<(WorldKey, WorldItem)> {
        let named = |key: &WorldKey| packages.iter().any(|package| resolve.name_world_key(key).starts_with(package));
        imports.iter().filter(|(key, _)| named(key)).map(|(key, item)| (key.clone(), item.clone())).collect()
    };
    let (network, others) = (of(&[NETWORK]), of(&OF_TYPES));
    if network.is_empty() {
        return Ok(component.to_vec());
    }
    let names: Vec<String> = network.iter().map(|(key, _)| resolve.name_world_key(key)).collect();
    let exports: Vec<String> = resolve.worlds[world].exports.keys().map(|key| resolve.name_world_key(key)).collect();
    let answers = answers(&mut resolve, world, others, network)?;

    let mut graph = CompositionGraph::new();
    let mut package = |name, bytes: Vec<u8>| {
        let package = Package::from_bytes(name, None, bytes, graph.types_mut()).map_err(why)?;
        graph.register_package(package).map_err(why)
    };
    let (answers, job) = (package("host:network", answers)?, package("host:job", component.to_vec())?);
    let (answers, job) = (graph.instantiate(answers), graph.instantiate(job));
    for name in &names {
        let answer = graph.alias_instance_export(answers, name).map_err(why)?;
        graph.set_instantiation_argument(job, name, answer).map_err(why)?;
    }
    for name in &exports {
        let export = graph.alias_instance_export(job, name).map_err(why)?;
        graph.export(export, name).map_err(why)?;
    }
    graph.encode(EncodeOptions::default()).map_err(why)
}

/// A component that exports the interfaces of the network, with nothing behind their functions.
fn answers(
    resolve: &mut Resolve,
    of: WorldId,
    others: Vec<(WorldKey, WorldItem)>,
    network: Vec<(WorldKey, WorldItem)>,
) -> Result<Vec<u8>, ComponentError> {
    let world = World {
        name: "network".into(),
        imports: others.into_iter().collect(),
        exports: network.into_iter().collect(),
        package: resolve.worlds[of].package,
        docs: Default::default(),
        stability: Default::default(),
        includes: Vec::new(),
        span: Default::default(),
    };
    let world = resolve.worlds.alloc(world);
    let mut module = dummy_module(resolve, world, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8).map_err(why)?;
    let mut encoder = ComponentEncoder::default();
    encoder.module(&module).map_err(why)?;
    encoder.encode().map_err(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A component that imports `network` and exports a function, as interpreters do.
    fn importing(wit: &str) -> Vec<u8> {
        let mut resolve = Resolve::default();
        let package = resolve.push_source("test.wit", wit).unwrap();
        let world = resolve.select_world(&[package], Some("job")).unwrap();
        let mut module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        let mut encoder = ComponentEncoder::default();
        encoder.module(&module).unwrap();
        encoder.encode().unwrap()
    }

    fn names(component: &[u8]) -> (Vec<String>, Vec<String>) {
        let DecodedWasm::Component(resolve, world) = decode(component).unwrap() else { panic!("no component") };
        let named = |keys: Vec<&WorldKey>| keys.into_iter().map(|key| resolve.name_world_key(key)).collect();
        let world = &resolve.worlds[world];
        (named(world.imports.keys().collect()), named(world.exports.keys().collect()))
    }

    const PACKAGES: &str = "
        package test:job;
        world job { import wasi:io/poll@0.2.9; import wasi:sockets/network@0.2.9; import wasi:sockets/tcp@0.2.9; export run: func(); }
        package wasi:io@0.2.9 { interface poll { resource pollable { ready: func() -> bool; } } }
        package wasi:sockets@0.2.9 {
            interface network { resource network; enum error-code { unknown, access-denied } }
            interface tcp {
                use network.{network, error-code};
                use wasi:io/poll@0.2.9.{pollable};
                resource tcp-socket {
                    start-bind: func(network: borrow<network>) -> result<_, error-code>;
                    subscribe: func() -> pollable;
                }
            }
        }
    ";

    #[test]
    fn the_network_is_no_longer_asked_for_and_all_else_stays() {
        let component = importing(PACKAGES);
        assert_eq!(names(&component).0, ["wasi:io/poll@0.2.9", "wasi:sockets/network@0.2.9", "wasi:sockets/tcp@0.2.9"]);
        let sealed = without_network(&component).unwrap();
        assert_eq!(names(&sealed), (vec!["wasi:io/poll@0.2.9".to_owned()], vec!["run".to_owned()]));
        wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all()).validate_all(&sealed).unwrap();
    }

    #[test]
    fn a_component_without_network_is_left_alone() {
        let component = importing("package test:job; world job { export run: func(); }");
        assert_eq!(without_network(&component).unwrap(), component);
    }

    #[test]
    fn what_is_no_component_is_refused() {
        assert!(without_network(b"no wasm").is_err());
    }
}
