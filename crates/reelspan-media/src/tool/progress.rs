//! Reads the `key=value` blocks of ffmpeg's `-progress`.

use super::Progress;

/// One report as it comes in, line by line.
#[derive(Debug, Default)]
pub(super) struct Block {
    now: Progress,
}

impl Block {
    /// Takes one line; a finished block gives its report.
    pub(super) fn line(&mut self, line: &str) -> Option<Progress> {
        let (key, value) = line.trim_end().split_once('=')?;
        let value = value.trim();
        match key {
            "frame" => self.now.frame = value.parse().unwrap_or(self.now.frame),
            // Some versions say `N/A` or a huge negative number before the first packet.
            "out_time_us" => {
                let done = value.parse().map_or(0.0, |us: i64| us as f64 / 1e6);
                self.now.done = self.now.done.max(done);
            }
            "speed" => {
                let speed = value.trim_end_matches('x').trim().parse().ok();
                self.now.speed = speed.filter(|s: &f64| s.is_finite() && *s > 0.0);
            }
            "progress" => return Some(self.now),
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Progress> {
        let mut block = Block::default();
        text.lines().filter_map(|line| block.line(line)).collect()
    }

    #[test]
    fn blocks_become_reports() {
        let text = "frame=10\nfps=0.00\nout_time_us=N/A\nspeed=N/A\nprogress=continue\n\
                    frame=50\nout_time_us=1966667\nout_time=00:00:01.966667\nspeed=2.5x\nprogress=end\n";
        let first = Progress { done: 0.0, frame: 10, speed: None };
        let last = Progress { done: 1.966_667, frame: 50, speed: Some(2.5) };
        assert_eq!(read(text), [first, last]);
    }

    #[test]
    fn time_never_goes_back_and_nonsense_is_left_out() {
        let text = "out_time_us=2000000\nprogress=continue\nout_time_us=-9223372036854775807\nspeed=infx\nframe=x\nno line\n=\nprogress=end";
        let reports = read(text);
        assert_eq!(reports.len(), 2);
        assert_eq!(reports[1], Progress { done: 2.0, frame: 0, speed: None });
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_survived(text in ".*") {
            read(&text);
        }
    }
}
