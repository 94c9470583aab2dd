//! One picture of all clips side by side.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reelspan_types::Cancel;

use super::RenderError;
use super::part::Part;
use crate::tool::{Command, Tools, file_arg};

/// Pixels of each picture's height.
const HEIGHT: u32 = 640;
/// More would be too small to tell apart.
const MOST: usize = 8;

/// Puts finished thumbnails beside one another, the first ones if there are many.
pub fn contact_sheet(tools: &Tools, thumbnails: &[PathBuf], output: &Path, cancel: &Cancel) -> Result<(), RenderError> {
    let shown = &thumbnails[..thumbnails.len().min(MOST)];
    let part = Part::beside(output);
    let mut args: Vec<OsString> = ["-loglevel", "error"].map(Into::into).to_vec();
    for picture in shown {
        args.extend(["-protocol_whitelist", "file", "-f", "jpeg_pipe", "-i"].map(Into::into));
        args.push(file_arg(picture));
    }
    args.extend(["-filter_complex".into(), graph(shown.len()).into()]);
    args.extend(
        ["-map", "[sheet]", "-frames:v", "1", "-c:v", "mjpeg", "-q:v", "4", "-bitexact", "-f", "mjpeg"].map(Into::into),
    );
    args.push(file_arg(part.path()));
    let mut command = Command::ffmpeg(args).writing(part.path());
    command.reads = shown.to_vec();
    command.time_limit = Some(Duration::from_secs(60));
    tools.run(command, cancel)?;
    part.keep(output)
}

fn graph(count: usize) -> String {
    let scaled: String =
        (0..count).map(|at| format!("[{at}:v]scale=-2:{HEIGHT}:flags=lanczos,setsar=1[p{at}];")).collect();
    let names: String = (0..count).map(|at| format!("[p{at}]")).collect();
    let join = if count == 1 { "null".to_owned() } else { format!("hstack=inputs={count}") };
    format!("{scaled}{names}{join}[sheet]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool::for_tests;

    #[test]
    fn thumbnails_stand_side_by_side() {
        let folder = tempfile::tempdir().unwrap();
        let picture = folder.path().join("one.jpg");
        reelspan_testing::make_media(&["-f", "lavfi", "-i", "testsrc2=s=90x160:d=1", "-frames:v", "1"], &picture);
        for count in [1, 3, 20] {
            let sheet = folder.path().join("sheet.jpg");
            contact_sheet(&for_tests(), &vec![picture.clone(); count], &sheet, &Cancel::new()).unwrap();
            let probe = reelspan_testing::probe_json(&sheet);
            let stream = &probe["streams"][0];
            assert_eq!((&stream["width"], &stream["height"]), (&(360 * count.min(8)).into(), &640.into()));
        }
    }
}
