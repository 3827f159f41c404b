//! Topic patterns: words between dots, `*` for one word, `#` for any number.

use std::collections::{HashMap, HashSet};

/// Patterns and what belongs to them, walked by the words of a key.
#[derive(Debug)]
pub struct Trie<T> {
    nodes: Vec<Node<T>>,
}

#[derive(Debug)]
struct Node<T> {
    words: HashMap<Box<str>, usize>,
    one: Option<usize>,
    any: Option<usize>,
    values: Vec<T>,
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Node {
            words: HashMap::new(),
            one: None,
            any: None,
            values: Vec::new(),
        }
    }
}

impl<T> Default for Trie<T> {
    fn default() -> Self {
        Trie {
            nodes: vec![Node::default()],
        }
    }
}

/// The words of a key: none in the empty one, and an empty one between two
/// dots.
fn words(key: &str) -> Vec<&str> {
    if key.is_empty() {
        Vec::new()
    } else {
        key.split('.').collect()
    }
}

impl<T: Copy> Trie<T> {
    /// Adds a pattern.
    pub fn insert(&mut self, pattern: &str, value: T) {
        let mut at = 0;
        for word in words(pattern) {
            let next = self.nodes.len();
            let node = &mut self.nodes[at];
            at = match word {
                "*" => *node.one.get_or_insert(next),
                "#" => *node.any.get_or_insert(next),
                word => *node.words.entry(word.into()).or_insert(next),
            };
            if at == next {
                self.nodes.push(Node::default());
            }
        }
        self.nodes[at].values.push(value);
    }

    /// Adds the values of all patterns that match, some perhaps repeatedly.
    pub fn matches(&self, key: &str, found: &mut Vec<T>) {
        let words = words(key);
        // After a `#` each (node, words used up) once: `#.#.#` must not cost
        // more than the product of pattern and key.
        let mut seen: HashSet<(usize, usize)> = HashSet::new();
        let mut waiting = vec![(0, 0)];
        while let Some((at, used)) = waiting.pop() {
            let node = &self.nodes[at];
            if let Some(any) = node.any {
                // `#` takes none, one, … all of the words that are left.
                for taken in used..=words.len() {
                    if seen.insert((any, taken)) {
                        waiting.push((any, taken));
                    }
                }
            }
            let Some(word) = words.get(used) else {
                found.extend(&node.values);
                continue;
            };
            waiting.extend(node.one.map(|next| (next, used + 1)));
            waiting.extend(node.words.get(*word).map(|next| (*next, used + 1)));
        }
    }
}
