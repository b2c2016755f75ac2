//! Judges a plan by the properties that make it safe.
