//! How long and how wide a graph's output can become: sources and loops without an end must be given one.

use super::graph::{Filter, Graph};

/// The first filter that gives frames without end by itself.
pub(super) fn endless(graph: &Graph) -> Option<&Filter> {
    graph.filters().find(|filter| is_endless(filter))
}

fn is_endless(filter: &Filter) -> bool {
    let number = |names: &[&str]| filter.value(names).and_then(|value| value.trim().parse::<f64>().ok());
    let lacks = |names: &[&str]| filter.value(names).is_none_or(|value| value.trim().starts_with('-'));
    match filter.name.as_str() {
        "loop" => number(&["loop"]).is_some_and(|count| count < 0.0),
        "aloop" => number(&["loop"]).is_some_and(|count| count < 0.0),
        "tpad" => number(&["stop"]).is_some_and(|count| count < 0.0),
        "apad" => lacks(&["whole_dur"]) && lacks(&["pad_dur"]) && lacks(&["pad_len"]) && lacks(&["whole_len"]),
        "allrgb" | "allyuv" | "color" | "colorchart" | "colorspectrum" | "gradients" | "haldclutsrc" | "mptestsrc"
        | "nullsrc" | "pal100bars" | "pal75bars" | "rgbtestsrc" | "sierpinski" | "smptebars" | "smptehdbars"
        | "testsrc" | "testsrc2" | "yuvtestsrc" | "mandelbrot" => lacks(&["duration", "d"]),
        "aevalsrc" | "anoisesrc" | "anullsrc" | "sine" | "hilbert" | "sinc" => lacks(&["duration", "d"]),
        _ => false,
    }
}

/// Whether something in the graph ends the others: a cut, or a filter that stops with its shortest input.
pub(super) fn ends(graph: &Graph) -> bool {
    graph.filters().any(|filter| {
        let yes = |names: &[&str]| filter.value(names).is_some_and(|value| matches!(value, "1" | "true" | "y" | "yes"));
        let is = |names: &[&str], values: &[&str]| filter.value(names).is_some_and(|value| values.contains(&value));
        match filter.name.as_str() {
            "trim" | "atrim" => ["end", "endi", "duration", "durationi", "end_frame", "end_sample", "end_pts"]
                .iter()
                .any(|name| filter.value(&[name]).is_some()),
            "amix" => !is(&["duration"], &["longest", "0"]) && is(&["duration"], &["first", "shortest", "1", "2"]),
            "amerge" | "xfade" | "acrossfade" | "sidechaincompress" | "sidechaingate" => true,
            "concat" => false,
            _ => yes(&["shortest"]) || is(&["eof_action"], &["endall", "1"]),
        }
    })
}

/// A stream that comes out of graphs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Out {
    /// ffmpeg takes what has no label by itself.
    pub(super) label: Option<String>,
    /// `v` or `a`.
    pub(super) kind: char,
}

/// What comes out of all graphs together.
pub(super) fn outs(graphs: &[Graph]) -> Vec<Out> {
    let used: Vec<String> = graphs.iter().flat_map(Graph::open_inputs).collect();
    let mut found = Vec::new();
    for graph in graphs {
        let open = graph.open_outputs();
        for chain in &graph.chains {
            let Some(last) = chain.last() else { continue };
            for filter in chain {
                let labels = filter.outputs.iter().enumerate();
                let free = labels.filter(|(_, label)| open.contains(label) && !used.contains(label));
                found.extend(free.map(|(pad, label)| Out { label: Some(label.clone()), kind: kind(filter, pad) }));
            }
            if last.outputs.is_empty() && !last.name.ends_with("nullsink") {
                found.push(Out { label: None, kind: kind(last, 0) });
            }
        }
    }
    found
}

/// Whether a filter's output is picture or sound.
fn kind(filter: &Filter, pad: usize) -> char {
    if filter.name == "concat" {
        let count =
            |name: &str, usual: usize| filter.value(&[name]).map_or(usual, |value| value.parse().unwrap_or(usual));
        return if pad < count("v", 1) { 'v' } else { 'a' };
    }
    let Ok(rules) = super::filters::rules(&filter.name) else { return 'v' };
    let letter = rules.outputs.chars().nth(pad).or(rules.outputs.chars().next());
    let letter = letter.filter(|letter| *letter != 'N').or(rules.inputs.chars().next());
    if letter == Some('A') { 'a' } else { 'v' }
}
