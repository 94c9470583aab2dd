//! Writes a small language model in llama.cpp's own file format, a real llama, whose next token depends on the last one alone.
//!
//! Every token has a direction of its own in the embedding, attention and perceptron are zero, and the output turns the
//! direction of a token into the one that shall follow. The real loader, tokeniser, templates and samplers run over it in
//! milliseconds, and what it says is known.

use std::collections::BTreeMap;
use std::io::{self, Write};

/// At most so many tokens: each has one direction.
const WIDTH: usize = 512;
const HEADS: u32 = 8;
const HEAD_WIDTH: usize = WIDTH / HEADS as usize;
const HIDDEN: usize = 32;
const ALIGNMENT: usize = 32;
const UNKNOWN: usize = 0;
const BEGIN: usize = 1;
const END: usize = 2;
const FIRST_BYTE: usize = 3;
/// How much a wanted token is wanted: beside it, chance has nothing to say.
const WANTED: f32 = 2.0;

/// A chat template with marks that are tokens, ending in `<|assistant|>`.
pub const TEMPLATE: &str =
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}<|assistant|>";

/// One token of what the model says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// A word as vocabularies have it, `▁` for a space before it, or one of the marks. One word cannot come twice.
    Word(&'static str),
    /// A single byte, of which characters are made.
    Byte(u8),
    /// The end of the answer.
    End,
}

/// The model before it is written.
#[derive(Debug, Clone)]
pub struct Model {
    architecture: &'static str,
    template: Option<String>,
    context: u32,
    marks: Vec<&'static str>,
    words: Vec<&'static str>,
    follows: Vec<(String, Vec<Said>)>,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            architecture: "llama",
            template: Some(TEMPLATE.to_owned()),
            context: 4096,
            marks: vec!["<|system|>", "<|user|>", "<|assistant|>", "<|end|>"],
            words: vec!["▁"],
            follows: Vec::new(),
        }
    }
}

impl Model {
    /// Says these tokens, one after the other, once it has read `after` (a mark, a word, or one byte).
    pub fn says(mut self, after: &str, tokens: &[Said]) -> Self {
        for said in tokens {
            if let Said::Word(word) = said
                && !self.words.contains(word)
                && !self.marks.contains(word)
            {
                self.words.push(word);
            }
        }
        self.follows.push((after.to_owned(), tokens.to_vec()));
        self
    }

    /// What it calls itself; llama.cpp knows `llama`.
    pub fn architecture(mut self, architecture: &'static str) -> Self {
        self.architecture = architecture;
        self
    }

    /// Another chat template, or none.
    pub fn template(mut self, template: Option<&str>) -> Self {
        self.template = template.map(str::to_owned);
        self
    }

    /// How many tokens it sees at once.
    pub fn context(mut self, context: u32) -> Self {
        self.context = context;
        self
    }

    /// One more mark of its own, e.g. `<|im_start|>`.
    pub fn mark(mut self, mark: &'static str) -> Self {
        self.marks.push(mark);
        self
    }

    /// Writes the file.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let tokens = self.tokens();
        assert!(tokens.len() <= WIDTH, "the small model knows at most {WIDTH} tokens");
        let tensors = tensors(tokens.len());
        let mut head = Vec::new();
        head.extend(b"GGUF");
        head.extend(3_u32.to_le_bytes());
        let entries = self.entries(&tokens);
        head.extend((tensors.len() as u64).to_le_bytes());
        head.extend((entries.len() as u64).to_le_bytes());
        for (key, value) in &entries {
            text(&mut head, key);
            value.write(&mut head);
        }
        let mut offset = 0_u64;
        for tensor in &tensors {
            text(&mut head, &tensor.name);
            head.extend((tensor.shape.len() as u32).to_le_bytes());
            tensor.shape.iter().for_each(|&size| head.extend((size as u64).to_le_bytes()));
            let full = 0_u32;
            head.extend(full.to_le_bytes());
            head.extend(offset.to_le_bytes());
            offset += tensor.bytes().next_multiple_of(ALIGNMENT) as u64;
        }
        head.resize(head.len().next_multiple_of(ALIGNMENT), 0);
        out.write_all(&head)?;
        let follows = self.successors(&tokens);
        for tensor in &tensors {
            let mut bytes = tensor.fill(&follows);
            bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
            out.write_all(&bytes)?;
        }
        Ok(())
    }

    /// Every token with its kind.
    fn tokens(&self) -> Vec<(String, i32)> {
        let (normal, unknown, control, byte) = (1, 2, 3, 6);
        let mut tokens = vec![("<unk>".to_owned(), unknown), ("<s>".to_owned(), control), ("</s>".to_owned(), control)];
        tokens.extend((0..=255).map(|value| (format!("<0x{value:02X}>"), byte)));
        tokens.extend(self.words.iter().map(|word| ((*word).to_owned(), normal)));
        tokens.extend(self.marks.iter().map(|mark| ((*mark).to_owned(), control)));
        tokens
    }

    fn entries(&self, tokens: &[(String, i32)]) -> Vec<(String, Value)> {
        let own = |key: &str, value: u32| (format!("{}.{key}", self.architecture), Value::Number(value));
        let mut entries = vec![
            ("general.architecture".to_owned(), Value::Text(self.architecture.to_owned())),
            own("context_length", self.context),
            own("embedding_length", WIDTH as u32),
            own("block_count", 1),
            own("feed_forward_length", HIDDEN as u32),
            own("attention.head_count", HEADS),
            own("attention.head_count_kv", 1),
            own("rope.dimension_count", HEAD_WIDTH as u32),
            (format!("{}.attention.layer_norm_rms_epsilon", self.architecture), Value::Float(1e-6)),
        ];
        let tokeniser = [
            ("model", Value::Text("llama".to_owned())),
            ("tokens", Value::Texts(tokens.iter().map(|(text, _)| text.clone()).collect())),
            ("scores", Value::Floats(vec![0.0; tokens.len()])),
            ("token_type", Value::Numbers(tokens.iter().map(|(_, kind)| *kind).collect())),
            ("unknown_token_id", Value::Number(UNKNOWN as u32)),
            ("bos_token_id", Value::Number(BEGIN as u32)),
            ("eos_token_id", Value::Number(END as u32)),
            ("add_bos_token", Value::Yes(true)),
            ("add_space_prefix", Value::Yes(false)),
        ];
        entries.extend(tokeniser.map(|(key, value)| (format!("tokenizer.ggml.{key}"), value)));
        if let Some(template) = &self.template {
            entries.push(("tokenizer.chat_template".to_owned(), Value::Text(template.clone())));
        }
        entries
    }

    /// What comes after each token.
    fn successors(&self, tokens: &[(String, i32)]) -> BTreeMap<usize, usize> {
        let place = |text: &str| match text.as_bytes() {
            [byte] => FIRST_BYTE + usize::from(*byte),
            _ => tokens.iter().position(|(known, _)| known == text).unwrap_or(UNKNOWN),
        };
        let mut successors = BTreeMap::new();
        for (after, said) in &self.follows {
            let mut last = place(after);
            for said in said {
                let next = match said {
                    Said::Word(word) => place(word),
                    Said::Byte(byte) => FIRST_BYTE + usize::from(*byte),
                    Said::End => END,
                };
                let before = successors.insert(last, next);
                assert!(before.is_none_or(|before| before == next), "two things cannot follow one token");
                last = next;
            }
        }
        successors
    }
}

enum Value {
    Number(u32),
    Float(f32),
    Yes(bool),
    Text(String),
    Texts(Vec<String>),
    Floats(Vec<f32>),
    Numbers(Vec<i32>),
}

impl Value {
    fn write(&self, out: &mut Vec<u8>) {
        let list = |out: &mut Vec<u8>, kind: u32, count: usize| {
            out.extend(9_u32.to_le_bytes());
            out.extend(kind.to_le_bytes());
            out.extend((count as u64).to_le_bytes());
        };
        match self {
            Self::Number(value) => {
                out.extend(4_u32.to_le_bytes());
                out.extend(value.to_le_bytes());
            }
            Self::Float(value) => {
                out.extend(6_u32.to_le_bytes());
                out.extend(value.to_le_bytes());
            }
            Self::Yes(value) => {
                out.extend(7_u32.to_le_bytes());
                out.push(u8::from(*value));
            }
            Self::Text(value) => {
                out.extend(8_u32.to_le_bytes());
                text(out, value);
            }
            Self::Texts(values) => {
                list(out, 8, values.len());
                values.iter().for_each(|value| text(out, value));
            }
            Self::Floats(values) => {
                list(out, 6, values.len());
                values.iter().for_each(|value| out.extend(value.to_le_bytes()));
            }
            Self::Numbers(values) => {
                list(out, 5, values.len());
                values.iter().for_each(|value| out.extend(value.to_le_bytes()));
            }
        }
    }
}

fn text(out: &mut Vec<u8>, value: &str) {
    out.extend((value.len() as u64).to_le_bytes());
    out.extend(value.as_bytes());
}

struct Tensor {
    name: String,
    /// The fastest first, as ggml has it.
    shape: Vec<usize>,
    content: Fill,
}

#[derive(Clone, Copy)]
enum Fill {
    Zero,
    One,
    /// Each token its own direction.
    Directions,
    /// From a token's direction to what follows it.
    Successors,
}

impl Tensor {
    fn bytes(&self) -> usize {
        4 * self.shape.iter().product::<usize>()
    }

    fn fill(&self, follows: &BTreeMap<usize, usize>) -> Vec<u8> {
        let mut values = match self.content {
            Fill::One => vec![1.0_f32; self.bytes() / 4],
            _ => vec![0.0; self.bytes() / 4],
        };
        match self.content {
            Fill::Directions => (0..self.shape[1]).for_each(|token| values[token * WIDTH + token] = 1.0),
            Fill::Successors => follows.iter().for_each(|(token, next)| values[next * WIDTH + token] = WANTED),
            Fill::Zero | Fill::One => {}
        }
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }
}

fn tensors(tokens: usize) -> Vec<Tensor> {
    let tensor =
        |name: &str, shape: &[usize], content| Tensor { name: name.to_owned(), shape: shape.to_vec(), content };
    vec![
        tensor("token_embd.weight", &[WIDTH, tokens], Fill::Directions),
        tensor("output_norm.weight", &[WIDTH], Fill::One),
        tensor("output.weight", &[WIDTH, tokens], Fill::Successors),
        tensor("blk.0.attn_norm.weight", &[WIDTH], Fill::One),
        tensor("blk.0.attn_q.weight", &[WIDTH, WIDTH], Fill::Zero),
        tensor("blk.0.attn_k.weight", &[WIDTH, HEAD_WIDTH], Fill::Zero),
        tensor("blk.0.attn_v.weight", &[WIDTH, HEAD_WIDTH], Fill::Zero),
        tensor("blk.0.attn_output.weight", &[WIDTH, WIDTH], Fill::Zero),
        tensor("blk.0.ffn_norm.weight", &[WIDTH], Fill::One),
        tensor("blk.0.ffn_gate.weight", &[WIDTH, HIDDEN], Fill::Zero),
        tensor("blk.0.ffn_up.weight", &[WIDTH, HIDDEN], Fill::Zero),
        tensor("blk.0.ffn_down.weight", &[HIDDEN, WIDTH], Fill::Zero),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_as_long_as_its_head_says() {
        let model = Model::default().says("<|assistant|>", &[Said::Word("▁Yes"), Said::Byte(b'.'), Said::End]);
        let mut file = Vec::new();
        model.write(&mut file).unwrap();
        assert_eq!(file[..4], *b"GGUF");
        let weights: usize = tensors(model.tokens().len()).iter().map(|tensor| tensor.bytes()).sum();
        assert_eq!(weights % ALIGNMENT, 0);
        assert!(file.len() > weights && file.len() < weights + 20_000, "{} {weights}", file.len());
    }

    #[test]
    fn what_follows_is_one_chain() {
        let model = Model::default().says("<|assistant|>", &[Said::Word("▁Yes"), Said::Byte(b'.'), Said::End]);
        let tokens = model.tokens();
        let answer = tokens.len() - 2;
        assert_eq!(tokens[answer].0, "<|assistant|>");
        let (dot, yes) = (FIRST_BYTE + usize::from(b'.'), FIRST_BYTE + 256 + 1);
        let chain = BTreeMap::from([(answer, yes), (yes, dot), (dot, END)]);
        assert_eq!(model.successors(&tokens), chain);
    }
}
