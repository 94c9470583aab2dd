//! All that is known of a recording, laid out so that ten thousand clips can be weighed in a second.

use std::collections::HashMap;
use std::ops::Range;

use reelspan_media::analysis::{Analysis, AudioAnalysis, TextureKind, Transition, VideoAnalysis};
use reelspan_media::transcript::{Sentence, Transcript};
use reelspan_types::Span;

use super::lexicon::{self, Cue, Hit, Lexicon};
use super::measure::{Cover, Curve, Usual, count};
use super::{signals, text, topics};

/// The smallest piece a clip is made of: a sentence, or a phrase of sound or picture where there are no words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unit {
    pub(super) span: Span,
    /// Empty where there are no words.
    pub(super) words: Range<usize>,
    /// Its sentence in the transcript.
    pub(super) sentence: usize,
    /// Whether a sentence or phrase begins here.
    pub(super) opens: bool,
    /// Whether one ends here.
    pub(super) closes: bool,
}

pub(super) struct Material<'a> {
    pub(super) duration: f64,
    pub(super) transcript: Option<&'a Transcript>,
    pub(super) units: Vec<Unit>,
    /// The number of the topic that each unit belongs to.
    pub(super) topics: Vec<usize>,
    /// Every word in normal form.
    pub(super) normal: Vec<String>,
    /// Found phrases in order of place.
    pub(super) hits: Vec<Hit>,
    pub(super) greek: bool,
    /// Whether sentences are written with capitals and full stops.
    pub(super) punctuated: bool,
    stems: Stems,
    pub(super) sound: Option<Sound>,
    pub(super) picture: Option<Picture<'a>>,
    pub(super) usual: Usuals,
}

/// The stems of all words, one after another, and how rare each is.
#[derive(Debug, Default)]
struct Stems {
    all: Vec<u32>,
    /// Where each word's stems begin; one more at the end.
    from: Vec<usize>,
    rarity: Vec<f32>,
    /// The sum of rarity up to each stem.
    weight: Vec<f64>,
}

pub(super) struct Sound {
    pub(super) level: Curve,
    pub(super) silence: Cover,
    pub(super) speech: Cover,
    pub(super) music: Cover,
    pub(super) laughter: Cover,
    pub(super) applause: Cover,
    pub(super) onsets: Vec<f64>,
}

pub(super) struct Picture<'a> {
    pub(super) motion: Curve,
    pub(super) dark: Cover,
    pub(super) cuts: Vec<f64>,
    pub(super) video: &'a VideoAnalysis,
    /// Looked-at frames with a face up to each one.
    faces: Vec<u32>,
}

/// What is usual in this recording.
#[derive(Debug, Default)]
pub(super) struct Usuals {
    pub(super) level: Usual,
    pub(super) level_spread: Usual,
    pub(super) motion: Usual,
    pub(super) shot_rate: Usual,
    pub(super) onset_rate: Usual,
    pub(super) density: Usual,
}

impl<'a> Material<'a> {
    /// `longest` is the longest clip: sentences beyond it are cut at their pauses. Without usable words, phrases of the
    /// signals take the place of sentences.
    pub(super) fn of(transcript: Option<&'a Transcript>, analysis: &'a Analysis, shortest: f64, longest: f64) -> Self {
        let transcript = transcript.filter(|transcript| !transcript.words.is_empty());
        let sound = analysis.audio.as_ref().map(Sound::of);
        let picture = analysis.video.as_ref().map(Picture::of);
        let normal: Vec<String> =
            transcript.iter().flat_map(|t| &t.words).map(|word| text::normal(&word.text)).collect();
        let lexicon = transcript.and_then(|t| lexicon::find(t.language.as_deref(), &normal));
        let sentences = transcript.map(Transcript::sentences).unwrap_or_default();
        let units = match transcript {
            Some(transcript) => units(transcript, &sentences, longest, analysis.duration),
            None => signals::phrases(analysis, shortest, longest),
        };
        let stems = Stems::of(&normal, &units, lexicon);
        let mut material = Self {
            duration: analysis.duration,
            transcript,
            topics: Vec::new(),
            hits: lexicon::hits(lexicon, &normal),
            greek: transcript.and_then(|t| t.language.as_deref()).is_some_and(|tag| tag.starts_with("el")),
            punctuated: transcript.is_some_and(|t| punctuated(t, sentences.len())),
            units,
            normal,
            stems,
            sound,
            picture,
            usual: Usuals::default(),
        };
        material.topics = material.find_topics();
        material.usual = material.find_usuals(shortest, longest);
        material
    }

    pub(super) fn has_words(&self) -> bool {
        self.transcript.is_some()
    }

    /// The text of some words as one line.
    pub(super) fn words(&self, words: Range<usize>) -> String {
        self.transcript.map(|transcript| transcript.text(words)).unwrap_or_default()
    }

    pub(super) fn word_span(&self, words: Range<usize>) -> Span {
        let Some(transcript) = self.transcript else { return Span::new(0.0, 0.0) };
        match &transcript.words[words] {
            [] => Span::new(0.0, 0.0),
            [first, .., last] => Span::new(first.start, last.end),
            [only] => only.span(),
        }
    }

    pub(super) fn hits_in(&self, words: Range<usize>) -> impl Iterator<Item = Hit> + '_ {
        let from = self.hits.partition_point(|hit| hit.word < words.start);
        self.hits[from..].iter().copied().take_while(move |hit| hit.word < words.end)
    }

    pub(super) fn has(&self, words: Range<usize>, cue: Cue) -> Option<Hit> {
        self.hits_in(words).find(|hit| hit.cue == cue)
    }

    /// The numbers of the stems of some words.
    pub(super) fn stems_in(&self, words: Range<usize>) -> &[u32] {
        &self.stems.all[self.stems.from[words.start]..self.stems.from[words.end]]
    }

    pub(super) fn bag(&self, words: Range<usize>) -> text::Bag {
        text::Bag::of(self.stems_in(words), &self.stems.rarity)
    }

    /// How many of some words tell of the topic.
    pub(super) fn content(&self, words: Range<usize>) -> usize {
        self.stems_in(words).iter().filter(|stem| self.stems.rarity[**stem as usize] > 0.0).count()
    }

    /// The summed rarity of some words.
    pub(super) fn weight(&self, words: Range<usize>) -> f64 {
        self.stems.weight[self.stems.from[words.end]] - self.stems.weight[self.stems.from[words.start]]
    }

    fn find_topics(&self) -> Vec<usize> {
        if self.has_words() { self.divided(1.0) } else { vec![0; self.units.len()] }
    }

    /// The topic of each unit; `patience` scales the price of a further topic.
    pub(super) fn divided(&self, patience: f64) -> Vec<usize> {
        let bare = |unit: &Unit| -> Vec<u32> {
            let stems = self.stems_in(unit.words.clone()).iter();
            stems.copied().filter(|stem| self.stems.rarity[*stem as usize] > 0.0).collect()
        };
        let content: Vec<topics::Piece> =
            self.units.iter().map(|unit| topics::Piece { start: unit.span.start, stems: bare(unit) }).collect();
        topics::segment(&content, self.stems.rarity.len(), patience)
    }

    fn find_usuals(&self, shortest: f64, longest: f64) -> Usuals {
        let length = ((shortest + longest) / 2.0).clamp(1.0, 30.0);
        let windows: Vec<Span> = (0..)
            .map(|step| f64::from(step) * length / 2.0)
            .take_while(|start| start + length <= self.duration)
            .map(|start| Span::new(start, start + length))
            .collect();
        let over = |value: &dyn Fn(Span) -> Option<f64>| Usual::of(windows.iter().filter_map(|window| value(*window)));
        let sound = self.sound.as_ref();
        let picture = self.picture.as_ref();
        let per_second = |count: usize, span: Span| count as f64 / span.seconds();
        Usuals {
            level: over(&|span| sound?.level.mean(span)),
            level_spread: over(&|span| sound?.level.spread(span)),
            onset_rate: over(&|span| Some(per_second(count(&sound?.onsets, span), span))),
            motion: over(&|span| picture?.motion.mean(span)),
            shot_rate: over(&|span| Some(per_second(count(&picture?.cuts, span), span))),
            density: Usual::of(self.units.chunks(6).map(|units| self.density(units))),
        }
    }

    /// Rarity per second: how much new is said in the time.
    pub(super) fn density(&self, units: &[Unit]) -> f64 {
        let seconds: f64 = units.iter().map(|unit| unit.span.seconds()).sum();
        let weight: f64 = units.iter().map(|unit| self.weight(unit.words.clone())).sum();
        weight / seconds.max(1.0)
    }

    /// Words per second; none for sentences too short to tell.
    pub(super) fn pace(&self, unit: &Unit) -> Option<f64> {
        (unit.words.len() >= 4 && unit.span.seconds() > 0.5).then(|| unit.words.len() as f64 / unit.span.seconds())
    }

    /// The end of what is heard before a unit: its clip may not begin earlier.
    pub(super) fn floor(&self, unit: usize) -> f64 {
        if unit == 0 { 0.0 } else { self.units[unit - 1].span.end }
    }

    /// The start of what is heard after a unit: its clip may not end later.
    pub(super) fn ceiling(&self, unit: usize) -> f64 {
        self.units.get(unit + 1).map_or(self.duration, |next| next.span.start)
    }
}

impl Stems {
    fn of(normal: &[String], units: &[Unit], lexicon: Option<&Lexicon>) -> Self {
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let (mut all, mut from) = (Vec::new(), Vec::with_capacity(normal.len() + 1));
        for word in normal {
            from.push(all.len());
            text::stems(word, |stem| {
                let next = numbers.len() as u32;
                let number =
                    numbers.get(stem).copied().unwrap_or_else(|| *numbers.entry(stem.to_owned()).or_insert(next));
                all.push(number);
            });
        }
        from.push(all.len());
        let mut stems = Self { all, from, rarity: Vec::new(), weight: Vec::new() };
        stems.rarity = stems.rarities(numbers.len(), normal, units, lexicon);
        let mut sum = 0.0;
        stems.weight = std::iter::once(0.0)
            .chain(stems.all.iter().map(|stem| {
                sum += f64::from(stems.rarity[*stem as usize]);
                sum
            }))
            .collect();
        stems
    }

    /// Inverse document frequency over blocks of a few sentences. What occurs in most blocks is grammar, in any language;
    /// the known function words help where a recording is too short to tell.
    fn rarities(&self, count: usize, normal: &[String], units: &[Unit], lexicon: Option<&Lexicon>) -> Vec<f32> {
        let mut seen_in = vec![0u32; count];
        let mut last_block = vec![u32::MAX; count];
        let mut block = 0;
        let mut inside = 0;
        for unit in units {
            for stem in &self.all[self.from[unit.words.start]..self.from[unit.words.end]] {
                if last_block[*stem as usize] != block {
                    last_block[*stem as usize] = block;
                    seen_in[*stem as usize] += 1;
                }
                inside += 1;
            }
            if inside >= 60 {
                (block, inside) = (block + 1, 0);
            }
        }
        let blocks = f64::from(block + u32::from(inside > 0)).max(2.0);
        let mut rarity: Vec<f32> = seen_in
            .iter()
            .map(|seen| {
                let share = f64::from(*seen) / blocks;
                let common = blocks >= 8.0 && share > 0.4;
                if common { 0.0 } else { ((blocks + 1.0) / (f64::from(*seen) + 0.5)).ln().max(0.0) as f32 }
            })
            .collect();
        for (word, text) in normal.iter().enumerate() {
            if lexicon.is_some_and(|lexicon| lexicon.is_grammar(text)) {
                self.all[self.from[word]..self.from[word + 1]].iter().for_each(|stem| rarity[*stem as usize] = 0.0);
            }
        }
        rarity
    }
}

impl Sound {
    fn of(audio: &AudioAnalysis) -> Self {
        // Silence is not a loudness: far below speech all is one.
        let floor = audio.loudness.integrated.unwrap_or(-30.0).max(-50.0) as f32 - 15.0;
        let texture = |kind: TextureKind| {
            Cover::of(
                audio
                    .textures
                    .iter()
                    .filter(|t| t.kind == kind && t.strength >= 0.3)
                    .map(|t| Span::new(t.start, t.end)),
            )
        };
        let mut onsets = audio.onsets.clone();
        onsets.sort_by(f64::total_cmp);
        Self {
            level: Curve::of(&audio.level, |value| value.max(floor)),
            silence: Cover::of(audio.silences.iter().copied()),
            speech: Cover::of(audio.speech.iter().copied()),
            music: texture(TextureKind::Music),
            laughter: texture(TextureKind::Laughter),
            applause: texture(TextureKind::Applause),
            onsets,
        }
    }
}

impl<'a> Picture<'a> {
    fn of(video: &'a VideoAnalysis) -> Self {
        let mut seen = 0;
        let faces = std::iter::once(0)
            .chain(video.faces.iter().map(|sample| {
                seen += u32::from(!sample.faces.is_empty());
                seen
            }))
            .collect();
        Self {
            motion: Curve::of(&video.motion, |value| value),
            dark: Cover::of(video.black.iter().chain(&video.frozen).copied()),
            cuts: video
                .shots
                .iter()
                .filter(|shot| shot.transition != Transition::Start)
                .map(|shot| shot.start)
                .collect(),
            video,
            faces,
        }
    }

    /// The share of looked-at frames with a face; none where none was looked at.
    pub(super) fn faces(&self, span: Span) -> Option<f64> {
        let index = |at: f64| self.video.faces.partition_point(|sample| sample.t < at);
        let (from, to) = (index(span.start), index(span.end));
        (to > from).then(|| f64::from(self.faces[to] - self.faces[from]) / (to - from) as f64)
    }
}

/// A transcript without punctuation says nothing by its absence.
fn punctuated(transcript: &Transcript, sentences: usize) -> bool {
    let marks = transcript.words.iter().filter(|word| text::final_mark(&word.text).is_some()).count();
    marks * 2 >= sentences
}

/// Sentences as units; one longer than a clip may be is cut at its commas and pauses.
fn units(transcript: &Transcript, sentences: &[Sentence], longest: f64, duration: f64) -> Vec<Unit> {
    let mut units = Vec::with_capacity(sentences.len());
    for (number, sentence) in sentences.iter().enumerate().filter(|(_, sentence)| !sentence.words.is_empty()) {
        let words = &transcript.words;
        let mut first = sentence.words.start;
        let too_long = sentence.span.seconds() > longest;
        let mut push = |range: Range<usize>| {
            // Times beyond the decoded end are of no use to anyone.
            let span = Span::new(words[range.start].start.min(duration), words[range.end - 1].end.min(duration));
            let (opens, closes) = (range.start == sentence.words.start, range.end == sentence.words.end);
            units.push(Unit { span, words: range, sentence: number, opens, closes });
        };
        for at in sentence.words.clone().skip(1) {
            let pause = words[at].start - words[at - 1].end;
            let long = words[at].end - words[first].start;
            let comma = words[at - 1].text.ends_with([',', ';', ':', '—', '–', '،', '、', '，']);
            if too_long && (long > longest / 2.0 || (long > longest / 6.0 && (comma || pause > 0.4))) {
                push(first..at);
                first = at;
            }
        }
        push(first..sentence.words.end);
    }
    units
}
