//! Writes a small speech model in whisper.cpp's own file format that says one known sentence, whatever it hears.
//!
//! Every layer is zero, so what comes next depends on the position alone: the positional embedding of a place points at
//! the token that shall follow there. The real loader and the real decoder run over it, on any sound, in a second.

use std::io::{self, Write};

const MAGIC: u32 = 0x6767_6d6c;
const STATE: usize = 64;
const HEADS: i32 = 2;
const AUDIO_LAYERS: usize = 4;
const TEXT_LAYERS: usize = 1;
const AUDIO_CONTEXT: usize = 1500;
const TEXT_CONTEXT: usize = 448;
const MELS: usize = 80;
const SPECTRUM: usize = 201;
/// The smallest multilingual vocabulary: 50257 texts, then 99 languages, tasks and 1501 times.
const TEXTS: usize = 50_257;
const TOKENS: usize = 51_865;
const END: usize = 50_257;
const FIRST_LANGUAGE: usize = 50_259;
const FIRST_TIME: usize = 50_364;
/// `[start] [language] [transcribe]` come before what is said.
const PROMPT: usize = 3;

/// One token of the sentence.
#[derive(Debug, Clone, Copy)]
pub enum Said {
    /// A moment in seconds, in steps of 0.02.
    At(f64),
    /// Text as whisper writes it: a space begins a word.
    Text(&'static str),
    /// A byte that is no text on its own.
    Bytes(&'static [u8]),
}

/// Where the language stands in whisper's list.
#[derive(Debug, Clone, Copy)]
pub enum Language {
    English = 0,
    Chinese = 1,
    German = 2,
}

/// Writes a model that hears `language` and says `sentence`, which begins and ends with a time.
pub fn write(out: &mut impl Write, language: Language, sentence: &[Said]) -> io::Result<()> {
    let mut texts: Vec<Vec<u8>> = (0..TEXTS).map(|id| format!("t{id}").into_bytes()).collect();
    // The decoder asks for the blank by name and falls without it.
    texts[220] = b" ".to_vec();
    texts[256..256 + sentence.len()].iter_mut().zip(sentence).for_each(|(text, said)| match said {
        Said::At(_) => {}
        Said::Text(said) => *text = said.as_bytes().to_vec(),
        Said::Bytes(said) => *text = said.to_vec(),
    });
    let mut next = vec![END; TEXT_CONTEXT];
    next[0] = FIRST_LANGUAGE + language as usize;
    for (place, said) in sentence.iter().enumerate() {
        next[PROMPT - 1 + place] = match said {
            Said::At(seconds) => FIRST_TIME + (seconds * 50.0).round() as usize,
            Said::Text(_) | Said::Bytes(_) => 256 + place,
        };
    }

    out.write_all(&MAGIC.to_le_bytes())?;
    let f16 = 1;
    let sizes = [TOKENS, AUDIO_CONTEXT, STATE].map(|size| size as i32);
    numbers(out, &sizes)?;
    numbers(out, &[HEADS, AUDIO_LAYERS as i32, TEXT_CONTEXT as i32, STATE as i32])?;
    numbers(out, &[HEADS, TEXT_LAYERS as i32, MELS as i32, f16])?;
    numbers(out, &[MELS as i32, SPECTRUM as i32])?;
    out.write_all(&vec![0; MELS * SPECTRUM * 4])?;
    numbers(out, &[TEXTS as i32])?;
    for text in &texts {
        out.write_all(&(text.len() as u32).to_le_bytes())?;
        out.write_all(text)?;
    }
    encoder(out)?;
    decoder(out, &next)
}

fn encoder(out: &mut impl Write) -> io::Result<()> {
    floats(out, "encoder.positional_embedding", &[STATE, AUDIO_CONTEXT], 0.0)?;
    halves(out, "encoder.conv1.weight", &[3, MELS, STATE])?;
    floats(out, "encoder.conv1.bias", &[1, STATE], 0.0)?;
    halves(out, "encoder.conv2.weight", &[3, STATE, STATE])?;
    floats(out, "encoder.conv2.bias", &[1, STATE], 0.0)?;
    norm(out, "encoder.ln_post")?;
    for layer in 0..AUDIO_LAYERS {
        let block = format!("encoder.blocks.{layer}");
        perceptron(out, &block)?;
        attention(out, &format!("{block}.attn"))?;
    }
    Ok(())
}

fn decoder(out: &mut impl Write, next: &[usize]) -> io::Result<()> {
    let tokens: Vec<f32> = noise().take(TOKENS * STATE).collect();
    let mut places = Vec::with_capacity(TEXT_CONTEXT * STATE);
    for &token in next {
        // Twenty times the token's own direction drowns the token that came before.
        places.extend(tokens[token * STATE..][..STATE].iter().map(|value| value * 20.0));
    }
    head(out, "decoder.positional_embedding", &[STATE, TEXT_CONTEXT], 0)?;
    places.iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))?;
    head(out, "decoder.token_embedding.weight", &[STATE, TOKENS], 1)?;
    let halves: Vec<u8> = tokens.iter().flat_map(|&value| half(value).to_le_bytes()).collect();
    out.write_all(&halves)?;
    norm(out, "decoder.ln")?;
    for layer in 0..TEXT_LAYERS {
        let block = format!("decoder.blocks.{layer}");
        perceptron(out, &block)?;
        attention(out, &format!("{block}.attn"))?;
        attention(out, &format!("{block}.cross_attn"))?;
    }
    Ok(())
}

fn perceptron(out: &mut impl Write, block: &str) -> io::Result<()> {
    norm(out, &format!("{block}.mlp_ln"))?;
    halves(out, &format!("{block}.mlp.0.weight"), &[STATE, 4 * STATE])?;
    floats(out, &format!("{block}.mlp.0.bias"), &[4 * STATE], 0.0)?;
    halves(out, &format!("{block}.mlp.2.weight"), &[4 * STATE, STATE])?;
    floats(out, &format!("{block}.mlp.2.bias"), &[STATE], 0.0)
}

fn attention(out: &mut impl Write, name: &str) -> io::Result<()> {
    norm(out, &format!("{name}_ln"))?;
    for part in ["query", "key", "value", "out"] {
        halves(out, &format!("{name}.{part}.weight"), &[STATE, STATE])?;
        if part != "key" {
            floats(out, &format!("{name}.{part}.bias"), &[STATE], 0.0)?;
        }
    }
    Ok(())
}

fn norm(out: &mut impl Write, name: &str) -> io::Result<()> {
    floats(out, &format!("{name}.weight"), &[STATE], 1.0)?;
    floats(out, &format!("{name}.bias"), &[STATE], 0.0)
}

fn floats(out: &mut impl Write, name: &str, shape: &[usize], value: f32) -> io::Result<()> {
    head(out, name, shape, 0)?;
    out.write_all(&value.to_le_bytes().repeat(shape.iter().product()))
}

/// Zeros.
fn halves(out: &mut impl Write, name: &str, shape: &[usize]) -> io::Result<()> {
    head(out, name, shape, 1)?;
    out.write_all(&vec![0; 2 * shape.iter().product::<usize>()])
}

fn head(out: &mut impl Write, name: &str, shape: &[usize], kind: i32) -> io::Result<()> {
    numbers(out, &[shape.len() as i32, name.len() as i32, kind])?;
    shape.iter().try_for_each(|&size| numbers(out, &[size as i32]))?;
    out.write_all(name.as_bytes())
}

fn numbers(out: &mut impl Write, values: &[i32]) -> io::Result<()> {
    values.iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))
}

/// Values between -1 and 1, the same each time.
fn noise() -> impl Iterator<Item = f32> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    })
}

/// Half precision for values of ordinary size: the lower bits are cut off.
fn half(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = ((bits >> 16) & 0x8000) as u16;
    let exponent = ((bits >> 23) & 0xff) as i32 - 127 + 15;
    if exponent <= 0 { sign } else { sign | (exponent as u16) << 10 | ((bits >> 13) & 0x3ff) as u16 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_what_they_should_be() {
        for (value, bits) in [(1.0, 0x3c00), (-0.5, 0xb800), (0.0, 0), (0.333_251_95, 0x3555), (-1e-9, 0x8000)] {
            assert_eq!(half(value), bits, "{value}");
        }
    }

    #[test]
    fn the_same_model_each_time() {
        let sentence = [Said::At(0.0), Said::Text(" Hello"), Said::At(1.0)];
        let (mut one, mut two) = (Vec::new(), Vec::new());
        write(&mut one, Language::English, &sentence).unwrap();
        write(&mut two, Language::English, &sentence).unwrap();
        assert_eq!(one, two);
        assert_eq!(one[..4], *b"lmgg");
    }
}
