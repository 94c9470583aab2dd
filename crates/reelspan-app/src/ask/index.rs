//! What is said in a project, laid out so that a question over ten hours is answered in a blink. It lives in memory only.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use reelspan_media::transcript::Transcript;
use reelspan_types::Span;

use super::project::Recording;
use super::tokens::{self, Language, Token};

/// A passage: long enough to be understood, short enough to be looked at.
const WINDOW: f64 = 30.0;
/// The next one begins about half of one later, so that nothing is cut in two everywhere.
const STRIDE: f64 = 15.0;

/// One sentence of a transcript.
pub(crate) struct Line {
    pub(crate) recording: usize,
    pub(crate) span: Span,
    pub(crate) text: String,
    /// Its number among [`Index::speakers`].
    pub(crate) speaker: Option<usize>,
    /// Its content words, by number.
    terms: Vec<u32>,
}

/// Neighbouring lines of one recording.
pub(crate) struct Window {
    pub(crate) lines: Range<usize>,
    pub(crate) recording: usize,
    pub(crate) span: Span,
    /// Content words in it.
    pub(crate) length: f32,
}

pub(crate) struct Index {
    pub(crate) lines: Vec<Line>,
    pub(crate) windows: Vec<Window>,
    /// The windows that hold each line.
    pub(crate) holders: Vec<Range<usize>>,
    pub(crate) speakers: Vec<String>,
    pub(crate) average: f32,
    /// The language of each recording's words, in the order of the recordings.
    languages: Vec<Language>,
    vocabulary: HashMap<String, u32>,
    /// For each word the lines that hold it and how often.
    postings: Vec<Vec<(u32, f32)>>,
    rarity: Vec<f32>,
}

impl Index {
    pub(crate) fn new(recordings: &[Recording]) -> Self {
        let mut index = Self {
            lines: Vec::new(),
            windows: Vec::new(),
            holders: Vec::new(),
            speakers: Vec::new(),
            average: 0.0,
            languages: Vec::new(),
            vocabulary: HashMap::new(),
            postings: Vec::new(),
            rarity: Vec::new(),
        };
        for (number, recording) in recordings.iter().enumerate() {
            index.languages.push(Language::Other);
            if let Some(transcript) = &recording.transcript {
                index.add(number, transcript);
            }
        }
        index.cut_windows();
        index.count();
        index
    }

    /// The languages that are spoken in the project.
    pub(crate) fn languages(&self) -> BTreeSet<Language> {
        self.lines.iter().map(|line| self.languages[line.recording]).collect()
    }

    pub(crate) fn language(&self, recording: usize) -> Language {
        self.languages[recording]
    }

    /// The number of a word in any of its forms, if the project knows it.
    pub(crate) fn term(&self, stem: &str) -> Option<u32> {
        self.vocabulary.get(stem).copied()
    }

    pub(crate) fn postings(&self, term: u32) -> &[(u32, f32)] {
        &self.postings[term as usize]
    }

    pub(crate) fn rarity(&self, term: u32) -> f32 {
        self.rarity[term as usize]
    }

    /// What a word weighs that the project does not know: as the rarest.
    pub(crate) fn greatest_rarity(&self) -> f32 {
        rarity(0, self.windows.len())
    }

    /// How many different words are known.
    pub(crate) fn vocabulary(&self) -> usize {
        self.vocabulary.len()
    }

    /// Whether anything is said in a recording.
    pub(crate) fn speaks(&self, recording: usize) -> bool {
        self.lines.iter().any(|line| line.recording == recording)
    }

    pub(crate) fn terms(&self, line: usize) -> &[u32] {
        &self.lines[line].terms
    }

    fn add(&mut self, recording: usize, transcript: &Transcript) {
        let sentences = transcript.sentences();
        let texts: Vec<String> = sentences.iter().map(|sentence| transcript.text(sentence.words.clone())).collect();
        let split: Vec<Vec<Token>> = texts.iter().map(|text| tokens::tokens(text)).collect();
        let tagged = transcript.language.as_deref().and_then(Language::tagged);
        let language = tagged.unwrap_or_else(|| Language::of(split.iter().flatten().map(|token| token.text.as_str())));
        self.languages[recording] = language;
        for ((sentence, text), tokens) in sentences.into_iter().zip(texts).zip(split) {
            let name = transcript.words[sentence.words.start].speaker.as_ref();
            let speaker = name.map(|name| self.speaker(name));
            let mut terms = Vec::new();
            for token in tokens.iter().filter(|token| !tokens::is_stop(&token.text, language)) {
                let next = self.vocabulary.len() as u32;
                terms.push(*self.vocabulary.entry(token.stem(language)).or_insert(next));
            }
            self.lines.push(Line { recording, span: sentence.span, text, speaker, terms });
        }
    }

    fn speaker(&mut self, name: &str) -> usize {
        let name = name.trim();
        self.speakers.iter().position(|known| known == name).unwrap_or_else(|| {
            self.speakers.push(name.to_owned());
            self.speakers.len() - 1
        })
    }

    fn cut_windows(&mut self) {
        let lines = &self.lines;
        let mut first = 0;
        while first < lines.len() {
            let (recording, start) = (lines[first].recording, lines[first].span.start);
            let mut end = first + 1;
            while end < lines.len() && lines[end].recording == recording && lines[end].span.end - start <= WINDOW {
                end += 1;
            }
            let until = lines[first..end].iter().map(|line| line.span.end).fold(start, f64::max);
            let length = lines[first..end].iter().map(|line| line.terms.len()).sum::<usize>() as f32;
            self.windows.push(Window { lines: first..end, recording, span: Span::new(start, until), length });
            if lines.get(end).is_none_or(|line| line.recording != recording) {
                first = end;
                continue;
            }
            first += 1;
            while first < end && lines[first].span.start - start < STRIDE {
                first += 1;
            }
        }
        self.holders = vec![0..0; lines.len()];
        for (number, window) in self.windows.iter().enumerate() {
            for holder in &mut self.holders[window.lines.clone()] {
                let first = if holder.end == 0 { number } else { holder.start };
                *holder = first..number + 1;
            }
        }
    }

    fn count(&mut self) {
        let known = self.vocabulary.len();
        self.postings = vec![Vec::new(); known];
        for (number, line) in self.lines.iter().enumerate() {
            for term in &line.terms {
                let postings = &mut self.postings[*term as usize];
                match postings.last_mut() {
                    Some((last, count)) if *last == number as u32 => *count += 1.0,
                    _ => postings.push((number as u32, 1.0)),
                }
            }
        }
        let mut held = vec![0usize; known];
        let mut seen = vec![usize::MAX; known];
        for (number, window) in self.windows.iter().enumerate() {
            for term in self.lines[window.lines.clone()].iter().flat_map(|line| &line.terms) {
                let term = *term as usize;
                if seen[term] != number {
                    seen[term] = number;
                    held[term] += 1;
                }
            }
        }
        self.rarity = held.iter().map(|held| rarity(*held, self.windows.len())).collect();
        let all: f32 = self.windows.iter().map(|window| window.length).sum();
        self.average = (all / self.windows.len().max(1) as f32).max(1.0);
    }
}

fn rarity(held: usize, all: usize) -> f32 {
    let (held, all) = (held as f32, all as f32);
    (1.0 + (all - held + 0.5) / (held + 0.5)).ln()
}
