//! Compiles modules with libyang 2 and copies out what it made of them.
//!
//! This is the only file with `unsafe` code. No config ever enters libyang: it sees module texts
//! alone. What the safe interface of `yang2` does not show — the text of conditions, leafref paths,
//! union members, ranges, patterns, defaults of leaf-lists — is read through its `ffi` re-export.
//!
//! Every pointer that is read here belongs to one context, which lives until the copy is done, and is only followed
//! along the documented structures of libyang's `tree_schema.h`.

#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;
use std::sync::Mutex;

use rustc_hash::FxHashMap;
use yang2::context::{Context, ContextFlags};
use yang2::ffi;
use yang2::utils::Binding;

use crate::schema::model::docs::Docs;
use crate::schema::model::{
    Extension, Form, Identity, IdentityId, IntegerKind, LeafListNode, LeafNode, ListNode, Module, ModuleId,
    NamedValue, NodeId, NodeKind, PatternId, PatternUse, Range, SchemaNode, Status, Type, TypeId, TypeKind,
};

/// `LY_CTX_EXPLICIT_COMPILE`: compile once, after all modules are parsed.
const EXPLICIT_COMPILE: u16 = 0x80;

/// A module of ours that only exists to learn which of libyang's value plugins is which.
const FORMS_MODULE: &str = "sonicfg-forms";
const FORMS_TEXT: &str = "module sonicfg-forms {
  yang-version 1.1; namespace \"urn:sonicfg:forms\"; prefix f;
  import ietf-inet-types { prefix inet; }
  import ietf-yang-types { prefix yang; }
  leaf a { type inet:ipv4-address; }
  leaf b { type inet:ipv4-address-no-zone; }
  leaf c { type inet:ipv6-address; }
  leaf d { type inet:ipv6-address-no-zone; }
  leaf e { type inet:ipv4-prefix; }
  leaf f { type inet:ipv6-prefix; }
  leaf g { type yang:date-and-time; }
  leaf h { type yang:mac-address; }
  leaf i { type yang:phys-address; }
  leaf j { type yang:hex-string; }
  leaf k { type yang:uuid; }
}";
const FORMS: [Form; 11] = [
    Form::Ipv4Address,
    Form::Ipv4AddressNoZone,
    Form::Ipv6Address,
    Form::Ipv6AddressNoZone,
    Form::Ipv4Prefix,
    Form::Ipv6Prefix,
    Form::DateAndTime,
    Form::HexString,
    Form::HexString,
    Form::HexString,
    Form::HexString,
];

/// Why libyang refused a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibyangError {
    /// The module whose text it was reading, if known.
    pub module: Option<String>,
    /// The line in that text, from 1, if known.
    pub line: Option<u64>,
    /// The reason that libyang gives.
    pub message: String,
}

/// The prefixes that a condition may use, with their modules.
pub type Prefixes = Vec<(String, ModuleId)>;

/// A condition as libyang leaves it: text.
pub struct RawCondition {
    /// The node that has it.
    pub node: NodeId,
    /// For `when`, the context node; `None` for the root.
    pub context: Option<NodeId>,
    /// Whether it is a `when`.
    pub is_when: bool,
    /// The text of the expression (XPath 1.0).
    pub text: String,
    /// The prefixes in it, with their modules.
    pub prefixes: Prefixes,
    /// The argument of `error-message` (RFC 7950, section 7.5.4.1).
    pub message: Option<Box<str>>,
    /// The argument of `error-app-tag` (RFC 7950, section 7.5.4.2).
    pub app_tag: Option<Box<str>>,
    /// The argument of `description` (RFC 7950, section 7.21.3).
    pub description: Option<Box<str>>,
}

/// What libyang compiled, copied. Conditions, leafref paths and patterns are still text.
#[derive(Default)]
pub struct Compiled {
    /// All modules, by name.
    pub modules: Vec<Module>,
    /// All schema nodes, parents first.
    pub nodes: Vec<SchemaNode>,
    /// All types, by their type id.
    pub types: Vec<Type>,
    /// All identities, by their identity id.
    pub identities: Vec<Identity>,
    /// The texts of all patterns.
    pub patterns: Vec<String>,
    /// What is said about the nodes in words.
    pub docs: Docs,
    /// The top-level data nodes, in schema order.
    pub top: Vec<NodeId>,
    /// `must` and `when` statements.
    pub conditions: Vec<RawCondition>,
    /// The prefixes of the path of each leafref type.
    pub leafref_prefixes: FxHashMap<TypeId, Prefixes>,
}

/// libyang keeps its log settings in globals; one compilation runs at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

struct Texts {
    modules: BTreeMap<String, CString>,
    /// The module or submodule that libyang asked for last.
    last: Option<String>,
}

unsafe extern "C" fn import(
    module: *const c_char,
    _revision: *const c_char,
    submodule: *const c_char,
    _submodule_revision: *const c_char,
    user_data: *mut c_void,
    format: *mut ffi::LYS_INFORMAT::Type,
    data: *mut *const c_char,
    free: *mut ffi::ly_module_imp_data_free_clb,
) -> ffi::LY_ERR::Type {
    // SAFETY: libyang passes back the pointer to `Texts` that `compile` gave it and keeps alive, and
    // out-parameters that are valid for the call.
    unsafe {
        let texts = &mut *user_data.cast::<Texts>();
        let name = if submodule.is_null() { module } else { submodule };
        let name = CStr::from_ptr(name).to_string_lossy().into_owned();
        let Some(text) = texts.modules.get(&name) else {
            return ffi::LY_ERR::LY_ENOTFOUND;
        };
        *format = ffi::LYS_INFORMAT::LYS_IN_YANG;
        *data = text.as_ptr();
        *free = None;
        texts.last = Some(name);
        ffi::LY_ERR::LY_SUCCESS
    }
}

/// Compiles modules, all with all their features.
///
/// `texts` holds modules and submodules by name; `roots` names the modules to implement.
///
/// # Errors
/// The first thing that libyang refused.
pub fn compile(texts: BTreeMap<String, String>, roots: &[String]) -> Result<Compiled, LibyangError> {
    let _guard = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut modules = BTreeMap::new();
    let forms = (FORMS_MODULE.to_owned(), FORMS_TEXT.to_owned());
    for (name, text) in texts.into_iter().chain([forms]) {
        let text = CString::new(text).map_err(|error| LibyangError {
            module: Some(name.clone()),
            line: None,
            message: format!("a NUL character at byte {}", error.nul_position()),
        })?;
        modules.insert(name, text);
    }
    let mut texts = Texts { modules, last: None };
    let flags = ContextFlags::NO_YANGLIBRARY
        | ContextFlags::DISABLE_SEARCHDIRS
        | ContextFlags::from_bits_retain(EXPLICIT_COMPILE);
    let context = Context::new(flags).map_err(|error| LibyangError {
        module: None,
        line: None,
        message: error.to_string(),
    })?;
    let raw = context.into_raw();
    // SAFETY: `raw` is the context just made; `from_raw` gives it back to be dropped, once, at the end.
    // `texts` outlives every use of the context in this function.
    unsafe {
        ffi::ly_log_options(ffi::LY_LOSTORE);
        ffi::ly_ctx_set_module_imp_clb(raw, Some(import), ptr::from_mut(&mut texts).cast());
        let result = load(raw, &mut texts, roots).and_then(|()| Copier::new(raw).map(Copier::copy));
        ffi::ly_err_clean(raw, ptr::null_mut());
        drop(Context::from_raw(&(), raw));
        result
    }
}

/// # Safety
/// `context` must be a live context whose import callback serves `texts`.
unsafe fn load(context: *mut ffi::ly_ctx, texts: &mut Texts, roots: &[String]) -> Result<(), LibyangError> {
    let all = c"*";
    for name in roots.iter().map(String::as_str).chain([FORMS_MODULE]) {
        let c_name = CString::new(name).map_err(|_| LibyangError {
            module: None,
            line: None,
            message: "a NUL character in a module's name".to_owned(),
        })?;
        let mut features = [all.as_ptr(), ptr::null()];
        // SAFETY: strings and the array of features end in NUL and live through the call.
        let module =
            unsafe { ffi::ly_ctx_load_module(context, c_name.as_ptr(), ptr::null(), features.as_mut_ptr()) };
        if module.is_null() {
            // SAFETY: the context is live.
            return Err(unsafe { first_error(context, texts.last.take()) });
        }
    }
    // SAFETY: the context is live.
    unsafe {
        if ffi::ly_ctx_compile(context) != ffi::LY_ERR::LY_SUCCESS {
            return Err(first_error(context, None));
        }
    }
    Ok(())
}

/// The first error that libyang stored. Those behind it only say that something could not be loaded.
///
/// # Safety
/// `context` must be a live context.
unsafe fn first_error(context: *const ffi::ly_ctx, reading: Option<String>) -> LibyangError {
    // SAFETY: the items of the list and their strings belong to the live context.
    unsafe {
        let mut item = ffi::ly_err_first(context);
        while !item.is_null() && (*item).level != ffi::LY_LOG_LEVEL::LY_LLERR {
            item = (*item).next;
        }
        if item.is_null() {
            return LibyangError {
                module: reading,
                line: None,
                message: "unknown error".to_owned(),
            };
        }
        let line = (*item).line;
        let path = text((*item).schema_path).or(text((*item).data_path));
        // Where there is a schema path its first name says the module.
        let module = path
            .as_deref()
            .and_then(|path| path.strip_prefix('/')?.split_once(':'))
            .map(|(module, _)| module.to_owned());
        let message = text((*item).msg).unwrap_or_default();
        LibyangError {
            module: module.or(reading),
            line: (line > 0).then_some(line),
            message: match path {
                Some(path) if line == 0 => format!("{message} (at {path})"),
                _ => message.into(),
            },
        }
    }
}

/// # Safety
/// `pointer` must be null or a string that ends in NUL.
unsafe fn text(pointer: *const c_char) -> Option<Box<str>> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    Some(unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into())
}

/// The elements of one of libyang's sized arrays: their number precedes the first.
///
/// # Safety
/// `array` must be null or a sized array of `T` that outlives the slice.
unsafe fn elements<'a, T>(array: *const T) -> &'a [T] {
    if array.is_null() {
        return &[];
    }
    // SAFETY: the caller's promise; LY_ARRAY_COUNT_TYPE is a 64-bit number right before the array.
    unsafe {
        let count = *array.cast::<u64>().sub(1);
        std::slice::from_raw_parts(array, usize::try_from(count).unwrap_or(0))
    }
}

struct Copier {
    context: *const ffi::ly_ctx,
    compiled: Compiled,
    module_ids: FxHashMap<usize, ModuleId>,
    node_ids: FxHashMap<usize, NodeId>,
    type_ids: FxHashMap<usize, TypeId>,
    identity_ids: FxHashMap<usize, IdentityId>,
    pattern_ids: FxHashMap<String, PatternId>,
    /// The plugin that checks each form's values.
    forms: FxHashMap<usize, Form>,
    /// Whether the type at hand has an instance-identifier in it, which is not supported.
    instance_identifier: bool,
    /// The first node whose type has.
    unsupported: Option<NodeId>,
}

impl Copier {
    /// # Safety
    /// `context` must be a live, compiled context; it must outlive the copier.
    unsafe fn new(context: *const ffi::ly_ctx) -> Result<Self, LibyangError> {
        let mut copier = Copier {
            context,
            compiled: Compiled::default(),
            module_ids: FxHashMap::default(),
            node_ids: FxHashMap::default(),
            type_ids: FxHashMap::default(),
            identity_ids: FxHashMap::default(),
            pattern_ids: FxHashMap::default(),
            forms: FxHashMap::default(),
            instance_identifier: false,
            unsupported: None,
        };
        // SAFETY: the caller's promise; modules, nodes and types belong to the context.
        unsafe {
            copier.modules();
            copier.identities();
            let forms = copier
                .module_pointers()
                .into_iter()
                .find(|(name, _)| name == FORMS_MODULE);
            if let Some((_, module)) = forms {
                let mut node = (*(*module).compiled).data;
                for form in FORMS {
                    let leaf = node.cast::<ffi::lysc_node_leaf>();
                    copier.forms.insert((*(*leaf).type_).plugin as usize, form);
                    node = (*node).next;
                }
            }
            for (name, module) in copier.module_pointers() {
                if name != FORMS_MODULE && (*module).implemented != 0 && !(*module).compiled.is_null() {
                    let top = copier.siblings((*(*module).compiled).data, None, None, &[]);
                    copier.compiled.top.extend(top);
                }
            }
        }
        match copier.unsupported {
            Some(node) => Err(LibyangError {
                module: None,
                line: None,
                message: format!(
                    "the type instance-identifier is not supported (at {})",
                    copier.path(node)
                ),
            }),
            None => Ok(copier),
        }
    }

    /// The schema path of a node, with the name of its module in front.
    fn path(&self, node: NodeId) -> String {
        let mut names = Vec::new();
        let mut at = Some(node);
        while let Some(id) = at {
            let node = &self.compiled.nodes[id.index()];
            names.push(node.name.as_ref());
            at = node.data_parent;
        }
        names.reverse();
        let module = self.compiled.nodes[node.index()].module;
        format!(
            "/{}:{}",
            self.compiled.modules[module.index()].name,
            names.join("/")
        )
    }

    fn copy(self) -> Compiled {
        self.compiled
    }

    /// All modules of the context, by name.
    ///
    /// # Safety
    /// As for [`Copier::new`].
    unsafe fn module_pointers(&self) -> Vec<(String, *mut ffi::lys_module)> {
        let mut modules = Vec::new();
        let mut index = 0;
        // SAFETY: the iterator ends with a null pointer.
        unsafe {
            loop {
                let module = ffi::ly_ctx_get_module_iter(self.context, &raw mut index);
                if module.is_null() {
                    break;
                }
                modules.push((text((*module).name).unwrap_or_default().into(), module));
            }
        }
        modules.sort();
        modules
    }

    unsafe fn modules(&mut self) {
        // SAFETY: as for `new`.
        unsafe {
            for (name, module) in self.module_pointers() {
                if name == FORMS_MODULE {
                    continue;
                }
                let id = ModuleId(self.compiled.modules.len() as u32);
                self.module_ids.insert(module as usize, id);
                self.compiled.modules.push(Module {
                    name: name.into(),
                    prefix: text((*module).prefix).unwrap_or_default(),
                    namespace: text((*module).ns).unwrap_or_default(),
                    revision: text((*module).revision),
                    origin: "built-in".into(),
                    implemented: (*module).implemented != 0,
                });
            }
        }
    }

    unsafe fn identities(&mut self) {
        let mut derived: Vec<(IdentityId, Vec<usize>)> = Vec::new();
        // SAFETY: as for `new`.
        unsafe {
            for (_, module) in self.module_pointers() {
                let Some(&module_id) = self.module_ids.get(&(module as usize)) else {
                    continue;
                };
                for identity in elements((*module).identities) {
                    let id = IdentityId(self.compiled.identities.len() as u32);
                    self.identity_ids.insert(ptr::from_ref(identity) as usize, id);
                    let below = elements(identity.derived).iter().map(|&p| p as usize).collect();
                    derived.push((id, below));
                    let extensions = self.extensions(identity.exts);
                    self.compiled.identities.push(Identity {
                        name: text(identity.name).unwrap_or_default(),
                        module: module_id,
                        bases: Vec::new(),
                        description: text(identity.dsc),
                        extensions,
                    });
                }
            }
        }
        // Spread each base down to all that is derived from it.
        let below: FxHashMap<IdentityId, Vec<IdentityId>> = derived
            .into_iter()
            .map(|(id, below)| {
                let ids = below.iter().filter_map(|p| self.identity_ids.get(p)).copied();
                (id, ids.collect())
            })
            .collect();
        for base in (0..self.compiled.identities.len() as u32).map(IdentityId) {
            let mut todo = below[&base].clone();
            while let Some(id) = todo.pop() {
                let bases = &mut self.compiled.identities[id.index()].bases;
                if !bases.contains(&base) {
                    bases.push(base);
                    todo.extend(&below[&id]);
                }
            }
        }
    }

    /// The statements that extensions define, of those that some node has.
    ///
    /// # Safety
    /// As for [`Copier::new`]; `instances` is null or a sized array of the context.
    unsafe fn extensions(&self, instances: *const ffi::lysc_ext_instance) -> Vec<Extension> {
        // SAFETY: the caller's promise; a compiled instance has its definition, and that its module.
        unsafe {
            let instances = elements(instances).iter();
            let named = instances.filter_map(|instance| {
                let definition = instance.def.as_ref()?;
                Some(Extension {
                    module: *self.module_ids.get(&(definition.module as usize))?,
                    name: text(definition.name)?,
                    argument: text(instance.argument).unwrap_or_default(),
                })
            });
            named.collect()
        }
    }

    /// Copies a node and the siblings behind it, with all below them. `whens` are the conditions of
    /// choices and cases around them.
    unsafe fn siblings(
        &mut self,
        first: *const ffi::lysc_node,
        parent: Option<NodeId>,
        data_parent: Option<NodeId>,
        whens: &[*const ffi::lysc_when],
    ) -> Vec<NodeId> {
        let mut copied = Vec::new();
        let mut node = first;
        while !node.is_null() {
            // SAFETY: `node` is a node of the context; libyang's lists of siblings end with null.
            unsafe {
                copied.push(self.node(node, parent, data_parent, whens));
                node = (*node).next;
            }
        }
        copied
    }

    unsafe fn node(
        &mut self,
        node: *const ffi::lysc_node,
        parent: Option<NodeId>,
        data_parent: Option<NodeId>,
        outer_whens: &[*const ffi::lysc_when],
    ) -> NodeId {
        let id = NodeId(self.compiled.nodes.len() as u32);
        self.node_ids.insert(node as usize, id);
        // SAFETY: `nodetype` says which structure the node is; the casts below follow it.
        unsafe {
            let flags = u32::from((*node).flags);
            let status = match flags & ffi::LYS_STATUS_MASK {
                ffi::LYS_STATUS_DEPRC => Status::Deprecated,
                ffi::LYS_STATUS_OBSLT => Status::Obsolete,
                _ => Status::Current,
            };
            let [description, reference] = [(*node).dsc, (*node).ref_].map(|words| {
                let words = text(words).unwrap_or_default();
                self.compiled.docs.add(&words)
            });
            self.compiled.nodes.push(SchemaNode {
                name: text((*node).name).unwrap_or_default(),
                module: self.module_ids[&((*node).module as usize)],
                parent,
                data_parent,
                children: Vec::new(),
                data_children: Vec::new(),
                kind: NodeKind::Case,
                config: flags & ffi::LYS_CONFIG_R == 0,
                musts: Vec::new(),
                whens: Vec::new(),
                description,
                reference,
                status,
                observed: false,
            });
            let mandatory = flags & ffi::LYS_MAND_TRUE != 0;
            let user_ordered = flags & ffi::LYS_ORDBY_USER != 0;
            let mut own_whens = outer_whens.to_vec();
            let mut below: *const ffi::lysc_node = ptr::null();
            let mut musts: &[ffi::lysc_must] = &[];
            let mut is_data = true;
            let kind = match u32::from((*node).nodetype) {
                ffi::LYS_CONTAINER => {
                    let node = node.cast::<ffi::lysc_node_container>();
                    own_whens.extend(elements((*node).when).iter().map(|p| p.cast_const()));
                    musts = elements((*node).musts);
                    below = (*node).child;
                    NodeKind::Container {
                        presence: flags & ffi::LYS_PRESENCE != 0,
                    }
                }
                ffi::LYS_LIST => {
                    let node = node.cast::<ffi::lysc_node_list>();
                    own_whens.extend(elements((*node).when).iter().map(|p| p.cast_const()));
                    musts = elements((*node).musts);
                    below = (*node).child;
                    NodeKind::List(ListNode {
                        keys: Vec::new(),
                        uniques: Vec::new(),
                        min: (*node).min,
                        max: if (*node).max == 0 { u32::MAX } else { (*node).max },
                        user_ordered,
                    })
                }
                ffi::LYS_LEAF => {
                    let node = node.cast::<ffi::lysc_node_leaf>();
                    own_whens.extend(elements((*node).when).iter().map(|p| p.cast_const()));
                    musts = elements((*node).musts);
                    NodeKind::Leaf(LeafNode {
                        ty: self.ty((*node).type_),
                        default: self.value((*node).dflt),
                        mandatory,
                        key: flags & ffi::LYS_KEY != 0,
                        units: text((*node).units),
                        leafrefs: Vec::new(),
                    })
                }
                ffi::LYS_LEAFLIST => {
                    let node = node.cast::<ffi::lysc_node_leaflist>();
                    own_whens.extend(elements((*node).when).iter().map(|p| p.cast_const()));
                    musts = elements((*node).musts);
                    let defaults = elements((*node).dflts).iter();
                    NodeKind::LeafList(LeafListNode {
                        ty: self.ty((*node).type_),
                        defaults: defaults.filter_map(|&value| self.value(value)).collect(),
                        min: (*node).min,
                        max: if (*node).max == 0 { u32::MAX } else { (*node).max },
                        user_ordered,
                        units: text((*node).units),
                        leafrefs: Vec::new(),
                    })
                }
                ffi::LYS_CHOICE => {
                    let node = node.cast::<ffi::lysc_node_choice>();
                    own_whens.extend(elements((*node).when).iter().map(|p| p.cast_const()));
                    below = (*node).cases.cast();
                    is_data = false;
                    NodeKind::Choice {
                        mandatory,
                        default: None,
                    }
                }
                ffi::LYS_CASE => {
                    let node = node.cast::<ffi::lysc_node_case>();
                    own_whens.extend(elements((*node).when).iter().map(|p| p.cast_const()));
                    below = (*node).child;
                    is_data = false;
                    NodeKind::Case
                }
                _ => {
                    let node = node.cast::<ffi::lysc_node_anydata>();
                    own_whens.extend(elements((*node).when).iter().map(|p| p.cast_const()));
                    musts = elements((*node).musts);
                    NodeKind::Any { mandatory }
                }
            };
            self.compiled.nodes[id.index()].kind = kind;
            if self.instance_identifier {
                self.unsupported.get_or_insert(id);
            }
            let children = if is_data {
                for must in musts {
                    self.compiled.conditions.push(RawCondition {
                        node: id,
                        context: Some(id),
                        is_when: false,
                        text: text(ffi::lyxp_get_expr(must.cond)).unwrap_or_default().into(),
                        prefixes: self.prefixes(must.prefixes),
                        message: text(must.emsg),
                        app_tag: text(must.eapptag),
                        description: text(must.dsc),
                    });
                }
                for when in own_whens {
                    self.when(id, when);
                }
                self.siblings(below, Some(id), Some(id), &[])
            } else {
                self.siblings(below, Some(id), data_parent, &own_whens)
            };
            self.compiled.nodes[id.index()].children = children;
            self.links(id, node);
        }
        id
    }

    unsafe fn when(&mut self, id: NodeId, when: *const ffi::lysc_when) {
        // SAFETY: `when` belongs to a node of the context.
        unsafe {
            let context = (*when).context;
            let context = if context.is_null() {
                None
            } else {
                // A choice or case as context means the data node around it.
                let known = self.node_ids.get(&(context as usize)).copied();
                known.map_or(self.compiled.nodes[id.index()].data_parent, |known| {
                    match self.compiled.nodes[known.index()].kind {
                        NodeKind::Choice { .. } | NodeKind::Case if known != id => {
                            self.compiled.nodes[known.index()].data_parent
                        }
                        _ => Some(known),
                    }
                })
            };
            self.compiled.conditions.push(RawCondition {
                node: id,
                context,
                is_when: true,
                text: text(ffi::lyxp_get_expr((*when).cond)).unwrap_or_default().into(),
                prefixes: self.prefixes((*when).prefixes),
                message: None,
                app_tag: None,
                description: text((*when).dsc),
            });
        }
    }

    /// Fills in what refers to nodes below: keys, `unique`, the default case.
    unsafe fn links(&mut self, id: NodeId, node: *const ffi::lysc_node) {
        // SAFETY: as in `node`; the nodes below are copied by now.
        unsafe {
            let children = self.compiled.nodes[id.index()].children.clone();
            let nodes = &self.compiled.nodes;
            let found_keys: Vec<NodeId> = children
                .iter()
                .copied()
                .filter(|child| matches!(&nodes[child.index()].kind, NodeKind::Leaf(leaf) if leaf.key))
                .collect();
            match &mut self.compiled.nodes[id.index()].kind {
                NodeKind::List(list) => {
                    list.keys = found_keys;
                    let node = node.cast::<ffi::lysc_node_list>();
                    for &unique in elements((*node).uniques) {
                        let leafs = elements(unique.cast_const()).iter();
                        list.uniques.push(
                            leafs
                                .filter_map(|&leaf| self.node_ids.get(&(leaf as usize)).copied())
                                .collect(),
                        );
                    }
                }
                NodeKind::Choice { default, .. } => {
                    let node = node.cast::<ffi::lysc_node_choice>();
                    *default = self.node_ids.get(&((*node).dflt as usize)).copied();
                }
                _ => {}
            }
        }
    }

    unsafe fn value(&self, value: *const ffi::lyd_value) -> Option<Box<str>> {
        if value.is_null() {
            return None;
        }
        // SAFETY: a default is a valid value of the context.
        unsafe { text(ffi::lyd_value_get_canonical(self.context, value)) }
    }

    unsafe fn prefixes(&self, prefixes: *const ffi::lysc_prefix) -> Prefixes {
        // SAFETY: a sized array of the context.
        unsafe {
            elements(prefixes)
                .iter()
                .filter_map(|prefix| {
                    let module = self.module_ids.get(&(prefix.mod_ as usize))?;
                    Some((text(prefix.prefix)?.into(), *module))
                })
                .collect()
        }
    }

    unsafe fn ty(&mut self, ty: *const ffi::lysc_type) -> TypeId {
        if let Some(&id) = self.type_ids.get(&(ty as usize)) {
            return id;
        }
        // SAFETY: `basetype` says which structure the type is; the casts follow it.
        unsafe {
            let kind = match (*ty).basetype {
                ffi::LY_DATA_TYPE::LY_TYPE_BINARY => TypeKind::Binary {
                    length: range((*ty.cast::<ffi::lysc_type_bin>()).length, false),
                },
                ffi::LY_DATA_TYPE::LY_TYPE_STRING => self.string(ty.cast()),
                ffi::LY_DATA_TYPE::LY_TYPE_BITS => {
                    TypeKind::Bits(named_values((*ty.cast::<ffi::lysc_type_bits>()).bits, true))
                }
                ffi::LY_DATA_TYPE::LY_TYPE_ENUM => {
                    TypeKind::Enumeration(named_values((*ty.cast::<ffi::lysc_type_enum>()).enums, false))
                }
                ffi::LY_DATA_TYPE::LY_TYPE_BOOL => TypeKind::Boolean,
                ffi::LY_DATA_TYPE::LY_TYPE_EMPTY => TypeKind::Empty,
                ffi::LY_DATA_TYPE::LY_TYPE_DEC64 => {
                    let decimal = ty.cast::<ffi::lysc_type_dec>();
                    TypeKind::Decimal64 {
                        digits: (*decimal).fraction_digits,
                        range: range((*decimal).range, true),
                    }
                }
                ffi::LY_DATA_TYPE::LY_TYPE_IDENT => {
                    let bases = elements((*ty.cast::<ffi::lysc_type_identityref>()).bases).iter();
                    TypeKind::Identityref {
                        bases: bases
                            .filter_map(|&base| self.identity_ids.get(&(base as usize)).copied())
                            .collect(),
                    }
                }
                ffi::LY_DATA_TYPE::LY_TYPE_LEAFREF => {
                    let leafref = ty.cast::<ffi::lysc_type_leafref>();
                    TypeKind::Leafref {
                        path: text(ffi::lyxp_get_expr((*leafref).path)).unwrap_or_default(),
                        target: self.ty((*leafref).realtype),
                        require_instance: (*leafref).require_instance != 0,
                    }
                }
                ffi::LY_DATA_TYPE::LY_TYPE_UNION => {
                    let members = elements((*ty.cast::<ffi::lysc_type_union>()).types).iter();
                    TypeKind::Union(members.map(|&member| self.ty(member)).collect())
                }
                ffi::LY_DATA_TYPE::LY_TYPE_INST => {
                    self.instance_identifier = true;
                    TypeKind::Empty
                }
                number => {
                    let kind = integer(number);
                    let signed = kind.bounds().0 < 0;
                    TypeKind::Integer {
                        kind,
                        range: range((*ty.cast::<ffi::lysc_type_num>()).range, signed),
                    }
                }
            };
            let id = TypeId(self.compiled.types.len() as u32);
            if matches!(kind, TypeKind::Leafref { .. }) {
                let prefixes = self.prefixes((*ty.cast::<ffi::lysc_type_leafref>()).prefixes);
                self.compiled.leafref_prefixes.insert(id, prefixes);
            }
            self.compiled.types.push(Type {
                name: text((*ty).name),
                kind,
            });
            self.type_ids.insert(ty as usize, id);
            id
        }
    }

    unsafe fn string(&mut self, ty: *const ffi::lysc_type_str) -> TypeKind {
        // SAFETY: a string type of the context.
        unsafe {
            let patterns = elements((*ty).patterns)
                .iter()
                .map(|&pattern| {
                    let expr = text((*pattern).expr).unwrap_or_default().into_string();
                    let next = PatternId(self.compiled.patterns.len() as u32);
                    let id = *self.pattern_ids.entry(expr.clone()).or_insert(next);
                    if id == next {
                        self.compiled.patterns.push(expr);
                    }
                    PatternUse {
                        pattern: id,
                        inverted: (*pattern).inverted() != 0,
                        message: text((*pattern).emsg),
                        app_tag: text((*pattern).eapptag),
                    }
                })
                .collect();
            TypeKind::String {
                length: range((*ty).length, false),
                patterns,
                form: self.forms.get(&((*ty).plugin as usize)).copied(),
            }
        }
    }
}

/// # Safety
/// `range` must be null or a range of a live context, signed or not as said.
unsafe fn range(range: *const ffi::lysc_range, signed: bool) -> Option<Range> {
    if range.is_null() {
        return None;
    }
    // SAFETY: the caller's promise; both fields of each union are 64 bits wide.
    unsafe {
        let parts = elements((*range).parts)
            .iter()
            .map(|part| {
                let (min, max) = (part.__bindgen_anon_1, part.__bindgen_anon_2);
                if signed {
                    (min.min_64.into(), max.max_64.into())
                } else {
                    (min.min_u64.into(), max.max_u64.into())
                }
            })
            .collect();
        Some(Range {
            parts,
            message: text((*range).emsg),
            app_tag: text((*range).eapptag),
        })
    }
}

/// # Safety
/// `items` must be null or a sized array of enums or bits of a live context.
unsafe fn named_values(items: *const ffi::lysc_type_bitenum_item, bits: bool) -> Vec<NamedValue> {
    // SAFETY: the caller's promise.
    unsafe {
        elements(items)
            .iter()
            .map(|item| NamedValue {
                name: text(item.name).unwrap_or_default(),
                value: if bits {
                    item.__bindgen_anon_1.position.into()
                } else {
                    item.__bindgen_anon_1.value.into()
                },
                description: text(item.dsc),
            })
            .collect()
    }
}

fn integer(basetype: ffi::LY_DATA_TYPE::Type) -> IntegerKind {
    match basetype {
        ffi::LY_DATA_TYPE::LY_TYPE_INT8 => IntegerKind::Int8,
        ffi::LY_DATA_TYPE::LY_TYPE_INT16 => IntegerKind::Int16,
        ffi::LY_DATA_TYPE::LY_TYPE_INT32 => IntegerKind::Int32,
        ffi::LY_DATA_TYPE::LY_TYPE_INT64 => IntegerKind::Int64,
        ffi::LY_DATA_TYPE::LY_TYPE_UINT8 => IntegerKind::Uint8,
        ffi::LY_DATA_TYPE::LY_TYPE_UINT16 => IntegerKind::Uint16,
        ffi::LY_DATA_TYPE::LY_TYPE_UINT32 => IntegerKind::Uint32,
        _ => IntegerKind::Uint64,
    }
}
