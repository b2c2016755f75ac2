//! What the models say of each flag.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::value::TABLE;
use crate::config::nearest;
use crate::schema::{FieldPath, IdentityId, Schema, SchemaError, Statements, flag_identities};

/// What a minigraph may put behind the name of a flag.
const ENABLED: &str = "Enabled";

/// All flags of a schema.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    flags: Vec<Flag>,
}

/// A flag of `SYSTEM_DEFAULTS`, as its identity describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flag {
    /// The name of its identity.
    pub name: String,
    /// The key of its entry: its name, with its module in front where that is a vendor's.
    pub key: String,
    /// The module that defines it.
    pub module: String,
    /// What its status may be; `None` for any text.
    pub family: Option<Family>,
    /// Its status where it is not set, if it has one then.
    pub default: Option<String>,
    /// What it is for.
    pub description: String,
    /// The field that it has replaced.
    #[serde(serialize_with = "as_text")]
    pub replaces: Option<FieldPath>,
    /// Values of that field which are written otherwise in the flag, each with the status that says the
    /// same.
    pub leaf_values: Vec<(String, String)>,
    /// Its name in a minigraph.
    pub minigraph_name: String,
    /// The services that read it.
    pub consumers: Vec<Consumer>,
}

/// The words that the status of some flags takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Family {
    /// Its name, without prefix or path.
    pub name: String,
    /// The words that are legal.
    pub values: Vec<String>,
    /// The words for `True` and `False` of a minigraph.
    #[serde(skip)]
    pub true_false: Option<(String, String)>,
    /// Other spellings that are accepted on migration, each with the word of the family.
    #[serde(skip)]
    pub also_written: Vec<(String, String)>,
}

/// A service that reads a flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Consumer {
    /// The name of the service.
    pub service: String,
    /// When it follows a change.
    pub effect: Effect,
}

/// When a change takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// When the service starts.
    Restart,
    /// When the whole config is loaded.
    Reload,
    /// It takes effect at once.
    Live,
}

impl Effect {
    const ALL: [(&str, Effect); 3] = [
        ("restart", Effect::Restart),
        ("reload", Effect::Reload),
        ("live", Effect::Live),
    ];

    /// The word in the models.
    pub fn name(self) -> &'static str {
        match self {
            Effect::Restart => "restart",
            Effect::Reload => "reload",
            Effect::Live => "live",
        }
    }
}

impl Registry {
    /// The flags of a schema. A schema whose `sonic-system-defaults` knows no identities has none.
    ///
    /// # Errors
    /// [`SchemaError::Statement`]: a statement of `sonicfg-extensions` that says nothing, or two flags of
    /// one name, or two for one field.
    pub fn of(schema: &Schema) -> Result<Self, SchemaError> {
        let mut registry = Registry::default();
        for identity in flag_identities(schema) {
            let flag = Flag::of(schema, identity)?;
            let refused = |statement: &str, other: &Flag| SchemaError::Statement {
                module: flag.module.clone(),
                identity: flag.name.clone(),
                statement: statement.to_owned(),
                reason: format!("the flag {} of module {} has the same", other.name, other.module),
            };
            for other in &registry.flags {
                if other.name == flag.name {
                    return Err(refused("name", other));
                }
                if other.replaces.is_some() && other.replaces == flag.replaces {
                    return Err(refused("replaces", other));
                }
                if other.minigraph_name == flag.minigraph_name {
                    return Err(refused("minigraph-name", other));
                }
            }
            registry.flags.push(flag);
        }
        Ok(registry)
    }

    /// All flags, by module, and then as the module has them.
    pub fn iter(&self) -> std::slice::Iter<'_, Flag> {
        self.flags.iter()
    }

    /// The flag of a name, which may have its module in front: `swss_zmq`, `acme-flags:turbo`.
    pub fn get(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.is_called(name))
    }

    /// The name of a flag that is most like a word.
    pub fn nearest(&self, word: &str) -> Option<&str> {
        nearest(word, self.flags.iter().map(|flag| flag.name.as_str()))
    }

    /// The flag that a minigraph means by a name: one that says so, else by the rule that
    /// `FastLinkRetrain` and `FastLinkRetrainEnabled` are `fast_link_retrain`.
    pub fn in_minigraph(&self, name: &str) -> Option<&Flag> {
        let mut flags = self.flags.iter();
        flags
            .find(|flag| flag.minigraph_name == name)
            .or_else(|| self.get(&snake_case(name)))
            .or_else(|| self.get(&snake_case(name.strip_suffix(ENABLED)?)))
    }
}

impl Flag {
    fn of(schema: &Schema, id: IdentityId) -> Result<Self, SchemaError> {
        let identity = schema.identity(id);
        let statements = Statements::of(schema, id);
        let minigraph_name = statements.minigraph_name()?;
        let words: Vec<&str> = Effect::ALL.iter().map(|(word, _)| *word).collect();
        let consumers = statements.consumers(&words)?.into_iter();
        let consumers = consumers.filter_map(|(service, way)| {
            let effect = Effect::ALL.iter().find(|(word, _)| *word == way)?.1;
            Some(Consumer {
                service: service.to_owned(),
                effect,
            })
        });
        let mut family = None;
        for &base in &identity.bases {
            if let Some(found) = Family::of(schema, base)? {
                family = Some(found);
            }
        }
        Ok(Flag {
            name: identity.name.to_string(),
            key: schema.flag_key(id),
            module: schema.module(identity.module).name.to_string(),
            family,
            default: statements.default()?.map(str::to_owned),
            description: on_one_line(identity.description.as_deref().unwrap_or_default()),
            replaces: statements.replaces()?,
            leaf_values: owned(statements.leaf_values()?),
            minigraph_name: minigraph_name.map_or_else(|| camel_case(&identity.name), str::to_owned),
            consumers: consumers.collect(),
        })
    }

    /// Whether a key of `SYSTEM_DEFAULTS` means this flag, in either spelling.
    pub fn is_called(&self, key: &str) -> bool {
        match key.split_once(':') {
            Some((module, name)) => module == self.module && name == self.name,
            None => key == self.name,
        }
    }

    /// The keys that mean this flag: the one that is written, and other spellings that are read.
    pub fn spellings(&self) -> Vec<String> {
        let qualified = format!("{}:{}", self.module, self.name);
        let mut spellings = vec![self.key.clone()];
        let others = [qualified, self.name.clone()].into_iter();
        spellings.extend(others.filter(|other| *other != self.key));
        spellings
    }

    /// The entry of the flag in a config, with its key there. The spelling that is written has precedence.
    pub fn entry<'c>(&self, config: &'c Value) -> Option<(&'c str, &'c Value)> {
        let flags = config.get(TABLE)?.as_object()?;
        let mut spellings = self.spellings().into_iter();
        spellings.find_map(|key| {
            flags
                .get_key_value(&key)
                .map(|(key, entry)| (key.as_str(), entry))
        })
    }

    /// The keys of the flag in a config that are not the one that is written.
    pub fn others<'c>(&self, config: &'c Value) -> Vec<&'c str> {
        let flags = config.get(TABLE).and_then(Value::as_object);
        let keys = flags.into_iter().flatten().map(|(key, _)| key.as_str());
        keys.filter(|key| self.is_called(key) && *key != self.key)
            .collect()
    }

    /// Whether the status may be this word.
    pub fn takes(&self, status: &str) -> bool {
        match &self.family {
            Some(family) => family.values.iter().any(|value| value == status),
            None => !status.is_empty(),
        }
    }

    /// The status that says what a value of the replaced field says; `None` where there is none.
    pub fn from_leaf<'a>(&'a self, value: &'a str) -> Option<&'a str> {
        let said = self.leaf_values.iter().find(|(leaf, _)| leaf == value);
        said.map(|(_, status)| status.as_str())
            .or_else(|| self.normal(value))
    }

    /// The value of the replaced field that says what a status says.
    pub fn to_leaf<'a>(&'a self, status: &'a str) -> &'a str {
        let said = self.leaf_values.iter().find(|(_, flag)| flag == status);
        said.map_or(status, |(leaf, _)| leaf)
    }

    /// The word of the family for a status, other spellings included; any text where there is no family.
    pub fn normal<'a>(&'a self, status: &'a str) -> Option<&'a str> {
        let Some(family) = &self.family else {
            return Some(status).filter(|status| !status.is_empty());
        };
        let word = family.values.iter().find(|value| *value == status);
        let other = family.also_written.iter().find(|(other, _)| other == status);
        word.or(other.map(|(_, word)| word)).map(String::as_str)
    }

    /// What its status may be, in words.
    pub fn values(&self) -> String {
        match &self.family {
            Some(family) => family.values.join(" or "),
            None => "any text".to_owned(),
        }
    }
}

impl Family {
    /// The family that an identity is; `None` where it is none.
    fn of(schema: &Schema, id: IdentityId) -> Result<Option<Self>, SchemaError> {
        let statements = Statements::of(schema, id);
        let Some(values) = statements.values()? else {
            return Ok(None);
        };
        let true_false = statements.true_false()?;
        Ok(Some(Family {
            name: schema.identity(id).name.to_string(),
            values: values.into_iter().map(str::to_owned).collect(),
            true_false: true_false.map(|(yes, no)| (yes.to_owned(), no.to_owned())),
            also_written: owned(statements.also_written()?),
        }))
    }
}

fn owned(pairs: Vec<(&str, &str)>) -> Vec<(String, String)> {
    let pairs = pairs.into_iter();
    pairs.map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

fn as_text<S: Serializer>(path: &Option<FieldPath>, serializer: S) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => serializer.collect_str(path),
        None => serializer.serialize_none(),
    }
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `TunnelQosRemap` to `tunnel_qos_remap`. A capital begins a word, unless it is among capitals.
fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let begins = before.is_some_and(|before| {
            let ends_capitals =
                before.is_uppercase() && letters.get(at + 1).is_some_and(|c| c.is_lowercase());
            letter.is_uppercase() && before != '_' && (!before.is_uppercase() || ends_capitals)
        });
        if begins {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

/// `tunnel_qos_remap` to `TunnelQosRemap`.
fn camel_case(name: &str) -> String {
    let words = name.split('_');
    let words = words.map(|word| {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect::<String>()
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Sources;

    fn registry() -> Registry {
        let schema = Schema::load(&Sources::shipped(), None).unwrap().schema;
        Registry::of(&schema).unwrap()
    }

    #[test]
    fn names_in_a_minigraph() {
        let registry = registry();
        let named = |name| registry.in_minigraph(name).map(|flag| flag.name.as_str());
        assert_eq!(named("TunnelQosRemapEnabled"), Some("tunnel_qos_remap"));
        assert_eq!(named("TunnelQosRemap"), Some("tunnel_qos_remap"));
        assert_eq!(named("DhcpServer"), Some("dhcp_server"));
        assert_eq!(named("DhcpServerEnabled"), Some("dhcp_server"));
        assert_eq!(named("SwssZmqEnabled"), Some("swss_zmq"));
        assert_eq!(named("SoftwareBFD"), Some("software_bfd"));
        assert_eq!(named("IPDecap"), Some("ip_decap"));
        assert_eq!(named("swss_zmq"), Some("swss_zmq"));
        assert_eq!(named("Enabled"), None);
        assert_eq!(named(""), None);
        assert_eq!(named("Swss"), None);
        assert_eq!(camel_case("mux_tunnel_egress_acl"), "MuxTunnelEgressAcl");
    }

    #[test]
    fn values_of_a_replaced_field() {
        let registry = registry();
        let dhcp = registry.get("dhcp_server").unwrap();
        assert_eq!(dhcp.from_leaf("enabled"), Some("enable"));
        assert_eq!(dhcp.from_leaf("enable"), Some("enable"));
        assert_eq!(dhcp.from_leaf("on"), None);
        assert_eq!(dhcp.to_leaf("disable"), "disabled");
        let bgp = registry.get("default_bgp_status").unwrap();
        assert_eq!((bgp.from_leaf("up"), bgp.to_leaf("down")), (Some("up"), "down"));
        assert_eq!(bgp.from_leaf("enable"), None);
    }

    #[test]
    fn every_word_of_a_family_is_one_that_the_models_take() {
        for flag in registry().iter() {
            let family = flag.family.as_ref().unwrap();
            for (_, word) in &family.also_written {
                assert!(flag.takes(word), "{}", flag.name);
            }
            if let Some((yes, no)) = &family.true_false {
                assert!(flag.takes(yes) && flag.takes(no), "{}", flag.name);
            }
            assert!(flag.default.as_deref().is_none_or(|default| flag.takes(default)));
            assert!(flag.leaf_values.iter().all(|(_, word)| flag.takes(word)));
        }
    }
}
