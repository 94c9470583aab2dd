//! Which candidates become clips: the best that do not overlap, not all of one kind and not all from one corner.

use reelspan_types::Span;

use super::candidates::Candidate;
use super::measure::ramp;
use super::text::Bag;

/// What a clip loses when it says what a better one says.
const SAMENESS: f64 = 0.30;
/// What a clip loses when it follows right upon another.
const NEARNESS: f64 = 0.06;
/// From this distance on clips do not count as near, in seconds.
const FAR: f64 = 45.0;

/// The set of at most `count` candidates with the best total of `worth`, no two closer than `apart` seconds. Exact, in
/// O(n log n + n count). Among sets of different size a larger one wins only by its total; worth must not be negative.
pub(super) fn schedule(candidates: &[Candidate], worth: &[f64], count: usize, apart: f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    let span = |at: usize| candidates[at].span;
    order.sort_by(|a, b| span(*a).end.total_cmp(&span(*b).end).then(span(*a).start.total_cmp(&span(*b).start)));
    let before: Vec<usize> = order
        .iter()
        .map(|at| order.partition_point(|other| span(*other).end + apart <= span(*at).start + 1e-9))
        .collect();
    // best[k][i]: the best of the first i with at most k chosen.
    let mut best = vec![vec![0.0f64; order.len() + 1]];
    for chosen in 1..=count.min(order.len()) {
        let mut row = vec![0.0f64; order.len() + 1];
        for at in 0..order.len() {
            row[at + 1] = row[at].max(best[chosen - 1][before[at]] + worth[order[at]]);
        }
        let improved = row.last() > best[chosen - 1].last();
        best.push(row);
        if !improved {
            break;
        }
    }
    let (mut left, mut at) = (best.len() - 1, order.len());
    let mut picked = Vec::new();
    while at > 0 && left > 0 {
        if best[left][at] > best[left][at - 1] {
            picked.push(order[at - 1]);
            at = before[at - 1];
            left -= 1;
        } else {
            at -= 1;
        }
    }
    picked.reverse();
    picked
}

/// The chosen candidates by their number, best first.
pub(super) fn choose(
    candidates: &[Candidate],
    count: usize,
    duration: f64,
    bag: impl Fn(&Candidate) -> Bag,
) -> Vec<usize> {
    let mut bags: Vec<Option<Bag>> = vec![None; candidates.len()];
    let mut best: Option<(f64, Vec<usize>)> = None;
    // A tenth for being there at all: a weak clip is better than none, and full sets are compared.
    let plain: Vec<f64> = candidates.iter().map(|candidate| candidate.score + 0.1).collect();
    let even = duration / count.max(1) as f64;
    for apart in [0.0, even * 0.15, even * 0.35, even * 0.6] {
        let mut worth = plain.clone();
        for _ in 0..4 {
            let set = schedule(candidates, &worth, count, apart);
            for at in &set {
                bags[*at].get_or_insert_with(|| bag(&candidates[*at]));
            }
            let likeness = |a: usize, b: usize| match (&bags[a], &bags[b]) {
                (Some(a), Some(b)) => a.alike(b),
                _ => 0.0,
            };
            let (value, penalties) = judge(candidates, &set, &plain, likeness);
            // Equal values keep the first found, so that the result does not hang on rounding.
            if best.as_ref().is_none_or(|(other, _)| value > other + 1e-9) {
                best = Some((value, set));
            }
            if penalties.is_empty() {
                break;
            }
            // What repeats a better clip is worth less, with all that covers the same stretch; then try anew.
            for (at, penalty) in penalties {
                lower(candidates, &plain, &mut worth, candidates[at].span, penalty);
            }
        }
    }
    let mut chosen = best.map(|(_, set)| set).unwrap_or_default();
    chosen.sort_by(|a, b| candidates[*b].score.total_cmp(&candidates[*a].score).then(a.cmp(b)));
    chosen
}

fn lower(candidates: &[Candidate], plain: &[f64], worth: &mut [f64], span: Span, penalty: f64) {
    for (at, candidate) in candidates.iter().enumerate() {
        let shared = candidate.span.overlap(span) / candidate.span.seconds().max(0.1);
        if shared > 0.3 {
            worth[at] = worth[at].min((plain[at] - penalty * shared).max(0.0));
        }
    }
}

/// The value of a set with its penalties, and who earned them.
fn judge(
    candidates: &[Candidate],
    set: &[usize],
    worth: &[f64],
    likeness: impl Fn(usize, usize) -> f64,
) -> (f64, Vec<(usize, f64)>) {
    let mut ranked = set.to_vec();
    ranked.sort_by(|a, b| worth[*b].total_cmp(&worth[*a]).then(a.cmp(b)));
    let mut value = 0.0;
    let mut penalties = Vec::new();
    for (rank, at) in ranked.iter().enumerate() {
        let loss = ranked[..rank].iter().map(|better| {
            let (here, there) = (candidates[*at].span, candidates[*better].span);
            let gap = (here.start - there.end).max(there.start - here.end);
            SAMENESS * ramp(likeness(*at, *better), 0.25, 0.7) + NEARNESS * (1.0 - ramp(gap, 0.0, FAR))
        });
        let loss = loss.fold(0.0, f64::max);
        value += worth[*at] - loss;
        if loss > 0.03 {
            penalties.push((*at, loss));
        }
    }
    (value, penalties)
}

/// How many clips to choose when nobody said: by length, at least four.
pub(super) fn usual_count(duration: f64) -> usize {
    ((duration / 120.0).ceil() as usize + 2).clamp(4, 12)
}

/// Where the good ones end: the first four stay, later ones only while they hold up.
pub(super) fn drop_off(scores: &[f64]) -> usize {
    let Some(best) = scores.first() else { return 0 };
    scores.iter().enumerate().take_while(|(rank, score)| *rank < 4 || **score >= best * 0.65).count()
}

#[cfg(test)]
mod tests;
