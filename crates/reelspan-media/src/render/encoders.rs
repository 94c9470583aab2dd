//! H.264 encoders: which work on this machine, and their settings.

use std::time::Duration;

use reelspan_types::Cancel;

use crate::tool::{Command, Program, Tools};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoder {
    X264,
    Nvenc,
    Qsv,
    Vaapi,
}

/// Tried in this order.
const HARDWARE: [Encoder; 3] = [Encoder::Nvenc, Encoder::Qsv, Encoder::Vaapi];
/// A driver that hangs must not hold up the run.
const PATIENCE: Duration = Duration::from_secs(10);

impl Encoder {
    /// The fastest that a tiny test encode proves to work, software if none.
    pub fn pick(tools: &Tools, hardware: bool, cancel: &Cancel) -> Self {
        let works = |encoder: &Self| tools.run(encoder.trial(), cancel).is_ok();
        if hardware { HARDWARE.into_iter().find(works).unwrap_or(Self::X264) } else { Self::X264 }
    }

    /// ffmpeg's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::X264 => "libx264",
            Self::Nvenc => "h264_nvenc",
            Self::Qsv => "h264_qsv",
            Self::Vaapi => "h264_vaapi",
        }
    }

    pub fn is_hardware(self) -> bool {
        self != Self::X264
    }

    /// Arguments before the inputs that open the device.
    pub(crate) fn device(self) -> impl Iterator<Item = &'static str> {
        let args: &[&str] = match self {
            Self::Vaapi => &["-vaapi_device", "/dev/dri/renderD128"],
            Self::X264 | Self::Nvenc | Self::Qsv => &[],
        };
        args.iter().copied()
    }

    /// The graph's last filters: pixels as the encoder takes them.
    pub(crate) fn pixels(self) -> &'static str {
        match self {
            Self::X264 | Self::Nvenc => "format=yuv420p",
            Self::Qsv => "format=nv12",
            Self::Vaapi => "format=nv12,hwupload",
        }
    }

    /// Measured on a talking head at 1080x1920: `veryfast` takes half of `medium`'s time, and at quality 20 its file is as
    /// large as `medium`'s at 21 and looks the same. Publishers encode again anyway.
    pub(crate) fn settings(self) -> &'static [&'static str] {
        match self {
            Self::X264 => &["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-profile:v", "high"],
            Self::Nvenc => {
                &["-c:v", "h264_nvenc", "-preset", "p5", "-rc", "vbr", "-cq", "21", "-b:v", "0", "-profile:v", "high"]
            }
            Self::Qsv => &["-c:v", "h264_qsv", "-preset", "medium", "-global_quality", "21", "-profile:v", "high"],
            Self::Vaapi => &["-c:v", "h264_vaapi", "-qp", "21", "-profile:v", "high"],
        }
    }

    fn trial(self) -> Command {
        let mut args: Vec<&str> = self.device().collect();
        args.extend(["-loglevel", "error", "-f", "lavfi", "-i", "color=c=gray:s=256x256:r=30:d=0.2"]);
        args.extend(["-vf", self.pixels()]);
        args.extend(self.settings());
        args.extend(["-f", "null", "-"]);
        Command {
            program: Program::Ffmpeg,
            args: args.into_iter().map(Into::into).collect(),
            reads: Vec::new(),
            writes: Vec::new(),
            fonts: false,
            devices: self.is_hardware(),
            pipes: 0,
            max_file_bytes: 1 << 20,
            time_limit: Some(PATIENCE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool::for_tests;

    #[test]
    fn without_hardware_asked_for_software_is_taken() {
        assert_eq!(Encoder::pick(&for_tests(), false, &Cancel::new()), Encoder::X264);
    }

    #[test]
    fn the_trial_of_the_software_encoder_works() {
        assert!(for_tests().run(Encoder::X264.trial(), &Cancel::new()).is_ok());
    }

    #[test]
    fn what_is_picked_has_proved_to_work() {
        let (tools, cancel) = (for_tests(), Cancel::new());
        let picked = Encoder::pick(&tools, true, &cancel);
        assert!(tools.run(picked.trial(), &cancel).is_ok(), "{picked:?}");
    }
}
