//! A change as it was read from a file, once, however often it is asked for.

use std::cell::{OnceCell, RefCell};

use crate::cli::Failure;
use crate::cli::change::read_document;
use crate::config::{Document, Source};
use crate::patch::FormError;
use crate::policy::Policy;

/// A text that is read as a document when it is asked for. It may be large: there is never a second copy of what turns
/// out to be none.
pub struct Asked {
    text: RefCell<Source>,
    document: OnceCell<Result<Document, Failure>>,
}

impl Asked {
    /// A text.
    pub fn new(text: Source) -> Self {
        Asked {
            text: RefCell::new(text),
            document: OnceCell::new(),
        }
    }

    /// The document.
    ///
    /// # Errors
    /// What `refuse` makes of it where it is none.
    pub fn document(
        &self,
        policy: &Policy,
        refuse: impl FnOnce(FormError) -> Failure,
    ) -> Result<Document, Failure> {
        let read = || read_document(self.text.take(), policy).map_err(|(_, error)| refuse(error));
        self.document.get_or_init(read).clone()
    }
}
