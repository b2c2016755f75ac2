//! `Debug` of types that hold a config, or a part of one.

/// Implements `Debug` with the fields that are named, and without the others: they may hold secrets, and which these are
/// only a policy says.
macro_rules! debug_without_contents {
    ($name:ident $(<$life:lifetime>)? { $($field:ident),* }) => {
        impl std::fmt::Debug for $name $(<$life>)? {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($field), &self.$field))*
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use debug_without_contents;
