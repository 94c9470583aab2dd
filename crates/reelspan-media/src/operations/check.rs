//! Reads a whole request before any file is there: what it will be told, what it names, and why it is refused.

use std::collections::BTreeSet;

use super::card::Card;
use super::flags::{self, Does, Opt, Place, Read};
use super::format::{Format, Holds};
use super::graph::{self, Filter, Graph};
use super::overlay::TextOverlay;
use super::refusal::Refusal;
use super::{Flag, Preset, Request, Source, arguments, filters, shape};

const MOST_INPUTS: usize = 10;
const MOST_OPTIONS: usize = 100;
const MOST_GRAPHS: usize = 20;

/// A request that may be run.
#[derive(Clone)]
pub struct Checked {
    /// Addresses that its filters name, to be fetched and handed over as [`super::Files::referenced`].
    pub addresses: Vec<String>,
    pub source: Source,
    /// What is really used, virtual options written out; each argument is text.
    pub options: Vec<Flag>,
    pub(super) format: Format,
    pub(super) preset: Option<Preset>,
    pub(super) inputs: Vec<Vec<Opt>>,
    pub(super) outputs: Vec<Opt>,
    pub(super) video: Option<Graph>,
    pub(super) audio: Option<Graph>,
    pub(super) complex: Vec<Graph>,
    pub(super) overlays: Vec<TextOverlay>,
    pub(super) card: Option<Card>,
}

impl Checked {
    pub(super) fn has(&self, does: Does) -> bool {
        self.outputs.iter().any(|option| option.does == does)
    }

    pub(super) fn without(&self, kind: char) -> bool {
        self.has(Does::No(kind))
    }

    /// The encoder that was asked for.
    pub(super) fn codec(&self, kind: char) -> Option<&str> {
        let own = if kind == 'v' { Does::CodecVideo } else { Does::CodecAudio };
        let fits = |option: &&Opt| option.does == own || (option.does == Does::Codec && option.is_for(kind));
        self.outputs.iter().rev().find(fits).and_then(|option| option.argument.as_deref())
    }

    /// Several inputs without a graph, a map or `-shortest` are played one after the other.
    pub(super) fn joins(&self) -> bool {
        let own = self.complex.is_empty() && !self.has(Does::Map) && !self.has(Does::Shortest);
        self.inputs.len() > 1 && own && self.card.is_none()
    }
}

/// Whether a request may be run at all. Nothing is opened, so it is quick enough for the request itself.
pub fn check(request: &Request) -> Result<Checked, Refusal> {
    let mut reader = Reader::new(request)?;
    reader.inputs(request)?;
    for flag in &request.options {
        if flag.is_virtual() { reader.virtual_option(flag)? } else { reader.output(flag)? }
    }
    for filters in &request.filters {
        reader.complex(filters, "filters")?;
    }
    let checked = reader.checked;
    together(&checked)?;
    inputs_of_graphs(&checked)?;
    ending(&checked)?;
    Ok(finish(checked))
}

struct Reader {
    checked: Checked,
    addresses: BTreeSet<String>,
}

impl Reader {
    fn new(request: &Request) -> Result<Self, Refusal> {
        let many = |what: &str, most: usize| Refusal::request(format!("there are more than {most} {what}"));
        if request.inputs.len() > MOST_INPUTS {
            return Err(many("inputs", MOST_INPUTS));
        }
        if request.options.len() > MOST_OPTIONS || request.inputs.iter().any(|input| input.options.len() > MOST_OPTIONS)
        {
            return Err(many("options", MOST_OPTIONS));
        }
        if request.filters.len() > MOST_GRAPHS {
            return Err(many("filters", MOST_GRAPHS));
        }
        let raw = request.options.iter().any(|flag| !flag.is_virtual()) || !request.filters.is_empty();
        let source = match (request.options.is_empty(), raw, request.preset) {
            (false, false, _) => Source::VirtualOptions,
            (_, true, _) => Source::RawOptions,
            (_, _, Some(_)) => Source::Preset,
            (_, _, None) => Source::Defaults,
        };
        let checked = Checked {
            addresses: Vec::new(),
            source,
            options: Vec::new(),
            format: request.format,
            preset: request.preset.filter(|_| request.options.is_empty()),
            inputs: Vec::new(),
            outputs: Vec::new(),
            video: None,
            audio: None,
            complex: Vec::new(),
            overlays: Vec::new(),
            card: None,
        };
        Ok(Self { checked, addresses: BTreeSet::new() })
    }

    fn inputs(&mut self, request: &Request) -> Result<(), Refusal> {
        for input in &request.inputs {
            let mut options = Vec::new();
            for flag in &input.options {
                if flag.is_virtual() {
                    return Err(Refusal::option(
                        &flag.option,
                        "belongs to the output; put it into the request's `options`",
                    ));
                }
                if let Read::Used(option) = flags::read(flag, Place::Input, request.format)? {
                    options.push(option);
                }
            }
            self.checked.inputs.push(options);
        }
        Ok(())
    }

    fn virtual_option(&mut self, flag: &Flag) -> Result<(), Refusal> {
        match flag.option.trim() {
            "@text-overlay" => self.checked.overlays.push(TextOverlay::parse(flag.argument.as_ref())?),
            "@quote-card" if self.checked.card.is_none() => {
                let card = Card::parse(flag.argument.as_ref(), self.checked.format)?;
                self.addresses.extend(card.photo.clone());
                self.checked.addresses = self.addresses.iter().cloned().collect();
                self.checked.card = Some(card);
            }
            "@quote-card" => return Err(Refusal::option("@quote-card", "stands there twice; one card is one file")),
            other => return Err(Refusal::option(other, "is not known; there are `@text-overlay` and `@quote-card`")),
        }
        Ok(())
    }

    fn output(&mut self, flag: &Flag) -> Result<(), Refusal> {
        let Read::Used(option) = flags::read(flag, Place::Output, self.checked.format)? else { return Ok(()) };
        let text = option.argument.clone().unwrap_or_default();
        let video = option.stream.as_deref().is_none_or(|stream| stream.starts_with(['v', 'V', '0']));
        match option.does {
            Does::FilterComplex => return self.complex(&text, &flag.option),
            Does::FilterVideo => self.checked.video = Some(self.simple(&text, &flag.option)?),
            Does::FilterAudio => self.checked.audio = Some(self.simple(&text, &flag.option)?),
            Does::Filter if video => self.checked.video = Some(self.simple(&text, &flag.option)?),
            Does::Filter => self.checked.audio = Some(self.simple(&text, &flag.option)?),
            _ => self.checked.outputs.push(option),
        }
        Ok(())
    }

    fn complex(&mut self, text: &str, named: &str) -> Result<(), Refusal> {
        let graph = self.read(text).map_err(|refusal| refusal.of(named))?;
        self.checked.complex.push(graph);
        Ok(())
    }

    fn simple(&mut self, text: &str, named: &str) -> Result<Graph, Refusal> {
        let graph = self.read(text).map_err(|refusal| refusal.of(named))?;
        let stray = |labels: Vec<String>, own: &str| labels.into_iter().any(|label| label != own);
        if stray(graph.open_inputs(), "in") || stray(graph.open_outputs(), "out") {
            let why = "has labels that lead out of it; with several inputs or outputs use `-filter_complex`";
            return Err(Refusal::graph(why).of(named));
        }
        Ok(graph)
    }

    fn read(&mut self, text: &str) -> Result<Graph, Refusal> {
        let graph = graph::parse(text)?;
        self.addresses.extend(filters::check(&graph)?);
        self.checked.addresses = self.addresses.iter().cloned().collect();
        Ok(graph)
    }
}

/// What cannot stand beside what.
fn together(checked: &Checked) -> Result<(), Refusal> {
    if checked.inputs.is_empty() && checked.card.is_none() {
        return Err(Refusal::request("there are no inputs"));
    }
    if checked.card.is_some() {
        let other = checked.outputs.first().map(|option| option.written.as_str());
        let graph = checked.video.is_some() || checked.audio.is_some() || !checked.complex.is_empty();
        if let Some(other) =
            other.or(graph.then_some("filters")).or((!checked.overlays.is_empty()).then_some("@text-overlay"))
        {
            return Err(Refusal::option(
                other,
                "cannot stand beside `@quote-card`, which makes the whole file by itself",
            ));
        }
        if checked.inputs.len() > 1 || checked.inputs.iter().any(|options| !options.is_empty()) {
            return Err(Refusal::option(
                "@quote-card",
                "takes at most one input, without options, as what is behind the words",
            ));
        }
        return Ok(());
    }
    let copies = checked.codec('v') == Some("copy");
    let films = matches!(checked.format.holds(), Holds::Film | Holds::Still | Holds::Animation);
    if !checked.overlays.is_empty() {
        if !checked.complex.is_empty() {
            return Err(Refusal::option(
                "@text-overlay",
                "cannot stand beside `-filter_complex` or `filters`; use the filter `drawtext` there",
            ));
        }
        if !films || checked.without('v') {
            return Err(Refusal::option("@text-overlay", "needs a picture, and the output has none"));
        }
    }
    if copies && (checked.video.is_some() || !checked.overlays.is_empty()) {
        return Err(Refusal::option("-c:v", "is `copy`, so nothing can be drawn or filtered; leave it out"));
    }
    if checked.codec('a') == Some("copy") && checked.audio.is_some() {
        return Err(Refusal::option("-c:a", "is `copy`, so nothing can be filtered; leave it out"));
    }
    if checked.joins() && (copies || checked.codec('a') == Some("copy")) {
        return Err(Refusal::option(
            "-c",
            "is `copy`, but several inputs are joined by encoding them anew; leave it out, or choose streams with `-map`",
        ));
    }
    if !checked.complex.is_empty() && (checked.video.is_some() || checked.audio.is_some()) {
        let why = "cannot stand beside `-vf` or `-af` here; write those filters into the graph too";
        return Err(Refusal::option("-filter_complex", why));
    }
    Ok(())
}

/// Graphs and maps may name only streams of the inputs that there are.
fn inputs_of_graphs(checked: &Checked) -> Result<(), Refusal> {
    let count = checked.inputs.len();
    let beyond = |text: &str| {
        let file = text.trim_start_matches('-').split(':').next().unwrap_or_default();
        file.parse::<usize>().is_ok_and(|file| file >= count)
    };
    let made: BTreeSet<String> = checked.complex.iter().flat_map(Graph::open_outputs).collect();
    for label in checked.complex.iter().flat_map(Graph::open_inputs) {
        let stream = label.starts_with(|c: char| c.is_ascii_digit());
        if stream && beyond(&label) {
            return Err(Refusal::graph(format!(
                "uses `[{label}]`, but there are only {count} inputs, numbered from 0"
            )));
        }
        if !stream && !made.contains(&label) {
            return Err(Refusal::graph(format!("uses `[{label}]`, which nothing makes")));
        }
    }
    for option in checked.outputs.iter().filter(|option| option.does == Does::Map) {
        let text = option.argument.as_deref().unwrap_or_default();
        match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            Some(label) if !made.contains(label) && !label.starts_with(|c: char| c.is_ascii_digit()) => {
                return Err(Refusal::option("-map", format!("names `[{label}]`, which no filter graph makes")));
            }
            None if beyond(text) => {
                return Err(Refusal::option(
                    "-map",
                    format!("names an input that is not there; there are {count}, numbered from 0"),
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// What goes on without end needs something that ends it.
fn ending(checked: &Checked) -> Result<(), Refusal> {
    let ends = [Does::Duration, Does::Until, Does::Shortest, Does::Frames, Does::MoreSize];
    let ended = ends.into_iter().any(|does| checked.has(does)) || matches!(checked.format.holds(), Holds::Still);
    let graphs = || checked.complex.iter().chain(&checked.video).chain(&checked.audio);
    if ended || graphs().any(shape::ends) {
        return Ok(());
    }
    let why = "goes on without end; say where it ends, with `-t` or `-shortest` in the request's `options`";
    if let Some(Filter { name, .. }) = graphs().find_map(shape::endless) {
        return Err(Refusal::filter(name, why));
    }
    for options in &checked.inputs {
        let cut = options.iter().any(|option| matches!(option.does, Does::Duration | Does::Until));
        let loops = |option: &&Opt| {
            let text = option.argument.as_deref().unwrap_or_default();
            match (option.does, option.base) {
                (Does::LoopInput, "stream_loop") => text.starts_with('-'),
                (Does::LoopInput, _) => matches!(text, "0" | "false" | "off"),
                // A picture among several is shown for a while, not for ever.
                (Does::LoopStill, _) => matches!(text, "1" | "true" | "on") && !checked.joins(),
                _ => false,
            }
        };
        if let Some(option) = options.iter().find(loops).filter(|_| !cut) {
            return Err(Refusal::option(&option.written, why));
        }
    }
    Ok(())
}

/// Writes out what is used.
fn finish(mut checked: Checked) -> Checked {
    checked.options = arguments::written_out(&checked);
    checked
}
