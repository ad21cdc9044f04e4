//! Values of leaves that classes of the user's own have stored, for `host show` and `host export`.

use std::{cell::RefCell, collections::BTreeMap, path::PathBuf, time::Duration};

use crate::{
    sandbox::{Class, ClassError, ClassOptions, Classes},
    spec::Limits,
    storage::{Leaf, Reader},
    trajectory::{NodePath, Value, ValueLoader, is_built_in_class},
};

/// The classes at hand: those that were named, and those that a trajectory has recorded and that are still there.
pub(super) struct KnownClasses<'a> {
    named: Classes,
    reader: &'a dyn Reader,
    trajectory: &'a str,
    /// What was recorded, once somebody has asked: the class, or why it cannot be used.
    recorded: RefCell<Option<BTreeMap<String, Recorded>>>,
}

/// A class that the configuration of a trajectory names.
#[derive(Clone)]
enum Recorded {
    /// Its component, not loaded yet.
    At(PathBuf, String),
    Loaded(Class),
    /// Why there is none.
    Missing(String),
}

/// What became of a leaf.
pub(super) enum Shown {
    /// It needs no class.
    Plain,
    /// Its items are now its values.
    Loaded,
    /// Why it holds its stored items still.
    Stored(String),
}

impl<'a> KnownClasses<'a> {
    /// Those of `files`, and those that `trajectory` has recorded.
    pub(super) fn new(files: &[PathBuf], reader: &'a dyn Reader, trajectory: &'a str) -> Result<Self, ClassError> {
        let named = Classes::load(files, &options())?;
        Ok(Self { named, reader, trajectory, recorded: RefCell::new(None) })
    }

    /// Puts values in place of the items that a class has stored.
    pub(super) fn show(&self, node: &str, leaf: &mut Leaf) -> Shown {
        if is_built_in_class(&leaf.class) || leaf.summary.is_none() {
            return Shown::Plain;
        }
        let classes = match self.with(&leaf.class) {
            Ok(classes) => classes,
            Err(why) => return Shown::Stored(why),
        };
        let load = |items: &[(String, Value)]| {
            let named = items.iter().map(|(name, value)| Ok((NodePath::new(name.as_str())?, value.clone())));
            let items = named.collect::<Result<Vec<_>, crate::trajectory::NameError>>().map_err(|e| e.to_string())?;
            let loaded = classes.values(&leaf.class, node, &items);
            let loaded = loaded.unwrap_or_else(|| Err("it is not there".into()))?;
            Ok::<_, String>(loaded.into_iter().map(|(name, value)| (name.to_string(), value)).collect::<Vec<_>>())
        };
        let all = || -> Result<_, String> {
            let explored = leaf.explored_items.as_ref().map(|explored| {
                let first =
                    |items: &Vec<_>| Ok(load(items)?.into_iter().next().map_or(Value::None, |(_, value)| value));
                let values = explored.distinct.iter().map(first).collect::<Result<Vec<Value>, String>>()?;
                let of_run = explored.of_run.iter().map(|&at| values.get(at as usize).cloned().unwrap_or(Value::None));
                Ok::<_, String>(of_run.collect())
            });
            Ok((load(&leaf.items)?, explored.transpose()?))
        };
        match all() {
            Ok((items, explored)) => {
                (leaf.items, leaf.explored) = (items, explored);
                Shown::Loaded
            }
            Err(why) => Shown::Stored(why),
        }
    }

    /// The class of this name with those that were named, or why it is not there.
    fn with(&self, class: &str) -> Result<Classes, String> {
        let mut classes = self.named.clone();
        if classes.get(class).is_none() {
            self.recorded(class).and_then(|class| classes.add(class).map_err(|error| error.to_string()))?;
        }
        Ok(classes)
    }

    /// The class that was recorded under this name.
    fn recorded(&self, name: &str) -> Result<Class, String> {
        let mut recorded = self.recorded.borrow_mut();
        let recorded = recorded.get_or_insert_with(|| self.read_recorded());
        let found = recorded.get_mut(name).ok_or("the file does not say where it was")?;
        if let Recorded::At(path, sha256) = &*found {
            let loaded = match Class::load(path, &options()) {
                Ok(class) if class.sha256() == sha256 => Ok(class),
                Ok(_) => Err(format!("`{}` is another one by now", path.display())),
                Err(_) if !path.exists() => Err(format!("`{}` is gone", path.display())),
                Err(error) => Err(error.to_string()),
            };
            *found = loaded.map_or_else(Recorded::Missing, Recorded::Loaded);
        }
        match found {
            Recorded::Loaded(class) => Ok(class.clone()),
            Recorded::Missing(why) => Err(why.clone()),
            Recorded::At(path, _) => Err(format!("`{}` was not loaded", path.display())),
        }
    }

    /// `config.environment.<environment>.classes.<name>.{sha256,component}`. Whatever is missing or odd is left out.
    fn read_recorded(&self) -> BTreeMap<String, Recorded> {
        let children = |node: &str| self.reader.children(self.trajectory, node).unwrap_or_default();
        let text = |node: String| {
            let leaf = self.reader.leaf(self.trajectory, &node).ok()?;
            match leaf.items.into_iter().next() {
                Some((_, Value::Text(text))) => Some(text),
                _ => None,
            }
        };
        let mut found = BTreeMap::new();
        for environment in children("config.environment") {
            let classes = format!("config.environment.{}.classes", environment.name);
            for class in children(&classes) {
                let entry = |what: &str| text(format!("{classes}.{}.{what}", class.name));
                if let (Some(path), Some(sha256)) = (entry("component"), entry("sha256")) {
                    found.insert(class.name, Recorded::At(path.into(), sha256));
                }
            }
        }
        found
    }
}

impl ValueLoader for KnownClasses<'_> {
    fn values(
        &self,
        class: &str,
        node: &str,
        items: &[(NodePath, Value)],
    ) -> Option<Result<Vec<(NodePath, Value)>, String>> {
        let way_out = |why| format!("its class `{class}` is needed, and {why}; name its component with --class FILE");
        match self.with(class) {
            Ok(classes) => classes.values(class, node, items),
            Err(why) => Some(Err(way_out(why))),
        }
    }
}

/// Who looks at a file waits for no class that long.
const PATIENCE: Duration = Duration::from_secs(60);

fn options() -> ClassOptions {
    ClassOptions { limits: Limits { timeout: Some(PATIENCE), ..Limits::default() }, ..ClassOptions::default() }
}
