//! Document order in a tree that is edited, and what else is known of its nodes.

/// A place in document order, in a tree that is edited. There nodes of one entry replace others, so the
/// order in which they were added says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Order {
    /// Written nodes are first, then unreadable ones, then implicit ones.
    pub class: Class,
    /// The order of creation of its table.
    pub table: u32,
    /// Which entry of it.
    pub entry: u32,
    /// The position inside its group.
    pub within: u32,
}

/// What sets nodes apart in document order, before their places do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Class {
    /// The node is written in the text.
    #[default]
    Written,
    /// It is written, but its value is of the wrong kind.
    Unread,
    /// It is not written.
    Implicit,
    /// It is seen by none.
    Detached,
}

/// What a tree that is edited knows of a node besides.
#[derive(Debug, Clone, Copy)]
pub(super) struct EditInfo {
    pub order: Order,
    /// What it belongs to.
    pub unit: u32,
    /// The sibling before it.
    pub prev: u32,
    /// Its position among the instances of its schema node.
    pub slot: u32,
}

/// What a tree that is edited knows of its nodes besides.
#[derive(Debug, Default)]
pub(super) struct EditInfos {
    /// The numbers, by schema node.
    pub of: Vec<EditInfo>,
    /// Nodes that were taken out, for use anew.
    pub free: Vec<u32>,
    /// The place that the next node gets.
    pub next: Order,
    /// What the next node belongs to.
    pub unit: u32,
}
