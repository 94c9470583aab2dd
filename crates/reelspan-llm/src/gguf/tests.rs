//! Files as they come broken.

use reelspan_testing::gguf_model::Model as Small;

use super::*;

fn whole() -> Vec<u8> {
    let mut bytes = Vec::new();
    Small::default().write(&mut bytes).unwrap();
    bytes
}

#[track_caller]
fn refused(bytes: &[u8], code: FailureCode, words: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.gguf");
    std::fs::write(&path, bytes).unwrap();
    let stop = check(&path).unwrap_err();
    assert_eq!(stop.code, code, "{stop}");
    assert!(stop.message.contains(words), "{stop}");
}

#[test]
fn a_whole_model_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.gguf");
    std::fs::write(&path, whole()).unwrap();
    let model = check(&path).unwrap();
    assert_eq!(model.head.architecture(), "llama");
    assert_eq!(model.parts, [path]);
    assert_eq!(model.bytes, whole().len() as u64);
    // One layer, one stored head of 64, key and value, two bytes each.
    assert_eq!(model.head.bytes_a_token(), 256);
}

#[test]
fn what_ends_too_early_is_said_so_wherever_it_ends() {
    let bytes = whole();
    for length in [8, 20, 100, 3000, 9000, bytes.len() / 2, bytes.len() - 1] {
        refused(&bytes[..length], FailureCode::Truncated, "fetch it again");
    }
}

#[test]
fn other_files_are_told_apart() {
    refused(b"", FailureCode::BadModel, "not a GGUF");
    refused(b"lmgg and so on", FailureCode::BadModel, "not a GGUF");
    refused(b"PK\x03\x04", FailureCode::BadModel, "not a GGUF");
    refused(b"GGUF\x01\0\0\0", FailureCode::Unsupported, "version 1");
    refused(b"GGUF\0\0\0\x03", FailureCode::Unsupported, "byte order");
    let endless = [b"GGUF\x03\0\0\0".as_slice(), &[0xff; 16]].concat();
    refused(&endless, FailureCode::BadModel, "impossible counts");
    let name = [b"GGUF\x03\0\0\0".as_slice(), &[0; 8], &1_u64.to_le_bytes(), &[0xff; 8]].concat();
    refused(&name, FailureCode::BadModel, "endless text");
}

#[test]
fn models_that_do_not_chat_are_refused() {
    for kind in ["bert", "clip", "t5"] {
        let mut bytes = Vec::new();
        Small::default().architecture(kind).write(&mut bytes).unwrap();
        refused(&bytes, FailureCode::Unsupported, kind);
    }
}

#[test]
fn damaged_bytes_never_do_harm() {
    let bytes = whole();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.gguf");
    for place in (0..1200).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0xff;
        std::fs::write(&path, damaged).unwrap();
        // Some are not noticed here (a word of the vocabulary); none takes the memory or goes on forever.
        check(&path).ok();
    }
}

#[test]
fn parts_of_a_split_model_are_found_by_name() {
    let path = Path::new("/m/big-00001-of-00003.gguf");
    assert_eq!(sibling(path, 3, 3), Some("/m/big-00003-of-00003.gguf".into()));
    assert_eq!(sibling(Path::new("/m/renamed.gguf"), 2, 3), None);
}

#[test]
fn a_missing_file_is_named() {
    let stop = check(Path::new("/nonexistent/m.gguf")).unwrap_err();
    assert_eq!(stop.code, FailureCode::BadModel);
    assert_eq!(stop.message, "there is no model file /nonexistent/m.gguf");
    assert!(check(Path::new("/")).unwrap_err().message.contains("is not a file"));
}
