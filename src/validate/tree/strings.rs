//! The strings of a tree, each once.

use rustc_hash::FxBuildHasher;
use string_interner::StringInterner;
use string_interner::backend::StringBackend;
use string_interner::symbol::{Symbol as _, SymbolU32};

/// A string of a [`Tree`](super::Tree), kept once: equal strings have equal symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(u32);

impl Symbol {
    /// The symbol of the empty string.
    pub const EMPTY: Symbol = Symbol(0);
}

/// Strings by symbol and symbols by string, all in one piece of memory.
#[derive(Debug, Clone)]
pub(super) struct Strings(StringInterner<StringBackend<SymbolU32>, FxBuildHasher>);

impl Default for Strings {
    /// None, not even the empty one.
    fn default() -> Self {
        Strings(StringInterner::new())
    }
}

impl Strings {
    /// The empty string alone, with room for so many.
    pub fn with_room(room: usize) -> Self {
        let mut strings = Strings(StringInterner::with_capacity(room));
        strings.intern("");
        strings
    }

    /// The symbol of a string, new or not.
    pub fn intern(&mut self, text: &str) -> Symbol {
        Symbol(self.0.get_or_intern(text).to_usize() as u32)
    }

    /// The symbol of a string that is there.
    pub fn get(&self, text: &str) -> Option<Symbol> {
        self.0.get(text).map(|symbol| Symbol(symbol.to_usize() as u32))
    }

    /// The string of a symbol.
    pub fn text(&self, symbol: Symbol) -> &str {
        let symbol = SymbolU32::try_from_usize(symbol.0 as usize);
        let text = symbol.and_then(|symbol| self.0.resolve(symbol));
        text.unwrap_or_default()
    }
}
