//! [`Classes`]: the classes of the user's own, found by name.

use std::path::PathBuf;

use super::{
    Class, ClassError, ClassKind, ClassOptions, ClassRefusal,
    class::on_own_thread,
    class_worker::{Account, ClassWorker, Items, Kept},
};
use crate::trajectory::{NodePath, Parameter, StoredItems, Trajectory, Value, ValueLoader};

/// The built-in classes that a spec may ask for; otherwise the value decides.
const ON_REQUEST: [&str; 2] = ["ArrayParameter", "Parameter"];

/// Classes with different names; cheap to share. pypet's `dynamically_imported_classes`.
#[derive(Clone, Debug, Default)]
pub struct Classes(Vec<Class>);

impl Classes {
    /// Loads all of these components.
    ///
    /// # Errors
    /// One cannot be loaded, or two have the same name.
    pub fn load(paths: &[PathBuf], options: &ClassOptions) -> Result<Self, ClassError> {
        let mut classes = Self::default();
        for path in paths {
            classes.add(Class::load(path, options)?)?;
        }
        Ok(classes)
    }

    /// Adds a class.
    ///
    /// # Errors
    /// There is one of the same name.
    pub fn add(&mut self, class: Class) -> Result<(), ClassError> {
        if let Some(other) = self.get(class.name()) {
            let (name, first) = (class.name().to_owned(), other.path().to_owned());
            let source = Box::new(ClassError::Duplicate { name, first });
            return Err(ClassError::File { path: class.path().to_owned(), source });
        }
        self.0.push(class);
        Ok(())
    }

    /// The class of this name.
    pub fn get(&self, name: &str) -> Option<&Class> {
        self.iter().find(|class| class.name() == name)
    }

    /// All of them, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Class> {
        self.0.iter()
    }

    /// What the configuration records of them, below `environment.<name>`: name, text, comment.
    pub fn entries(&self) -> impl Iterator<Item = (String, String, String)> {
        self.iter().flat_map(|class| {
            let path = std::path::absolute(class.path()).unwrap_or_else(|_| class.path().to_owned());
            let entry = |what: &str, text: &str, comment: String| {
                (format!("classes.{}.{what}", class.name()), text.to_owned(), comment)
            };
            let about = if class.comment().is_empty() { String::new() } else { format!(": {}", class.comment()) };
            [
                entry("sha256", class.sha256(), format!("SHA-256 of the component of a class{about}")),
                entry("component", &path.to_string_lossy(), "Where its component was".to_owned()),
            ]
        })
    }

    /// Lets every parameter that is of a class of the user's own be stored by it, its default and all explored
    /// values, and checks that they come back. Values stay what they are.
    ///
    /// # Errors
    /// There is no such class, it keeps results, or it does not give back what it was given.
    pub fn prepare(&self, trajectory: &mut Trajectory) -> Result<(), ClassError> {
        let of_class = |(path, parameter): (&NodePath, &Parameter)| {
            let class = parameter.class.clone().filter(|class| !ON_REQUEST.contains(&class.as_str()))?;
            Some((path.clone(), class))
        };
        let wanted: Vec<(NodePath, String)> = trajectory.parameters().iter().filter_map(of_class).collect();
        for (path, name) in wanted {
            let Some(class) = self.get(&name) else {
                return Err(ClassError::Unknown { node: path.to_string(), class: name, known: self.known() });
            };
            if class.kind() != ClassKind::Parameter {
                let (node, kind, known) = (path.to_string(), class.kind(), self.known());
                return Err(ClassError::Kind { node, class: name, kind, known });
            }
            let parameter = &trajectory.parameters()[&path];
            let stored = on_own_thread(class.thread_stack(), || stored(class, &path, parameter))??;
            // The path is one of its own.
            let _ = trajectory.store_parameter_as(&path, stored);
        }
        Ok(())
    }

    /// The stack that a call needs beside that of its run.
    pub(super) fn stack(&self) -> u64 {
        self.iter().map(|class| class.0.settings.limits.stack).max().unwrap_or(0)
    }

    fn known(&self) -> Vec<String> {
        let own = self.iter().filter(|class| class.kind() == ClassKind::Parameter).map(Class::name);
        let mut known: Vec<String> = own.chain(ON_REQUEST).map(str::to_owned).collect();
        known.sort();
        known
    }
}

impl ValueLoader for Classes {
    fn values(&self, name: &str, node: &str, items: &[(NodePath, Value)]) -> Option<Result<Items, String>> {
        let class = self.get(name)?;
        let load = || {
            let worker = ClassWorker::new(class).map_err(|error| error.to_string())?;
            let loaded = worker.load(items, &Account::own(class));
            loaded.map_err(|fault| format!("the class `{name}` cannot read `{node}`: {fault}"))
        };
        Some(on_own_thread(class.thread_stack(), load).unwrap_or_else(|error| Err(error.to_string())))
    }
}

/// A parameter as `class` stores it.
fn stored(class: &Class, path: &NodePath, parameter: &Parameter) -> Result<StoredItems, ClassError> {
    let worker = ClassWorker::new(class)?;
    let account = Account::own(class);
    let node = format!("parameters.{path}");
    let keep = |mut value: Value| -> Result<Kept, ClassRefusal> {
        // Guests cannot make others.
        value.canonicalize_nans();
        let data = NodePath::new("data").expect("a legal name");
        worker.keep(&node, &[(data, value)], &account)
    };
    let default = keep(parameter.value.clone())?;
    let explored = parameter.explored.iter().flat_map(|explored| explored.axis.values());
    let explored = explored.map(keep).collect::<Result<Vec<Kept>, ClassRefusal>>()?;
    let (explored, explored_summaries) = explored.into_iter().map(|kept| (kept.items, kept.summary)).unzip();
    Ok(StoredItems { default: default.items, explored, summary: default.summary, explored_summaries })
}
