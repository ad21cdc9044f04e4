//! The bridge from an interpreter that knows no components to the contract.
//!
//! The interpreter imports one function, `call`, that takes bytes and gives bytes. The bridge is a module between this
//! function and those of the contract: a request begins with the number of a function, and what follows are the numbers that
//! it is called with, eight bytes each. How values become such numbers is for the interpreter to know; [`described`] tells it
//! the types. The other way round, `run` and `describe` of the world start the program [`RUN`] or [`DESCRIBE`] in it, which
//! asks for what was given, and says what is returned.

use serde_json::{Value, json};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection,
    GlobalType, ImportSection, InstructionSink, MemArg, MemoryType, Module, TypeSection, ValType,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{
    Resolve, SourceMap, Type, TypeDefKind, TypeId, TypeOwner, WorldId, WorldItem,
    abi::{AbiVariant, WasmType},
};

use super::{
    ComponentError,
    component::{PREVIEW1, REACTOR, contract, why},
};

/// What the interpreter needs besides the contract, and the world that it becomes a component of.
pub(super) const WORLD: &str = include_str!("../../../guest-sdk/python/numpy/interpreter.wit");
/// The name of the module that the interpreter imports `call` from.
const DOOR: &str = "host";
/// The function of wasi-libc that forgets which directories were granted: when the snapshot was taken, these were others.
pub(super) const FORGET: &str = "__wasilibc_reset_preopens";
/// What runs in the interpreter when the host calls the exports of the world.
const RUN: &str = "import host_start;host_start.run()";
const DESCRIBE: &str = "import host_start;host_start.describe()";

/// A function of the contract, as a component imports it.
struct Imported {
    /// The interface's name with its version, and the interface's own.
    module: String,
    interface: String,
    name: String,
    params: Vec<ValType>,
    result: Option<ValType>,
    types: (Vec<Type>, Option<Type>),
}

/// The component that an interpreter becomes.
pub(super) fn component(interpreter: &[u8]) -> Result<Vec<u8>, ComponentError> {
    let (resolve, world) = interpreted_job()?;
    let mut bridge = bridge(&imported(&resolve, world)?);
    embed_component_metadata(&mut bridge, &resolve, world, StringEncoding::UTF8).map_err(why)?;
    let mut encoder = ComponentEncoder::default();
    // Its allocator is for what crosses the border; the adapter of WASI has a page of its own.
    encoder.realloc_via_memory_grow(true);
    encoder.module(interpreter).map_err(why)?;
    encoder.adapter(DOOR, &bridge).map_err(why)?;
    encoder.adapter(PREVIEW1, REACTOR).map_err(why)?;
    encoder.encode().map_err(why)
}

/// The types and functions of the contract in JSON, with the functions in the order of their numbers.
pub(super) fn described() -> Result<String, ComponentError> {
    let (resolve, world) = interpreted_job()?;
    let mut names = Names { resolve: &resolve, known: Vec::new(), types: Vec::new() };
    let functions: Vec<Value> = imported(&resolve, world)?
        .iter()
        .map(|function| {
            let (params, result) = &function.types;
            let params: Vec<Value> = params.iter().map(|kind| names.of(kind)).collect();
            json!([function.interface, function.name, params, names.optional(result.as_ref())])
        })
        .collect();
    let mut exports = Vec::new();
    for item in resolve.worlds[world].exports.values() {
        if let WorldItem::Function(function) = item {
            let params: Vec<Value> = function.params.iter().map(|param| names.of(&param.ty)).collect();
            exports.push(json!([function.name, params, names.optional(function.result.as_ref())]));
        }
    }
    Ok(json!({ "types": names.types, "functions": functions, "exports": exports }).to_string())
}

fn interpreted_job() -> Result<(Resolve, WorldId), ComponentError> {
    let (mut resolve, _) = contract("described-job")?;
    let mut sources = SourceMap::new();
    sources.push_str("interpreter.wit", WORLD);
    let parsed = sources.parse().map_err(|(_, error)| why(error))?;
    let package = resolve.push_group(parsed).map_err(why)?;
    let world = resolve.select_world(&[package], Some("interpreted-job")).map_err(why)?;
    Ok((resolve, world))
}

/// The functions that a component of the world imports, in a fixed order.
fn imported(resolve: &Resolve, world: WorldId) -> Result<Vec<Imported>, ComponentError> {
    let mut all = Vec::new();
    for (key, item) in &resolve.worlds[world].imports {
        let WorldItem::Interface { id, .. } = item else { continue };
        for function in resolve.interfaces[*id].functions.values() {
            let signature = resolve.wasm_signature(AbiVariant::GuestImport, function);
            let ([] | [_]) = signature.results[..] else { return Err(why("a function returns several numbers")) };
            all.push(Imported {
                module: resolve.name_world_key(key),
                interface: resolve.interfaces[*id].name.clone().unwrap_or_default(),
                name: function.name.clone(),
                params: signature.params.iter().map(core).collect(),
                result: signature.results.first().map(core),
                types: (function.params.iter().map(|param| param.ty).collect(), function.result),
            });
        }
    }
    Ok(all)
}

fn core(kind: &WasmType) -> ValType {
    match kind {
        WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
        WasmType::F32 => ValType::F32,
        WasmType::F64 => ValType::F64,
        WasmType::I32 | WasmType::Pointer | WasmType::Length => ValType::I32,
    }
}

/// Types with names get numbers, in an order in which each only needs earlier ones.
struct Names<'a> {
    resolve: &'a Resolve,
    known: Vec<TypeId>,
    types: Vec<Value>,
}

impl Names<'_> {
    fn optional(&mut self, kind: Option<&Type>) -> Value {
        kind.map_or(Value::Null, |kind| self.of(kind))
    }

    fn of(&mut self, kind: &Type) -> Value {
        let name = match kind {
            Type::Id(id) => return self.defined(*id),
            Type::Bool => "bool",
            Type::U8 => "u8",
            Type::U16 => "u16",
            Type::U32 => "u32",
            Type::U64 => "u64",
            Type::S8 => "s8",
            Type::S16 => "s16",
            Type::S32 => "s32",
            Type::S64 => "s64",
            Type::F32 => "f32",
            Type::F64 => "f64",
            Type::String => "string",
            Type::Char | Type::ErrorContext => "unknown",
        };
        json!(name)
    }

    fn defined(&mut self, id: TypeId) -> Value {
        let resolve = self.resolve;
        let definition = &resolve.types[id];
        let (what, parts) = match &definition.kind {
            TypeDefKind::Type(kind) => return self.of(kind),
            TypeDefKind::List(element) => return json!(["list", self.of(element)]),
            TypeDefKind::Option(inner) => return json!(["option", self.of(inner)]),
            TypeDefKind::Result(result) => {
                let ok = self.optional(result.ok.as_ref());
                return json!(["result", ok, self.optional(result.err.as_ref())]);
            }
            _ if let Some(number) = self.known.iter().position(|known| *known == id) => return json!(number),
            TypeDefKind::Record(record) => {
                ("record", record.fields.iter().map(|field| json!([field.name, self.of(&field.ty)])).collect())
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter();
                ("variant", cases.map(|case| json!([case.name, self.optional(case.ty.as_ref())])).collect())
            }
            TypeDefKind::Enum(cases) => ("enum", cases.cases.iter().map(|case| json!(case.name)).collect::<Vec<_>>()),
            _ => return json!("unknown"),
        };
        let interface = match definition.owner {
            TypeOwner::Interface(owner) => resolve.interfaces[owner].name.clone(),
            _ => None,
        };
        self.known.push(id);
        self.types.push(json!([interface, definition.name, what, parts]));
        json!(self.types.len() - 1)
    }
}

/// What the bridge keeps while the host calls: what `run` was given, and what it returns.
const GIVEN: u32 = 4;
const RETURNED: u32 = GIVEN;

/// The bridge, as an adapter of `wit-component`: it has no memory of its own, but that of the interpreter.
fn bridge(functions: &[Imported]) -> Vec<u8> {
    use ValType::I32;
    let (mut types, mut imports, mut code) = (TypeSection::new(), ImportSection::new(), CodeSection::new());
    let mut count = 0;
    let mut signature = |params: &[ValType], results: &[ValType]| {
        types.ty().function(params.iter().copied(), results.iter().copied());
        count += 1;
        count - 1
    };
    let memory = MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };
    imports.import("env", "memory", EntityType::Memory(memory));
    imports.import("__main_module__", "host_alloc", EntityType::Function(signature(&[I32], &[I32])));
    imports.import("__main_module__", "turn", EntityType::Function(signature(&[I32, I32], &[I32])));
    imports.import("__main_module__", FORGET, EntityType::Function(signature(&[], &[])));
    let (allocate, turn, forget, first) = (0, 1, 2, 3);
    for function in functions {
        let kind = signature(&function.params, function.result.as_slice());
        imports.import(&function.module, &function.name, EntityType::Function(kind));
    }
    let own = first + functions.len() as u32;

    let mut globals = GlobalSection::new();
    for _ in 0..=GIVEN {
        globals.global(GlobalType { val_type: I32, mutable: true, shared: false }, &ConstExpr::i32_const(0));
    }

    let (mut declared, mut exports) = (FunctionSection::new(), ExportSection::new());
    let mut define = |name: &str, params: &[ValType], results: &[ValType], body: Function| {
        exports.export(name, ExportKind::Func, own + declared.len());
        declared.function(signature(params, results));
        code.function(&body);
    };
    define("call", &[I32; 4], &[I32], call(functions, allocate, first));
    define("cabi_realloc", &[I32; 4], &[I32], room(allocate));
    define("run", &[I32; 4], &[I32], start(RUN, GIVEN, [allocate, turn, forget]));
    define("describe", &[], &[I32], start(DESCRIBE, 0, [allocate, turn, forget]));

    let mut module = Module::new();
    module.section(&types).section(&imports).section(&declared).section(&globals).section(&exports).section(&code);
    module.finish()
}

const fn place(offset: u64, align: u32) -> MemArg {
    MemArg { offset, align, memory_index: 0 }
}

/// `call(request, its length, where to say where the answer is, where to say how long it is)`.
fn call(functions: &[Imported], allocate: u32, first: u32) -> Function {
    // An answer has 16 bytes: where it is, and the 64 bits of what a function has returned.
    let (request, answer_at, length_at, answer) = (0, 2, 3, 4);
    let mut function = Function::new([(1, ValType::I32)]);
    let mut code = function.instructions();
    let count = functions.len() as u32;
    // An answer is freed by whoever has asked: so is what stands at an address, as an answer without content.
    code.local_get(request).i32_load(place(0, 2)).i32_const(count as i32 + 2).i32_eq().if_(BlockType::Empty);
    code.local_get(answer_at).local_get(request).i32_load(place(8, 2)).i32_store(place(0, 2));
    code.local_get(length_at).i32_const(0).i32_store(place(0, 2)).i32_const(0).return_().end();
    code.i32_const(16).call(allocate).local_tee(answer).i32_eqz().if_(BlockType::Empty);
    code.i32_const(-2).return_().end();
    code.local_get(answer_at).local_get(answer).i32_store(place(0, 2));
    code.local_get(length_at).i32_const(16).i32_store(place(0, 2));
    // A block for every number; behind the end of each stands what it does.
    for _ in 0..count + 3 {
        code.block(BlockType::Empty);
    }
    let all: Vec<u32> = (0..count + 2).collect();
    code.local_get(request).i32_load(place(0, 2)).br_table(all, count + 2);
    for (number, called) in functions.iter().enumerate() {
        code.end();
        if called.result.is_some() {
            code.local_get(answer);
        }
        for (position, kind) in called.params.iter().enumerate() {
            let at = 8 + 8 * position as u64;
            code.local_get(request);
            match kind {
                ValType::I64 => code.i64_load(place(at, 2)),
                ValType::F32 => code.f32_load(place(at, 2)),
                ValType::F64 => code.f64_load(place(at, 2)),
                _ => code.i32_load(place(at, 2)),
            };
        }
        code.call(first + number as u32);
        match called.result {
            None => &mut code,
            Some(ValType::I64) => code.i64_store(place(0, 2)),
            Some(ValType::F32) => code.f32_store(place(0, 2)),
            Some(ValType::F64) => code.f64_store(place(0, 2)),
            Some(_) => code.i64_extend_i32_u().i64_store(place(0, 2)),
        };
        code.i32_const(0).return_();
    }
    // What the host has given.
    code.end();
    for global in 0..GIVEN {
        code.local_get(answer).global_get(global).i32_store(place(4 * u64::from(global), 2));
    }
    code.i32_const(0).return_();
    // What it gets back.
    code.end();
    code.local_get(request).i32_load(place(8, 2)).global_set(RETURNED).i32_const(0).return_();
    code.end();
    code.i32_const(-2).end();
    function
}

/// `cabi_realloc(old, its size, alignment, size)`: nothing that crosses the border is ever made larger.
fn room(allocate: u32) -> Function {
    let (align, size, found) = (2, 3, 4);
    let mut function = Function::new([(1, ValType::I32)]);
    let mut code = function.instructions();
    code.local_get(size).i32_eqz().if_(BlockType::Empty).local_get(align).return_().end();
    code.local_get(size).call(allocate).local_tee(found).i32_eqz().if_(BlockType::Empty).unreachable().end();
    code.local_get(found).end();
    function
}

/// Keeps what the host gives, and lets the interpreter do `program`.
fn start(program: &str, given: u32, [allocate, turn, forget]: [u32; 3]) -> Function {
    let text = given;
    let mut function = Function::new([(1, ValType::I32)]);
    let mut code = function.instructions();
    for parameter in 0..given {
        code.local_get(parameter).global_set(parameter);
    }
    code.call(forget);
    code.i32_const(program.len() as i32)
        .call(allocate)
        .local_tee(text)
        .i32_eqz()
        .if_(BlockType::Empty)
        .unreachable()
        .end();
    write(&mut code, text, program.as_bytes());
    code.local_get(text).i32_const(program.len() as i32).call(turn);
    // It has told why, or there is nobody to tell.
    code.if_(BlockType::Empty).unreachable().end();
    code.global_get(RETURNED).end();
    function
}

/// Adapters have no data of their own.
fn write(code: &mut InstructionSink, at: u32, text: &[u8]) {
    for (number, part) in text.chunks(8).enumerate() {
        for (offset, byte) in part.iter().enumerate() {
            code.local_get(at).i32_const(i32::from(*byte)).i32_store8(place((8 * number + offset) as u64, 0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bridge_is_a_module() {
        let (resolve, world) = interpreted_job().unwrap();
        let functions = imported(&resolve, world).unwrap();
        assert!(functions.iter().any(|function| function.name == "f-add-result"));
        assert!(functions.iter().any(|function| function.interface == "attachment"));
        wasmparser::validate(&bridge(&functions)).unwrap();
    }

    #[test]
    fn every_type_of_the_contract_is_described() {
        let described = described().unwrap();
        assert!(!described.contains("\"unknown\""), "{described}");
        let described: Value = serde_json::from_str(&described).unwrap();
        let types: Vec<&str> =
            described["types"].as_array().unwrap().iter().map(|kind| kind[1].as_str().unwrap()).collect();
        for needed in ["value", "plain", "ndarray", "sparse-matrix", "manifest", "access-error", "add-error", "level"] {
            assert!(types.contains(&needed), "{needed} of {types:?}");
        }
        let exports: Vec<&Value> = described["exports"].as_array().unwrap().iter().map(|export| &export[0]).collect();
        assert_eq!(exports, ["describe", "run"]);
    }
}
