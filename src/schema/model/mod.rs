//! The compiled form of a set of YANG modules: plain data, immutable once built.

pub mod dialect;
pub mod docs;
pub mod expr;
pub mod ids;
pub mod retired;
pub mod tables;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::pattern::Pattern;
use dialect::Dialect;
use docs::{Docs, TextSpan};
use expr::Expr;
use retired::{Retired, RetiredLeaf};
use tables::Tables;

pub use ids::{IdentityId, ModuleId, NodeId, PatternId, TypeId};

/// A set of YANG modules, compiled. Made by [`Schema::load`](Schema::load).
#[derive(Debug, Serialize, Deserialize)]
pub struct Schema {
    /// The modules, those that are only imported too, in order of their names.
    pub modules: Vec<Module>,
    /// All schema nodes; parents before children, siblings in schema order.
    pub nodes: Vec<SchemaNode>,
    /// All types that nodes use, directly or inside unions.
    pub types: Vec<Type>,
    /// All identities, by their identity id.
    pub identities: Vec<Identity>,
    /// All patterns that types use.
    pub patterns: Vec<Pattern>,
    /// Whether the dialects read one of them differently, or not at all.
    pub has_disputed_patterns: bool,
    /// The top-level data nodes of all modules.
    pub top: Vec<NodeId>,
    /// How config_db maps to the nodes.
    pub tables: Tables,
    /// The fields that flags have replaced; none with [`Retired::Allow`].
    pub retired: Vec<RetiredLeaf>,
    /// What becomes of them.
    #[serde(skip)]
    pub retired_mode: Retired,
    /// Whether a directory has a `sonic-system-defaults` of its own, which may take flags that the built-in one does not.
    pub has_other_flags: bool,
    /// Whose reading decides a verdict.
    #[serde(skip)]
    pub dialect: Dialect,
    /// The digest of the modules' texts that this was made from.
    pub digest: [u8; 32],
    /// What is said about the nodes in words.
    #[serde(skip)]
    pub(super) docs: Docs,
    #[serde(skip)]
    pub(super) top_by_name: FxHashMap<(ModuleId, Box<str>), NodeId>,
}

/// A YANG module (RFC 7950, section 7.1).
#[derive(Debug, Serialize, Deserialize)]
pub struct Module {
    /// Its name, without prefix or path.
    pub name: Box<str>,
    /// The prefix it gives itself.
    pub prefix: Box<str>,
    /// Its XML namespace, a URI.
    pub namespace: Box<str>,
    /// The date of its newest revision.
    pub revision: Option<Box<str>>,
    /// The origin of its text: a file, or `built-in`.
    pub origin: Box<str>,
    /// Whether it adds nodes; otherwise it only serves imports.
    pub implemented: bool,
}

/// A schema node: data nodes, choices and cases.
#[derive(Debug, Serialize, Deserialize)]
pub struct SchemaNode {
    /// Its name, without prefix or path.
    pub name: Box<str>,
    /// The module whose namespace it is in.
    pub module: ModuleId,
    /// The schema node around it, choices and cases included.
    pub parent: Option<NodeId>,
    /// The nearest data node around it.
    pub data_parent: Option<NodeId>,
    /// Schema nodes right below.
    pub children: Vec<NodeId>,
    /// Data nodes right below, those inside choices too, in order of their names.
    pub data_children: Vec<NodeId>,
    /// What kind of node it is, and what only such nodes have.
    pub kind: NodeKind,
    /// `config`: false for state data.
    pub config: bool,
    /// The `must` statements (RFC 7950, section 7.5.3).
    pub musts: Vec<Must>,
    /// `when` statements, those of the choices, cases, uses and augments around it too.
    pub whens: Vec<When>,
    /// `description`; [`Schema::description`] reads it.
    pub(super) description: TextSpan,
    /// `reference`; [`Schema::reference`] reads it.
    pub(super) reference: TextSpan,
    /// The argument of `status` (RFC 7950, section 7.21.2).
    pub status: Status,
    /// Whether a `must`, `when` or leafref of any node may read it, or it has conditions of its own, so that its
    /// default must be in the tree.
    pub observed: bool,
}

/// `status` (RFC 7950, section 7.21.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// The definition is in use.
    Current,
    /// New configs should not use it.
    Deprecated,
    /// It is obsolete and must not be used.
    Obsolete,
}

/// The kinds of schema nodes.
#[derive(Debug, Serialize, Deserialize)]
pub enum NodeKind {
    /// A `container` (RFC 7950, section 7.5).
    Container {
        /// Whether its presence means something.
        presence: bool,
    },
    /// A `list` (RFC 7950, section 7.8).
    List(ListNode),
    /// A `leaf` (RFC 7950, section 7.6).
    Leaf(LeafNode),
    /// A `leaf-list` (RFC 7950, section 7.7).
    LeafList(LeafListNode),
    /// A `choice` (RFC 7950, section 7.9).
    Choice {
        /// Whether one of its cases must be there.
        mandatory: bool,
        /// The case that applies if none is present.
        default: Option<NodeId>,
    },
    /// `case`, also the implicit one.
    Case,
    /// An `anydata` or `anyxml` node (RFC 7950, sections 7.10 and 7.11).
    Any {
        /// Whether it must be there.
        mandatory: bool,
    },
}

/// What a list has (RFC 7950, section 7.8).
#[derive(Debug, Serialize, Deserialize)]
pub struct ListNode {
    /// Its keys, in order.
    pub keys: Vec<NodeId>,
    /// Its `unique` statements (RFC 7950, section 7.8.3).
    pub uniques: Vec<Vec<NodeId>>,
    /// The argument of `min-elements` (RFC 7950, section 7.7.5).
    pub min: u32,
    /// `max-elements`; `u32::MAX` for unbounded.
    pub max: u32,
    /// Whether it is `ordered-by user` (RFC 7950, section 7.7.7).
    pub user_ordered: bool,
}

/// What a leaf has (RFC 7950, section 7.6).
#[derive(Debug, Serialize, Deserialize)]
pub struct LeafNode {
    /// The type of its values.
    pub ty: TypeId,
    /// Its default, in canonical form.
    pub default: Option<Box<str>>,
    /// Whether it is `mandatory` (RFC 7950, section 7.6.5).
    pub mandatory: bool,
    /// Whether it is a key of its list.
    pub key: bool,
    /// The argument of `units` (RFC 7950, section 7.3.3).
    pub units: Option<Box<str>>,
    /// Resolved leafrefs: one for each leafref in its type.
    pub leafrefs: Vec<Leafref>,
}

/// What a leaf-list has (RFC 7950, section 7.7).
#[derive(Debug, Serialize, Deserialize)]
pub struct LeafListNode {
    /// The type of its elements.
    pub ty: TypeId,
    /// Its defaults, in canonical form.
    pub defaults: Vec<Box<str>>,
    /// The argument of `min-elements` (RFC 7950, section 7.7.5).
    pub min: u32,
    /// `max-elements`; `u32::MAX` for unbounded.
    pub max: u32,
    /// Whether it is `ordered-by user` (RFC 7950, section 7.7.7).
    pub user_ordered: bool,
    /// The argument of `units` (RFC 7950, section 7.3.3).
    pub units: Option<Box<str>>,
    /// Resolved leafrefs: one for each leafref in its type.
    pub leafrefs: Vec<Leafref>,
}

/// A leafref as seen from one leaf (RFC 7950, section 9.9).
#[derive(Debug, Serialize, Deserialize)]
pub struct Leafref {
    /// The leafref type that this resolves.
    pub ty: TypeId,
    /// The path, as an expression whose context is the leaf.
    pub path: Expr,
    /// The leaf or leaf-list it points to.
    pub target: NodeId,
    /// The path has no predicate and meets no list on its way up, so every instance of the target
    /// counts.
    pub global: bool,
    /// Whether the target must exist, `require-instance` (RFC 7950, section 9.9.3).
    pub require_instance: bool,
}

/// `must` (RFC 7950, section 7.5.3).
#[derive(Debug, Serialize, Deserialize)]
pub struct Must {
    /// The condition; its context is the node that has it.
    pub condition: Expr,
    /// The condition as the module has it.
    pub text: Box<str>,
    /// The argument of `error-message` (RFC 7950, section 7.5.4.1).
    pub message: Option<Box<str>>,
    /// The argument of `error-app-tag` (RFC 7950, section 7.5.4.2).
    pub app_tag: Option<Box<str>>,
    /// The argument of `description` (RFC 7950, section 7.21.3).
    pub description: Option<Box<str>>,
}

/// `when` (RFC 7950, section 7.21.5).
#[derive(Debug, Serialize, Deserialize)]
pub struct When {
    /// The condition, an XPath expression.
    pub condition: Expr,
    /// The condition as the module has it.
    pub text: Box<str>,
    /// Its context node: the node itself, or a data node above it; `None` for the root.
    pub context: Option<NodeId>,
    /// The argument of `description` (RFC 7950, section 7.21.3).
    pub description: Option<Box<str>>,
}

/// An identity (RFC 7950, section 7.18).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Identity {
    /// Its name, without prefix or path.
    pub name: Box<str>,
    /// The module that defines it.
    pub module: ModuleId,
    /// The identities that it is derived from, over any number of steps.
    pub bases: Vec<IdentityId>,
    /// The argument of `description` (RFC 7950, section 7.21.3).
    pub description: Option<Box<str>>,
    /// Statements in it that extensions define, in their order.
    pub extensions: Vec<Extension>,
}

/// A statement that an extension defines (RFC 7950, section 7.19).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Extension {
    /// The module that defines the extension.
    pub module: ModuleId,
    /// The name of the extension.
    pub name: Box<str>,
    /// Its argument; empty where it has none.
    pub argument: Box<str>,
}

/// A type with its restrictions.
#[derive(Debug, Serialize, Deserialize)]
pub struct Type {
    /// The typedef that was named, without prefix; `None` for a built-in type.
    pub name: Option<Box<str>>,
    /// The built-in type and its restrictions.
    pub kind: TypeKind,
}

/// The built-in types (RFC 7950, section 9).
#[derive(Debug, Serialize, Deserialize)]
pub enum TypeKind {
    /// An integer type, `int8` … `uint64` (RFC 7950, section 9.2).
    Integer {
        /// Which of them.
        kind: IntegerKind,
        /// `range`.
        range: Option<Range>,
    },
    /// The type `decimal64` (RFC 7950, section 9.3).
    Decimal64 {
        /// `fraction-digits`.
        digits: u8,
        /// `range`, in units of the last digit.
        range: Option<Range>,
    },
    /// The type `string` (RFC 7950, section 9.4).
    String {
        /// `length`.
        length: Option<Range>,
        /// `pattern` statements.
        patterns: Vec<PatternUse>,
        /// A well-known typedef whose values have a form that patterns cannot say.
        form: Option<Form>,
    },
    /// The type `boolean` (RFC 7950, section 9.5).
    Boolean,
    /// The type `enumeration` (RFC 7950, section 9.6).
    Enumeration(Vec<NamedValue>),
    /// `bits`, in order of their positions.
    Bits(Vec<NamedValue>),
    /// The type `binary` (RFC 7950, section 9.8).
    Binary {
        /// `length`, in bytes.
        length: Option<Range>,
    },
    /// The type `empty` (RFC 7950, section 9.11).
    Empty,
    /// The type `identityref` (RFC 7950, section 9.10).
    Identityref {
        /// A value must be derived from every one of these.
        bases: Vec<IdentityId>,
    },
    /// `leafref`; where it points depends on the leaf, see [`Leafref`].
    Leafref {
        /// The path as the module has it.
        path: Box<str>,
        /// The type of the target.
        target: TypeId,
        /// `require-instance`.
        require_instance: bool,
    },
    /// The type `union` (RFC 7950, section 9.12).
    Union(Vec<TypeId>),
}

/// The integer types (RFC 7950, section 9.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum IntegerKind {
    Int8,
    Int16,
    Int32,
    Int64,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
}

impl IntegerKind {
    /// The smallest and the largest value.
    pub fn bounds(self) -> (i128, i128) {
        match self {
            IntegerKind::Int8 => (i8::MIN.into(), i8::MAX.into()),
            IntegerKind::Int16 => (i16::MIN.into(), i16::MAX.into()),
            IntegerKind::Int32 => (i32::MIN.into(), i32::MAX.into()),
            IntegerKind::Int64 => (i64::MIN.into(), i64::MAX.into()),
            IntegerKind::Uint8 => (0, u8::MAX.into()),
            IntegerKind::Uint16 => (0, u16::MAX.into()),
            IntegerKind::Uint32 => (0, u32::MAX.into()),
            IntegerKind::Uint64 => (0, u64::MAX.into()),
        }
    }

    /// Whether it has no negative numbers.
    pub fn is_unsigned(self) -> bool {
        self.bounds().0 == 0
    }

    /// The name in YANG.
    pub fn name(self) -> &'static str {
        match self {
            IntegerKind::Int8 => "int8",
            IntegerKind::Int16 => "int16",
            IntegerKind::Int32 => "int32",
            IntegerKind::Int64 => "int64",
            IntegerKind::Uint8 => "uint8",
            IntegerKind::Uint16 => "uint16",
            IntegerKind::Uint32 => "uint32",
            IntegerKind::Uint64 => "uint64",
        }
    }
}

/// Typedefs of RFC 6991 whose values are checked, and brought to a canonical form, by more than
/// patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// `inet:ipv4-address`, with an optional zone.
    Ipv4Address,
    /// The type `inet:ipv4-address-no-zone` (RFC 6991, section 4).
    Ipv4AddressNoZone,
    /// `inet:ipv6-address`, with an optional zone.
    Ipv6Address,
    /// The type `inet:ipv6-address-no-zone` (RFC 6991, section 4).
    Ipv6AddressNoZone,
    /// The type `inet:ipv4-prefix` (RFC 6991, section 4).
    Ipv4Prefix,
    /// The type `inet:ipv6-prefix` (RFC 6991, section 4).
    Ipv6Prefix,
    /// The type `yang:date-and-time` (RFC 6991, section 3).
    DateAndTime,
    /// `yang:phys-address`, `mac-address`, `hex-string`, `uuid`.
    HexString,
}

/// `range` and `length`: the parts that are allowed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Range {
    /// Inclusive bounds, in rising order.
    pub parts: Vec<(i128, i128)>,
    /// The argument of `error-message` (RFC 7950, section 7.5.4.1).
    pub message: Option<Box<str>>,
    /// The argument of `error-app-tag` (RFC 7950, section 7.5.4.2).
    pub app_tag: Option<Box<str>>,
}

impl Range {
    /// Whether a value lies in one of the parts.
    pub fn contains(&self, value: i128) -> bool {
        self.parts.iter().any(|&(min, max)| min <= value && value <= max)
    }
}

/// A `pattern` statement of a type.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PatternUse {
    /// The compiled pattern, by its id.
    pub pattern: PatternId,
    /// Whether it has `modifier invert-match` (RFC 7950, section 9.4.6).
    pub inverted: bool,
    /// The argument of `error-message` (RFC 7950, section 7.5.4.1).
    pub message: Option<Box<str>>,
    /// The argument of `error-app-tag` (RFC 7950, section 7.5.4.2).
    pub app_tag: Option<Box<str>>,
}

/// An `enum` or a `bit`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NamedValue {
    /// Its name, without prefix or path.
    pub name: Box<str>,
    /// Its value or position.
    pub value: i64,
    /// The argument of `description` (RFC 7950, section 7.21.3).
    pub description: Option<Box<str>>,
}

impl Schema {
    /// The schema node of an index.
    pub fn node(&self, id: NodeId) -> &SchemaNode {
        &self.nodes[id.index()]
    }

    /// The type of an index.
    pub fn ty(&self, id: TypeId) -> &Type {
        &self.types[id.index()]
    }

    /// The module of an index.
    pub fn module(&self, id: ModuleId) -> &Module {
        &self.modules[id.index()]
    }

    /// The identity of an index.
    pub fn identity(&self, id: IdentityId) -> &Identity {
        &self.identities[id.index()]
    }

    /// The module of this name.
    pub fn module_named(&self, name: &str) -> Option<ModuleId> {
        let at = self
            .modules
            .binary_search_by(|module| module.name.as_ref().cmp(name))
            .ok()?;
        Some(ModuleId(at as u32))
    }

    /// The top-level data node of a module.
    pub fn top_node(&self, module: ModuleId, name: &str) -> Option<NodeId> {
        self.top_by_name.get(&(module, Box::from(name))).copied()
    }

    /// The data node of this module and name right below a data node.
    pub fn data_child(&self, parent: NodeId, module: ModuleId, name: &str) -> Option<NodeId> {
        self.data_children_named(parent, name)
            .find(|&child| self.node(child).module == module)
    }

    /// The data nodes of this name right below a data node; more than one only where modules
    /// augment the same name.
    pub fn data_children_named(&self, parent: NodeId, name: &str) -> impl Iterator<Item = NodeId> {
        let children = &self.node(parent).data_children;
        let start = children.partition_point(|&child| self.node(child).name.as_ref() < name);
        children[start..]
            .iter()
            .copied()
            .take_while(move |&child| self.node(child).name.as_ref() == name)
    }

    /// What is known of a leaf that a flag has replaced.
    pub fn retired(&self, leaf: NodeId) -> Option<&RetiredLeaf> {
        self.retired.iter().find(|retired| retired.node == leaf)
    }

    /// The type of a leaf or leaf-list.
    pub fn value_type(&self, id: NodeId) -> Option<TypeId> {
        match &self.node(id).kind {
            NodeKind::Leaf(leaf) => Some(leaf.ty),
            NodeKind::LeafList(list) => Some(list.ty),
            _ => None,
        }
    }

    /// The resolved leafrefs of a leaf or leaf-list.
    pub fn leafrefs(&self, id: NodeId) -> &[Leafref] {
        match &self.node(id).kind {
            NodeKind::Leaf(leaf) => &leaf.leafrefs,
            NodeKind::LeafList(list) => &list.leafrefs,
            _ => &[],
        }
    }

    /// The schema path of a data node, `/module:top/…/name`; a name gets its module's name where
    /// that differs from the node's around it (RFC 7951, section 4).
    pub fn path(&self, id: NodeId) -> String {
        let mut names = Vec::new();
        let mut at = Some(id);
        while let Some(id) = at {
            let node = self.node(id);
            let inherited = node.data_parent.map(|parent| self.node(parent).module);
            names.push(if inherited == Some(node.module) {
                node.name.to_string()
            } else {
                format!("{}:{}", self.module(node.module).name, node.name)
            });
            at = node.data_parent;
        }
        names.reverse();
        format!("/{}", names.join("/"))
    }

    /// The name of the table that a data node is in, or is; empty where it is in none.
    pub fn table_name(&self, id: NodeId) -> &str {
        let around = std::iter::successors(Some(id), |&id| self.node(id).data_parent);
        let way: Vec<NodeId> = around.collect();
        // From the top: the module's container, the table.
        let table = way.iter().rev().nth(1);
        table.map_or("", |&table| self.node(table).name.as_ref())
    }

    /// Whether an identity is derived from another, over any number of steps.
    pub fn is_derived(&self, identity: IdentityId, base: IdentityId) -> bool {
        self.identity(identity).bases.contains(&base)
    }

    /// The identity of this name in a module.
    pub fn identity_named(&self, module: ModuleId, name: &str) -> Option<IdentityId> {
        self.identities
            .iter()
            .position(|identity| identity.module == module && identity.name.as_ref() == name)
            .map(|at| IdentityId(at as u32))
    }

    /// The arguments of an identity's statements that an extension of a module defines, in their order.
    pub fn arguments<'a>(
        &'a self,
        identity: IdentityId,
        module: &str,
        name: &'a str,
    ) -> impl Iterator<Item = &'a str> + use<'a> {
        let module = self.module_named(module);
        let extensions = self.identity(identity).extensions.iter();
        extensions
            .filter(move |extension| Some(extension.module) == module && extension.name.as_ref() == name)
            .map(|extension| extension.argument.as_ref())
    }

    /// The identities that an identityref with these bases takes.
    pub fn identities_of(&self, bases: &[IdentityId]) -> impl Iterator<Item = IdentityId> {
        (0..self.identities.len() as u32)
            .map(IdentityId)
            .filter(move |&id| bases.iter().all(|&base| self.is_derived(id, base)))
    }

    /// Whether at most one instance of a node can exist: no list is above it.
    pub fn is_single(&self, id: NodeId) -> bool {
        let mut at = Some(id);
        while let Some(id) = at {
            let node = self.node(id);
            if matches!(node.kind, NodeKind::List(_) | NodeKind::LeafList(_)) {
                return false;
            }
            at = node.data_parent;
        }
        true
    }

    /// Fills in what is not stored: look-ups by name.
    pub(super) fn index(&mut self) {
        self.top_by_name = self
            .top
            .iter()
            .map(|&id| {
                (
                    (self.nodes[id.index()].module, self.nodes[id.index()].name.clone()),
                    id,
                )
            })
            .collect();
        self.tables.index();
    }
}

impl Schema {
    /// The `description` of a node.
    pub fn description(&self, id: NodeId) -> Option<&str> {
        self.docs.text(self.node(id).description)
    }

    /// The `reference` of a node.
    pub fn reference(&self, id: NodeId) -> Option<&str> {
        self.docs.text(self.node(id).reference)
    }
}
