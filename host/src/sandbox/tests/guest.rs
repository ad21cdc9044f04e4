//! [`Guest`]: a component from a few lines of WAT.
//!
//! A text in quotation marks stands for its address and length. Functions beside the imports:
//! `$add_real name x`, `$add item-count` (items at 4096), both with 0 for success; `$get name` with
//! 0 for success and the value at 1024; `$check code` returns the text of a refusal as the run's error.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A guest in the making.
pub struct Guest {
    body: String,
    extra: String,
    pages: u32,
    world: String,
    packages: Vec<String>,
}

const PRELUDE: &str = r#"
  (import "host:exploration/single-run@0.1.0" "f-get" (func $f_get (param i32 i32 i32)))
  (import "host:exploration/single-run@0.1.0" "f-contains" (func $f_contains (param i32 i32) (result i32)))
  (import "host:exploration/single-run@0.1.0" "f-list-parameters" (func $f_list (param i32 i32 i32)))
  (import "host:exploration/single-run@0.1.0" "f-add-result" (func $f_add_result (param i32 i32 i32 i32 i32 i32 i32)))
  (import "host:exploration/single-run@0.1.0" "v-idx" (func $v_idx (result i64)))
  (import "host:exploration/single-run@0.1.0" "v-seed" (func $v_seed (result i64)))
  (import "host:exploration/single-run@0.1.0" "log" (func $log (param i32 i32 i32)))
  (import "host:exploration/single-run@0.1.0" "progress" (func $progress (param f64 i32 i32)))
  (import "host:exploration/single-run@0.1.0" "report-panic" (func $report_panic (param i32 i32 i32 i32 i32)))
"#;

const HELPERS: &str = r#"
  (global $heap (mut i32) (i32.const 65536))
  (func (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
    (global.set $heap (i32.add (local.get $at) (local.get $size)))
    (block $enough
      (loop $grow
        (br_if $enough (i32.le_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536))))
        (drop (memory.grow (i32.const 16)))
        (br $grow)))
    (local.get $at))
  (func $get (param $name i32) (param $len i32) (result i32)
    (call $f_get (local.get $name) (local.get $len) (i32.const 1024))
    (i32.load8_u (i32.const 1024)))
  (func $add (param $name i32) (param $len i32) (param $items i32) (result i32)
    (call $f_add_result (local.get $name) (local.get $len) (i32.const 4096) (local.get $items) (i32.const 0) (i32.const 0) (i32.const 1024))
    (i32.load8_u (i32.const 1024)))
  (func $add_real (param $name i32) (param $len i32) (param $x f64) (result i32)
    (i64.store (i32.const 4096) (i64.const 0))
    (i32.store8 (i32.const 4104) (i32.const 0))
    (i32.store8 (i32.const 4112) (i32.const 3))
    (f64.store (i32.const 4120) (local.get $x))
    (call $add (local.get $name) (local.get $len) (i32.const 1)))
  ;; One item: an array of f64 at an address.
  (func $add_array (param $name i32) (param $len i32) (param $at i32) (param $n i32) (param $dim i64) (result i32)
    (i64.store (i32.const 4096) (i64.const 0))
    (i32.store8 (i32.const 4104) (i32.const 0))
    (i32.store8 (i32.const 4112) (i32.const 7))
    (i64.store (i32.const 4200) (local.get $dim))
    (i32.store (i32.const 4120) (i32.const 4200))
    (i32.store (i32.const 4124) (i32.const 1))
    (i32.store8 (i32.const 4128) (i32.const 10))
    (i32.store (i32.const 4132) (local.get $at))
    (i32.store (i32.const 4136) (local.get $n))
    (call $add (local.get $name) (local.get $len) (i32.const 1)))
  (func $err (param $text i32) (param $len i32) (result i32)
    (i32.store8 (i32.const 2048) (i32.const 1))
    (i32.store (i32.const 2052) (local.get $text))
    (i32.store (i32.const 2056) (local.get $len))
    (i32.const 2048))
  ;; The text of a refusal by f-add-result, as what the run returns.
  (func $refused (param $code i32) (result i32)
    (if (result i32) (i32.eqz (local.get $code))
      (then (i32.const 2048))
      (else (call $err (i32.load (i32.const 1032)) (i32.load (i32.const 1036))))))
"#;

impl Guest {
    /// A job whose `run` is `body`; it succeeds unless it returns something else.
    pub fn new(body: &str) -> Self {
        Self {
            body: body.to_owned(),
            extra: String::new(),
            pages: 2,
            world: "include host:exploration/job@0.1.0;".into(),
            packages: Vec::new(),
        }
    }

    /// More fields of the module.
    pub fn with(mut self, extra: &str) -> Self {
        self.extra.push_str(extra);
        self
    }

    /// Memory to begin with.
    pub fn pages(mut self, pages: u32) -> Self {
        self.pages = pages;
        self
    }

    /// A job that describes itself.
    pub fn described(mut self) -> Self {
        self.world = "include host:exploration/described-job@0.1.0;".into();
        self
    }

    /// Imports an interface of another package, which is given as WIT.
    pub fn import(mut self, interface: &str, package: &str) -> Self {
        self.world.push_str(&format!("import {interface};"));
        self.packages.push(package.to_owned());
        self
    }

    /// The module in text.
    fn module(&self) -> String {
        let mut data = String::new();
        let mut next = 8192;
        let mut texts = |body: &str| {
            let mut out = String::new();
            for (i, part) in body.split('"').enumerate() {
                if i % 2 == 0 {
                    out.push_str(part);
                    continue;
                }
                // Escapes such as `\ff` stand for one byte.
                let len = part.len() - 2 * part.matches('\\').count();
                data.push_str(&format!("(data (i32.const {next}) \"{part}\")"));
                out.push_str(&format!("(i32.const {next}) (i32.const {len})"));
                next += len;
            }
            out
        };
        let body = texts(&self.body);
        let (imports, extra): (Vec<_>, Vec<_>) =
            self.extra.lines().partition(|line| line.trim_start().starts_with("(import"));
        format!(
            r#"(module {PRELUDE} {} (memory (export "memory") {}) {HELPERS} {}
              (func (export "run") (param i32 i32 i32 i32) (result i32) {body} (i32.const 2048)) {data})"#,
            imports.join("\n"),
            self.pages,
            extra.join("\n"),
        )
    }

    /// The component.
    pub fn component(&self) -> Vec<u8> {
        let mut resolve = Resolve::default();
        resolve.push_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit")).unwrap();
        for (i, package) in self.packages.iter().enumerate() {
            if !package.is_empty() {
                resolve.push_str(format!("package{i}.wit"), package).unwrap();
            }
        }
        let world = format!("package test:guest; world guest {{ {} }}", self.world);
        let package = resolve.push_str("guest.wit", &world).unwrap();
        let world = resolve.select_world(&[package], Some("guest")).unwrap();
        let mut module = wat::parse_str(self.module()).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        ComponentEncoder::default().validate(true).module(&module).unwrap().encode().unwrap()
    }
}
