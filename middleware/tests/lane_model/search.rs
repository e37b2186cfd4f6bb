//! Breadth-first search of everything that can happen to a world.

use crate::world::{Event, World};
use std::collections::HashMap;
use std::fmt;

/// What a search found.
pub(crate) struct Found {
    states: usize,
    transitions: usize,
    depth: usize,
    pub(crate) acyclic: bool,
    /// What was broken, and the shortest way there.
    pub(crate) counterexample: Option<String>,
}

/// How a state was first reached.
struct Node {
    parent: usize,
    event: Option<Event>,
    depth: usize,
    next: Vec<usize>,
}

pub(crate) fn search(start: &World) -> Found {
    let mut index = HashMap::from([(start.clone(), 0)]);
    let mut nodes = vec![Node { parent: 0, event: None, depth: 0, next: Vec::new() }];
    let mut frontier = vec![(start.clone(), 0)];
    let mut transitions = 0;
    let mut depth = 0;
    let mut counterexample = None;
    'search: while !frontier.is_empty() {
        for (world, here) in std::mem::take(&mut frontier) {
            let events = world.events();
            if events.is_empty()
                && let Err(broken) = world.check_rest()
            {
                counterexample = Some(explain(broken, &nodes, here));
                break 'search;
            }
            for event in events {
                transitions += 1;
                let mut next = world.clone();
                let result = next.happen(event);
                let there = *index.entry(next.clone()).or_insert_with(|| {
                    depth = nodes[here].depth + 1;
                    nodes.push(Node { parent: here, event: Some(event), depth, next: Vec::new() });
                    frontier.push((next, nodes.len() - 1));
                    nodes.len() - 1
                });
                nodes[here].next.push(there);
                if let Err(broken) = result {
                    counterexample = Some(explain(broken, &nodes, there));
                    break 'search;
                }
            }
        }
    }
    Found { states: nodes.len(), transitions, depth, acyclic: is_acyclic(&nodes), counterexample }
}

fn explain(broken: String, nodes: &[Node], mut here: usize) -> String {
    let mut way = Vec::new();
    while let Some(event) = &nodes[here].event {
        way.push(format!("{event:?}"));
        here = nodes[here].parent;
    }
    way.reverse();
    format!("{broken}, by {}", way.join(", "))
}

/// Takes away states that nothing leads to, again and again (Kahn, "Topological sorting of large networks", 1962).
fn is_acyclic(nodes: &[Node]) -> bool {
    let mut ways_in = vec![0_u32; nodes.len()];
    for next in nodes.iter().flat_map(|node| &node.next) {
        ways_in[*next] += 1;
    }
    let mut free: Vec<usize> = (0..nodes.len()).filter(|node| ways_in[*node] == 0).collect();
    let mut taken = 0;
    while let Some(node) = free.pop() {
        taken += 1;
        for next in &nodes[node].next {
            ways_in[*next] -= 1;
            if ways_in[*next] == 0 {
                free.push(*next);
            }
        }
    }
    taken == nodes.len()
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, transitions, depth, acyclic, counterexample } = self;
        let acyclic = if *acyclic { "acyclic" } else { "cyclic" };
        write!(f, "{states} states, {transitions} transitions, depth {depth}, {acyclic}")?;
        counterexample.as_ref().map_or(Ok(()), |found| write!(f, "; {found}"))
    }
}
