//! Runs whisper.cpp over the pieces of a recording.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use reelspan_types::speech::{FailureCode, Speech, Word};
use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperError, WhisperState, get_lang_str,
};

use crate::sound::{RATE, Sound};
use crate::words::{Token, join, unspaced};
use crate::{Stop, say_progress};

/// Whisper leaves out what is shorter.
const SHORTEST: usize = RATE;

pub(crate) struct Task<'a> {
    pub(crate) model: &'a Path,
    /// Detected where none.
    pub(crate) language: Option<&'a str>,
    pub(crate) threads: usize,
    pub(crate) seconds: Option<f64>,
}

pub(crate) fn transcribe(task: &Task<'_>, mut sound: Sound) -> Result<Speech, Stop> {
    let context = WhisperContext::new_with_params(task.model, WhisperContextParameters::default())
        .map_err(|_| Stop::new(FailureCode::BadModel, "whisper.cpp cannot load the model; fetch it again"))?;
    let mut state = context
        .create_state()
        .map_err(|_| Stop::new(FailureCode::NoMemory, "there is not enough memory for the model; use a smaller one"))?;
    let mut speech = Speech { language: task.language.map(str::to_owned), words: Vec::new() };
    let mut begun = 0.0;
    say_progress(0.0);
    while let Some(piece) = sound.piece()? {
        let length = piece.len() as f64 / RATE as f64;
        let words = hear(task, &context, &mut state, piece, speech.language.as_deref(), begun)?;
        // The language of the first piece in which anything was said is the recording's.
        if speech.language.is_none() && !words.is_empty() {
            speech.language = get_lang_str(state.full_lang_id_from_state()).map(str::to_owned);
        }
        speech.words.extend(words);
        begun += length;
        if let Some(seconds) = task.seconds.filter(|&seconds| seconds > 0.0) {
            say_progress((begun / seconds).min(1.0));
        }
    }
    say_progress(1.0);
    Ok(speech)
}

fn hear(
    task: &Task<'_>,
    context: &WhisperContext,
    state: &mut WhisperState,
    mut piece: Vec<f32>,
    language: Option<&str>,
    begun: f64,
) -> Result<Vec<Word>, Stop> {
    let length = piece.len() as f64 / RATE as f64;
    piece.resize(piece.len().max(SHORTEST), 0.0);
    state.full(parameters(task, language, begun, length), &piece).map_err(|error| failed(&error))?;
    let language = language.or_else(|| get_lang_str(state.full_lang_id_from_state())).unwrap_or_default();
    let mut words = Vec::new();
    for segment in state.as_iter() {
        let tokens = (0..segment.n_tokens()).filter_map(|place| segment.get_token(place));
        // What lies behind the last text are marks: times, languages, the end.
        let spoken = tokens.filter(|token| token.token_id() < context.token_eot());
        let timed = |token: whisper_rs::WhisperToken<'_, '_>| {
            let data = token.token_data();
            let times = if data.t0 >= 0 && data.t1 >= data.t0 {
                [data.t0, data.t1]
            } else {
                [segment.start_timestamp(), segment.end_timestamp()]
            };
            let [start, end] = times.map(|hundredths| begun + (hundredths as f64 / 100.0).clamp(0.0, length));
            let bytes = token.to_bytes().ok()?.to_vec();
            Some(Token { bytes, start, end, probability: token.token_probability() })
        };
        let tokens: Vec<Token> = spoken.filter_map(timed).collect();
        words.extend(join(&tokens, unspaced(language)));
    }
    Ok(words)
}

fn parameters<'a>(task: &Task<'_>, language: Option<&'a str>, begun: f64, length: f64) -> FullParams<'a, 'static> {
    let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: 5 });
    parameters.set_n_threads(i32::try_from(task.threads).unwrap_or(1));
    parameters.set_language(language);
    parameters.set_token_timestamps(true);
    // What was said before tempts the decoder into loops: every half minute is heard for itself.
    parameters.set_no_context(true);
    parameters.set_n_max_text_ctx(0);
    parameters.set_suppress_nst(true);
    parameters.set_print_progress(false);
    parameters.set_print_realtime(false);
    parameters.set_print_timestamps(false);
    parameters.set_print_special(false);
    if let Some(seconds) = task.seconds.filter(|&seconds| seconds > 0.0) {
        let last = Arc::new(AtomicI32::new(0));
        parameters.set_progress_callback_safe(move |percent: i32| {
            if last.fetch_max(percent, Ordering::Relaxed) < percent {
                let done = begun + length * f64::from(percent.clamp(0, 100)) / 100.0;
                say_progress((done / seconds).clamp(0.0, 1.0));
            }
        });
    }
    parameters
}

fn failed(error: &WhisperError) -> Stop {
    match error {
        WhisperError::FailedToEncode | WhisperError::FailedToDecode => {
            Stop::new(FailureCode::Failed, "whisper.cpp could not work through the sound; try another model")
        }
        _ => Stop::new(FailureCode::Failed, "whisper.cpp failed on the sound"),
    }
}
