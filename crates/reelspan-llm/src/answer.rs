//! Loads the model, reads the messages, and writes the answer token by token.

use std::num::NonZeroU32;
use std::path::Path;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token::data::LlamaTokenData;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;
use reelspan_types::dialogue::{End, FailureCode, Line, Request, Why};

use crate::pieces::Pieces;
use crate::{Stop, gguf, machine, noise, prompt, say, watch};

/// Tokens that are read at once; between two such steps it is seen whether anybody still waits.
const STEP: usize = 256;
/// Contexts come in these sizes.
const GRAIN: u32 = 256;

/// A model in memory.
struct Loaded {
    backend: LlamaBackend,
    model: LlamaModel,
    bytes_a_token: u64,
}

/// Works the whole request off. Pieces go out as they come.
pub(crate) fn answer(request: &Request, file: &gguf::Model) -> Result<End, Stop> {
    let Some(loaded) = load(&request.model, file)? else {
        return Ok(End { why: Why::Cancelled, prompt_tokens: 0, answer_tokens: 0, template: None });
    };
    let prompt = prompt::lay_out(&loaded.model, &request.messages)?;
    let prompt_tokens = u32::try_from(prompt.tokens.len()).unwrap_or(u32::MAX);
    let end = |why, answer_tokens| End { why, prompt_tokens, answer_tokens, template: Some(prompt.template) };
    // A schema that cannot be kept to is better known before minutes of reading.
    let mut choice = Choice::new(&loaded.model, request)?;
    let size = context_size(&loaded, request, prompt_tokens)?;
    let mut context = loaded.context(size, request)?;
    if !read(&mut context, &prompt.tokens)? {
        return Ok(end(Why::Cancelled, 0));
    }
    let most = request.max_tokens.min(size - prompt_tokens);
    let mut pieces = Pieces::new(prompt.marks);
    let vocab = loaded.model.vocab();
    let mut batch = LlamaBatch::new(1, 1);
    for count in 0..most {
        if watch::cancelled() {
            return Ok(end(Why::Cancelled, count));
        }
        let token = choice.next(&context)?;
        if vocab.is_eog(token) {
            tell(pieces.finish());
            return Ok(end(Why::Stop, count));
        }
        let (text, ended) = pieces.push(&vocab.token_to_piece(token, false, None));
        tell(text);
        if ended {
            return Ok(end(Why::Stop, count + 1));
        }
        if count + 1 < most {
            let place = i32::try_from(prompt_tokens + count).unwrap_or(i32::MAX);
            batch.clear();
            batch.add(token, place, &[0], true).map_err(|_| broken())?;
            context.decode(&mut batch).map_err(|_| broken())?;
        }
    }
    tell(pieces.finish());
    Ok(end(Why::Length, most))
}

fn tell(text: String) {
    if !text.is_empty() {
        say(&Line::Piece(text.into()));
    }
}

fn broken() -> Stop {
    Stop::new(FailureCode::Failed, "llama.cpp failed over the model; try another one, or a smaller context")
}

/// None where nobody waits any more.
fn load(path: &Path, file: &gguf::Model) -> Result<Option<Loaded>, Stop> {
    machine::check_memory(file.bytes, "use a smaller model, or one that is quantised further (Q4_K_M)")?;
    if path.to_str().is_none() {
        return Err(Stop::new(FailureCode::BadModel, "the model's path must be UTF-8; rename it"));
    }
    let backend = LlamaBackend::init().map_err(|_| broken())?;
    say(&Line::Loading(0.0));
    let mut told = 0.0;
    let parameters = LlamaModelParams::default().with_n_gpu_layers(0).with_progress_callback(move |share| {
        // Every percent is enough.
        if share - told >= 0.01 {
            told = share;
            say(&Line::Loading(f64::from(share.clamp(0.0, 1.0))));
        }
        !watch::cancelled()
    });
    let loaded = LlamaModel::load_from_file(&backend, path, &parameters);
    if watch::cancelled() {
        return Ok(None);
    }
    let model = loaded.map_err(|_| {
        let kind = file.head.architecture();
        if noise::unknown_kind() {
            let message = format!("llama.cpp does not know models of the kind `{kind}`; choose another model");
            Stop::new(FailureCode::Unsupported, message)
        } else if noise::no_memory() {
            Stop::new(FailureCode::NoMemory, "there is not enough memory for the model; use a smaller one")
        } else {
            Stop::new(FailureCode::BadModel, "llama.cpp cannot load the model; fetch it again or choose another one")
        }
    })?;
    say(&Line::Loading(1.0));
    Ok(Some(Loaded { backend, model, bytes_a_token: file.head.bytes_a_token() }))
}

impl Loaded {
    fn context(&self, size: u32, request: &Request) -> Result<LlamaContext<'_>, Stop> {
        let mend = "ask for a smaller context or use a smaller model";
        machine::check_memory(self.bytes_a_token.saturating_mul(size.into()), mend)?;
        let threads = request.threads.map_or_else(machine::threads, |threads| threads.clamp(1, 512) as usize);
        let threads = i32::try_from(threads).unwrap_or(1);
        let parameters = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(size))
            .with_n_batch(STEP as u32)
            .with_n_ubatch(STEP as u32)
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        let context = self.model.new_context(&self.backend, parameters);
        context.map_err(|_| {
            Stop::new(FailureCode::NoMemory, format!("there is not enough memory for the context; {mend}"))
        })
    }
}

/// As large as the request needs, within what the model was trained for and what was asked.
fn context_size(loaded: &Loaded, request: &Request, prompt_tokens: u32) -> Result<u32, Stop> {
    let trained = loaded.model.n_ctx_train().max(GRAIN);
    let most = request.context.unwrap_or(trained).min(trained);
    if prompt_tokens >= most {
        let mend = if most < trained { "allow a larger context or ask about less" } else { "ask about less" };
        let message = format!("the messages are {prompt_tokens} tokens long and the model sees {most} at once; {mend}");
        return Err(Stop::new(FailureCode::TooLong, message));
    }
    let needed = prompt_tokens.saturating_add(request.max_tokens).saturating_add(1).next_multiple_of(GRAIN);
    Ok(needed.min(most))
}

/// Reads the prompt step by step. Says no where nobody waits any more.
fn read(context: &mut LlamaContext<'_>, tokens: &[LlamaToken]) -> Result<bool, Stop> {
    let mut batch = LlamaBatch::new(STEP, 1);
    for (number, step) in tokens.chunks(STEP).enumerate() {
        if watch::cancelled() {
            return Ok(false);
        }
        let begun = number * STEP;
        say(&Line::Reading(begun as f64 / tokens.len() as f64));
        batch.clear();
        for (place, token) in (begun..).zip(step) {
            let position = i32::try_from(place).map_err(|_| broken())?;
            batch.add(*token, position, &[0], place + 1 == tokens.len()).map_err(|_| broken())?;
        }
        context.decode(&mut batch).map_err(|_| broken())?;
    }
    say(&Line::Reading(1.0));
    Ok(true)
}

/// Which token comes next: what the model wants, within the grammar.
struct Choice {
    chain: LlamaSampler,
    grammar: Option<LlamaSampler>,
}

impl Choice {
    fn new(model: &LlamaModel, request: &Request) -> Result<Self, Stop> {
        let temperature = request.temperature.unwrap_or(0.0);
        let chain = if temperature > 0.0 {
            let cut = [LlamaSampler::top_k(40), LlamaSampler::top_p(0.95, 1), LlamaSampler::min_p(0.05, 1)];
            let draw = [LlamaSampler::temp(temperature), LlamaSampler::dist(request.seed.unwrap_or(0))];
            LlamaSampler::chain(cut.into_iter().chain(draw), true)
        } else {
            LlamaSampler::chain([LlamaSampler::greedy()], true)
        };
        let bad = |what: &str| Stop::new(FailureCode::BadSchema, format!("the {what} cannot be kept to; simplify it"));
        let grammar = match (&request.schema, &request.grammar) {
            (Some(_), Some(_)) => {
                return Err(Stop::new(FailureCode::BadRequest, "give a schema or a grammar, not both"));
            }
            (Some(schema), None) => {
                let grammar = llama_cpp_2::json_schema_to_grammar(schema).map_err(|_| bad("JSON schema"))?;
                Some(compact(&grammar))
            }
            (None, Some(grammar)) => Some(grammar.clone()),
            (None, None) => None,
        };
        let grammar = grammar.map(|text| LlamaSampler::grammar(model, &text, "root").map_err(|_| bad("grammar")));
        Ok(Self { chain, grammar: grammar.transpose()? })
    }

    /// The grammar looks at one token first, and at the whole vocabulary only if that one does not fit: it is slow.
    fn next(&mut self, context: &LlamaContext<'_>) -> Result<LlamaToken, Stop> {
        let mut all = context.token_data_array_ith(-1);
        if !all.data.iter().any(|token| token.logit().is_finite()) {
            return Err(Stop::new(FailureCode::BadModel, "the model computes no numbers; the file is damaged"));
        }
        let token = match &mut self.grammar {
            None => pick(&mut self.chain, &mut all)?,
            Some(grammar) => {
                let liked = pick(&mut self.chain, &mut all.clone())?;
                let mut alone = LlamaTokenDataArray::new(vec![LlamaTokenData::new(liked, 1.0, 0.0)], false);
                grammar.apply(&mut alone);
                if alone.data.iter().any(|token| token.logit().is_finite()) {
                    liked
                } else {
                    grammar.apply(&mut all);
                    all.data.retain(|token| token.logit().is_finite());
                    pick(&mut self.chain, &mut all).map_err(|_| {
                        Stop::new(FailureCode::BadSchema, "the model's vocabulary cannot write what the schema wants")
                    })?
                }
            }
        };
        self.chain.accept(token);
        if let Some(grammar) = &mut self.grammar {
            grammar.try_accept(token).map_err(|_| broken())?;
        }
        Ok(token)
    }
}

/// A grammar for JSON without line breaks and indents, which would only take time.
fn compact(grammar: &str) -> String {
    let rule =
        |line: &str| if line.starts_with("space ::=") { "space ::= \" \"?\n".into() } else { format!("{line}\n") };
    grammar.lines().map(rule).collect()
}

fn pick(chain: &mut LlamaSampler, tokens: &mut LlamaTokenDataArray) -> Result<LlamaToken, Stop> {
    if tokens.data.is_empty() {
        return Err(broken());
    }
    chain.apply(tokens);
    tokens.selected_token().ok_or_else(broken)
}
