//! Indexes into the tables of a schema.

use serde::{Deserialize, Serialize};

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in the table that this is an index of.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index!(
    /// A module of a [`Schema`](super::Schema).
    ModuleId
);
index!(
    /// A schema node of a [`Schema`](super::Schema).
    NodeId
);
index!(
    /// A type of a [`Schema`](super::Schema).
    TypeId
);
index!(
    /// An identity of a [`Schema`](super::Schema).
    IdentityId
);
index!(
    /// A pattern of a [`Schema`](super::Schema); equal patterns are kept once.
    PatternId
);
