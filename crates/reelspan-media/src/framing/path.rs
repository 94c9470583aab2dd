//! The camera's path along one side, solved over a whole shot: still if it can be, else steady, else eased.
//!
//! After Grundmann, Kwatra and Essa (CVPR 2011): the sum of the absolute first, second and third differences is made
//! least while the path stays in a tube. Absolute values, not squares, make most of them exactly zero, which are the
//! still, the steady and the evenly accelerated stretches that a camera operator would choose.

/// Weights of the three differences.
const WEIGHTS: [f64; 3] = [1.0, 6.0, 16.0];
const ROUNDS: usize = 600;
/// Larger steps than one converge faster.
const RELAX: f64 = 1.7;

/// Where the window's middle may be at one time: `comfort` is where it should be, `limit` where it may be for the sake of
/// standing still, `edge` where it must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bounds {
    pub(super) comfort: (f64, f64),
    pub(super) limit: (f64, f64),
    pub(super) edge: (f64, f64),
}

impl Bounds {
    /// Anywhere inside the picture.
    pub(super) fn free(size: f64) -> Self {
        let half = (size / 2.0).min(0.5);
        let all = (half, 1.0 - half);
        Self { comfort: all, limit: all, edge: all }
    }

    /// For a thing from `near` to `far` (a margin included in `room`), whose middle belongs at `aim`, in a window of `size`.
    pub(super) fn around(near: f64, far: f64, room: f64, aim: f64, size: f64, slack: f64) -> Self {
        let free = Self::free(size);
        let clamp = |v: f64| v.clamp(free.limit.0, free.limit.1);
        let mut limit = (far + room - size / 2.0, near - room + size / 2.0);
        if limit.0 > limit.1 {
            limit = (far - size / 2.0, near + size / 2.0);
        }
        if limit.0 > limit.1 {
            let middle = (near + far) / 2.0;
            limit = (middle, middle);
        }
        let limit = (clamp(limit.0), clamp(limit.1));
        let aim = aim.clamp(limit.0, limit.1);
        let comfort = ((aim - slack * size).max(limit.0), (aim + slack * size).min(limit.1));
        Self { comfort, limit, edge: limit }
    }
}

/// The path for evenly spaced times.
pub(super) fn solve(bounds: &[Bounds]) -> Vec<f64> {
    if bounds.is_empty() {
        return Vec::new();
    }
    if let Some(still) = still(bounds) {
        return vec![still; bounds.len()];
    }
    let tube: Vec<(f64, f64)> = bounds.iter().map(|bound| bound.comfort).collect();
    let mut path = least(&tube);
    settle(&mut path);
    smooth(&mut path);
    for (value, bound) in path.iter_mut().zip(bounds) {
        *value = value.clamp(bound.edge.0, bound.edge.1);
    }
    path
}

/// Rounds off what clamping and settling broke.
fn smooth(path: &mut [f64]) {
    for _ in 0..2 {
        let before = path.to_vec();
        for (value, near) in path.iter_mut().skip(1).zip(before.windows(3)) {
            *value = (near[0] + 2.0 * near[1] + near[2]) / 4.0;
        }
    }
}

/// A place at which the camera can stand for the whole shot, if there is one.
fn still(bounds: &[Bounds]) -> Option<f64> {
    let shared = |pick: fn(&Bounds) -> (f64, f64)| {
        let (mut low, mut high) = (f64::MIN, f64::MAX);
        for bound in bounds {
            let (from, to) = pick(bound);
            (low, high) = (low.max(from), high.min(to));
        }
        (low <= high).then_some((low, high))
    };
    // Nearly all of the way to the limits: a still picture is worth a face that is a little off the middle.
    let looser = |bound: &Bounds| {
        let mix = |a: f64, b: f64| a + (b - a) * 0.6;
        (mix(bound.comfort.0, bound.limit.0), mix(bound.comfort.1, bound.limit.1))
    };
    let (low, high) = shared(|bound| bound.comfort).or_else(|| shared(looser))?;
    // Times at which nothing binds the camera have no say in where it stands.
    let width = |bound: &Bounds| bound.comfort.1 - bound.comfort.0;
    let narrow = bounds.iter().map(width).fold(f64::MAX, f64::min);
    let bound = bounds.iter().filter(|bound| width(bound) <= 2.0 * narrow + 1e-9);
    let mut middles: Vec<f64> = bound.map(|bound| (bound.comfort.0 + bound.comfort.1) / 2.0).collect();
    middles.sort_unstable_by(f64::total_cmp);
    let middle = middles.get(middles.len() / 2).copied().unwrap_or((low + high) / 2.0);
    Some(middle.clamp(low, high))
}

/// Minimises the weighted sum of absolute differences inside a tube, by the alternating direction method of multipliers.
fn least(tube: &[(f64, f64)]) -> Vec<f64> {
    let n = tube.len();
    let mut path: Vec<f64> = tube.iter().map(|(low, high)| (low + high) / 2.0).collect();
    if n < 4 {
        let mean = path.iter().sum::<f64>() / n as f64;
        return path.iter_mut().zip(tube).map(|(_, (low, high))| mean.clamp(*low, *high)).collect();
    }
    // Thresholds relative to the movement at hand, so that the rounds suffice whatever its size.
    let reach = path.iter().fold(f64::MIN, |a, b| a.max(*b)) - path.iter().fold(f64::MAX, |a, b| a.min(*b));
    let scale = (reach.max(0.02)) / 60.0;
    let band = Band::new(n);
    let mut split: Vec<Vec<f64>> = (0..=3).map(|order| difference(&path, order)).collect();
    let mut dual: Vec<Vec<f64>> = split.iter().map(|v| vec![0.0; v.len()]).collect();
    let mut right = vec![0.0; n];
    for _ in 0..ROUNDS {
        right.fill(0.0);
        for order in 0..=3 {
            let wanted: Vec<f64> = split[order].iter().zip(&dual[order]).map(|(z, u)| z - u).collect();
            add_transposed(&wanted, order, &mut right);
        }
        band.solve(&mut right, &mut path);
        for order in 0..=3 {
            let fresh = difference(&path, order);
            for (i, value) in fresh.into_iter().enumerate() {
                let relaxed = RELAX * value + (1.0 - RELAX) * split[order][i];
                let aim = relaxed + dual[order][i];
                split[order][i] = match order {
                    0 => aim.clamp(tube[i].0, tube[i].1),
                    _ => shrink(aim, WEIGHTS[order - 1] * scale / 8.0),
                };
                dual[order][i] = aim - split[order][i];
            }
        }
    }
    path
}

fn shrink(value: f64, by: f64) -> f64 {
    value.signum() * (value.abs() - by).max(0.0)
}

/// Differences of an order from 0 to 3.
fn difference(path: &[f64], order: usize) -> Vec<f64> {
    let mut out = path.to_vec();
    for _ in 0..order {
        out = out.windows(2).map(|pair| pair[1] - pair[0]).collect();
    }
    out
}

const KERNELS: [&[f64]; 4] = [&[1.0], &[-1.0, 1.0], &[1.0, -2.0, 1.0], &[-1.0, 3.0, -3.0, 1.0]];

fn add_transposed(values: &[f64], order: usize, out: &mut [f64]) {
    for (i, value) in values.iter().enumerate() {
        for (j, weight) in KERNELS[order].iter().enumerate() {
            out[i + j] += weight * value;
        }
    }
}

/// The Cholesky factor of the identity plus the three differences' squares: three bands beside the diagonal.
struct Band {
    rows: Vec<[f64; 4]>,
}

impl Band {
    fn new(n: usize) -> Self {
        // rows[i][k] is the entry (i, i - k).
        let mut rows = vec![[0.0f64; 4]; n];
        for (order, kernel) in KERNELS.iter().enumerate() {
            for start in 0..n - order {
                for (a, x) in kernel.iter().enumerate() {
                    for (b, y) in kernel.iter().enumerate().take(a + 1) {
                        rows[start + a][a - b] += x * y;
                    }
                }
            }
        }
        for i in 0..n {
            for k in (0..=3.min(i)).rev() {
                let j = i - k;
                let mut sum = rows[i][k];
                for m in k + 1..=3.min(i) {
                    if m - k <= 3 {
                        sum -= rows[i][m] * rows[j][m - k];
                    }
                }
                rows[i][k] = if k == 0 { sum.max(1e-12).sqrt() } else { sum / rows[j][0] };
            }
        }
        Self { rows }
    }

    /// Solves for a right side, which is used up.
    fn solve(&self, right: &mut [f64], out: &mut [f64]) {
        let n = self.rows.len();
        for i in 0..n {
            let mut sum = right[i];
            for k in 1..=3.min(i) {
                sum -= self.rows[i][k] * right[i - k];
            }
            right[i] = sum / self.rows[i][0];
        }
        for i in (0..n).rev() {
            let mut sum = right[i];
            for k in 1..=3.min(n - 1 - i) {
                sum -= self.rows[i + k][k] * out[i + k];
            }
            out[i] = sum / self.rows[i][0];
        }
    }
}

/// Makes stretches that hardly move stand quite still: a drift of a pixel a second is seen as trembling.
fn settle(path: &mut [f64]) {
    const HARDLY: f64 = 0.005;
    const LEAST: usize = 4;
    let mut start = 0;
    while start < path.len() {
        let (mut low, mut high, mut end) = (path[start], path[start], start + 1);
        while end < path.len() {
            let (next_low, next_high) = (low.min(path[end]), high.max(path[end]));
            if next_high - next_low > HARDLY {
                break;
            }
            (low, high, end) = (next_low, next_high, end + 1);
        }
        if end - start >= LEAST {
            path[start..end].fill((low + high) / 2.0);
            start = end;
        } else {
            start += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WINDOW: f64 = 0.316;

    fn around(x: f64) -> Bounds {
        Bounds::around(x - 0.05, x + 0.05, 0.015, x, WINDOW, 0.12)
    }

    fn jerk(path: &[f64]) -> f64 {
        difference(path, 2).into_iter().map(f64::abs).fold(0.0, f64::max)
    }

    #[test]
    fn a_trembling_face_gets_a_still_camera() {
        let bounds: Vec<Bounds> = (0..80).map(|i| around(0.5 + 0.02 * f64::from(i * 7 % 5 - 2) / 2.0)).collect();
        let path = solve(&bounds);
        assert!(path.iter().all(|p| *p == path[0]));
        assert!((path[0] - 0.5).abs() < 0.02);
    }

    #[test]
    fn a_walk_gets_a_steady_pan() {
        let bounds: Vec<Bounds> =
            (0..=80).map(|i| around(0.2 + 0.6 * f64::from(i) / 80.0 + 0.004 * f64::from(i % 3 - 1))).collect();
        let path = solve(&bounds);
        for (p, bound) in path.iter().zip(&bounds) {
            assert!(*p >= bound.limit.0 - 1e-9 && *p <= bound.limit.1 + 1e-9);
        }
        assert!(path[80] - path[0] > 0.3, "it does not pan: {} to {}", path[0], path[80]);
        assert!(jerk(&path) < 0.004, "{}", jerk(&path));
        assert!(path.windows(2).all(|pair| pair[1] >= pair[0] - 1e-3), "it turns back");
    }

    #[test]
    fn who_stands_then_goes_then_stands_gets_two_still_ends() {
        let place = |i: i32| 0.25 + 0.5 * (f64::from(i - 40) / 20.0).clamp(0.0, 1.0);
        let path = solve(&(0..100).map(|i| around(place(i))).collect::<Vec<_>>());
        let still = |part: &[f64]| part.iter().all(|p| (p - part[0]).abs() < 1e-9);
        assert!(still(&path[..30]), "{:?}", &path[..30]);
        assert!(still(&path[72..]), "{:?}", &path[70..]);
        assert!(jerk(&path) < 0.02, "{}", jerk(&path));
    }

    #[test]
    fn one_or_two_samples_are_enough() {
        assert!(solve(&[]).is_empty());
        assert_eq!(solve(&[around(0.5)]).len(), 1);
        assert_eq!(solve(&[around(0.2), around(0.9)]).len(), 2);
        assert_eq!(solve(&[Bounds::free(1.0)]), vec![0.5]);
    }

    #[test]
    fn minutes_of_walking_are_solved_well() {
        let bounds: Vec<Bounds> = (0..1200).map(|i| around(0.5 + 0.3 * (f64::from(i) / 90.0).sin())).collect();
        let path = solve(&bounds);
        assert!(jerk(&path) < 0.008, "{}", jerk(&path));
    }

    proptest! {
        #[test]
        fn the_limits_always_hold(xs in proptest::collection::vec(0.0f64..1.0, 1..60), size in 0.05f64..1.0) {
            let bounds: Vec<Bounds> = xs.iter().map(|x| Bounds::around(x - 0.06, x + 0.06, 0.02, *x, size, 0.1)).collect();
            for (p, bound) in solve(&bounds).iter().zip(&bounds) {
                prop_assert!(*p >= bound.limit.0 - 1e-9 && *p <= bound.limit.1 + 1e-9);
                prop_assert!(*p >= size / 2.0 - 1e-9 && *p <= 1.0 - size / 2.0 + 1e-9);
            }
        }
    }
}
