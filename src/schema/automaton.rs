//! Deterministic automata for values that are all ASCII, as tables in bytes.
//!
//! The automata of `regex-automata` have to be verified each time that they are read from a file, which takes longer than
//! all matching. This table needs no check: what is not in it gives no verdict.

use std::collections::HashMap;

use regex_automata::Anchored;
use regex_automata::dfa::{Automaton, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;

/// How many bytes there are in ASCII.
const ASCII: usize = 128;
/// What is before the rows: the length of a row, and the column of each byte.
const HEAD: usize = size_of::<u16>() + ASCII;
/// The state that no input leads out of, and that does not accept.
const DEAD: usize = 0;
/// The state in which an input begins.
const START: usize = 1;

/// A state of an automaton.
struct State {
    accepts: bool,
    /// The next state for each byte.
    next: [u16; ASCII],
}

/// The table of an automaton; `None` where it would be larger than `most` bytes.
///
/// Numbers have 16 bits, the lower byte first. A row says whether its state accepts the input that ends there, then the
/// next state for each class of bytes that are alike in all states.
pub fn table(automaton: &dense::DFA<Vec<u32>>, most: usize) -> Option<Vec<u8>> {
    let states = states(automaton, most / size_of::<u16>())?;
    // For each class a byte of it.
    let mut classes: Vec<usize> = Vec::new();
    let mut columns = [0; ASCII];
    for (byte, column) in columns.iter_mut().enumerate() {
        let is_alike = |other: &usize| states.iter().all(|state| state.next[byte] == state.next[*other]);
        let class = classes.iter().position(is_alike).unwrap_or_else(|| {
            classes.push(byte);
            classes.len() - 1
        });
        // The first column says whether the state accepts.
        *column = class as u8 + 1;
    }
    let row = classes.len() + 1;
    if HEAD + states.len() * row * size_of::<u16>() > most {
        return None;
    }
    let mut table = (row as u16).to_le_bytes().to_vec();
    table.extend(columns);
    for state in &states {
        table.extend(u16::from(state.accepts).to_le_bytes());
        table.extend(classes.iter().flat_map(|&byte| state.next[byte].to_le_bytes()));
    }
    Some(table)
}

/// The states that an input can lead to; `None` where there are more than `most`.
fn states(automaton: &dense::DFA<Vec<u32>>, most: usize) -> Option<Vec<State>> {
    let config = start::Config::new().anchored(Anchored::Yes);
    let first = automaton.start_state(&config).ok()?;
    let mut states = vec![State {
        accepts: false,
        next: [DEAD as u16; ASCII],
    }];
    let mut numbers: HashMap<StateID, u16> = HashMap::from([(first, START as u16)]);
    let mut left = vec![first];
    // Each gets its number when it is found, and its row in the order of the numbers.
    let mut at = 0;
    while let Some(&id) = left.get(at) {
        at += 1;
        let mut next = [DEAD as u16; ASCII];
        for (byte, next) in next.iter_mut().enumerate() {
            let to = automaton.next_state(id, byte as u8);
            if automaton.is_quit_state(to) {
                return None;
            }
            if !automaton.is_dead_state(to) {
                let new = u16::try_from(left.len() + START).ok()?;
                *next = *numbers.entry(to).or_insert_with(|| {
                    left.push(to);
                    new
                });
            }
        }
        let accepts = automaton.is_match_state(automaton.next_eoi_state(id));
        states.push(State { accepts, next });
        if left.len() > most {
            return None;
        }
    }
    Some(states)
}

/// Whether the automaton of a table accepts a value that is all ASCII; `None` where the table does not say.
pub fn accepts(table: &[u8], value: &str) -> Option<bool> {
    let (head, rows) = table.split_at_checked(HEAD)?;
    let (row, columns) = head.split_first_chunk()?;
    let row = usize::from(u16::from_le_bytes(*row));
    let number = |state: usize, column: usize| {
        let at = (state * row + column) * size_of::<u16>();
        let number = rows.get(at..)?.first_chunk()?;
        Some(usize::from(u16::from_le_bytes(*number)))
    };
    let mut state = START;
    for &byte in value.as_bytes() {
        state = number(state, usize::from(*columns.get(usize::from(byte))?))?;
        if state == DEAD {
            return Some(false);
        }
    }
    Some(number(state, 0)? != 0)
}
