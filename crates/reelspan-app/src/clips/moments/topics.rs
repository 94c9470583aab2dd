//! Where one topic ends and the next begins, from the words alone and in any language.
//!
//! The most probable division is searched (Utiyama and Isahara, ACL 2001): a topic is a stretch whose words are easily
//! told from one another's company, every further topic costs, and dynamic programming weighs all divisions.

/// A sentence as topics see it: when it begins and which content words it has.
pub(crate) struct Piece {
    pub(crate) start: f64,
    pub(crate) stems: Vec<u32>,
}

/// Topics shorter than this are asides.
const SHORTEST: f64 = 30.0;
/// The search looks no further than this; a longer topic comes out as two.
const LONGEST: f64 = 1800.0;

/// The number of each piece's topic, from 0 upward. `patience` scales the price of a further topic.
pub(crate) fn segment(pieces: &[Piece], vocabulary: usize, patience: f64) -> Vec<usize> {
    let count = pieces.len();
    if count == 0 {
        return Vec::new();
    }
    let total: usize = pieces.iter().map(|piece| piece.stems.len()).sum();
    let price = patience * (total.max(2) as f64).ln();
    let vocabulary_size = distinct(pieces, vocabulary).max(1) as f64;
    let logs = Logs::new(total + 2);
    let mut best = vec![f64::INFINITY; count + 1];
    let mut from = vec![0usize; count + 1];
    best[0] = 0.0;
    let mut seen = vec![0u32; vocabulary];
    for first in 0..count {
        if best[first].is_infinite() {
            continue;
        }
        let (mut words, mut gain) = (0usize, 0.0);
        let mut last = first;
        while last < count && (pieces[last].start - pieces[first].start <= LONGEST || last - first < 4) {
            for stem in &pieces[last].stems {
                let before = seen[*stem as usize] as usize;
                gain += logs.times(before + 1) - logs.times(before);
                seen[*stem as usize] += 1;
                words += 1;
            }
            last += 1;
            let end = pieces.get(last).map_or(f64::INFINITY, |piece| piece.start);
            if end - pieces[first].start < SHORTEST {
                continue;
            }
            let cost = words as f64 * (words as f64 + vocabulary_size).ln() - gain + price;
            if best[first] + cost < best[last] {
                best[last] = best[first] + cost;
                from[last] = first;
            }
        }
        for piece in &pieces[first..last] {
            piece.stems.iter().for_each(|stem| seen[*stem as usize] = 0);
        }
    }
    number(&from, count)
}

fn number(from: &[usize], count: usize) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut at = count;
    while at > 0 {
        at = from[at];
        starts.push(at);
    }
    starts.reverse();
    let mut topic = 0;
    (0..count)
        .map(|piece| {
            topic += usize::from(starts.get(topic + 1) == Some(&piece));
            topic
        })
        .collect()
}

fn distinct(pieces: &[Piece], vocabulary: usize) -> usize {
    let mut seen = vec![false; vocabulary];
    pieces.iter().flat_map(|piece| &piece.stems).for_each(|stem| seen[*stem as usize] = true);
    seen.into_iter().filter(|seen| *seen).count()
}

/// `n ln(n + 1)`, looked up.
struct Logs(Vec<f64>);

impl Logs {
    fn new(count: usize) -> Self {
        Self((0..count).map(|n| n as f64 * (n as f64 + 1.0).ln()).collect())
    }

    fn times(&self, n: usize) -> f64 {
        self.0[n]
    }
}

#[cfg(test)]
pub(crate) mod tests;
