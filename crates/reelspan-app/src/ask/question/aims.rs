//! Questions about the whole and about who is there. Their words name nothing that could be searched for: "what is the talk
//! about" is not a question about talking.

use crate::ask::tokens::{Language, Token, is_frame, is_stop};

/// What a question is after, beside what was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    /// What its words name.
    Words,
    /// What is spoken of, in order.
    Outline,
    /// Who is there.
    People,
}

/// The recording itself.
const RECORDING: &str = "audio broadcast call clip conference content contents conversation debate dialogue discussion document episode \
    file film footage interview keynote lecture material meeting movie panel podcast presentation project programme program \
    recording session show speech stream talk tape transcript video webinar \
    aufnahme aufzeichnung beitrag besprechung datei diskussion folge gesprach mitschnitt prasentation rede referat sendung sitzung \
    unterhaltung vortrag \
    conversation emission enregistrement entretien expose fichier reunion video \
    archivo charla conferencia conversacion discurso entrevista grabacion pelicula ponencia reunion sesion \
    conferenza conversazione discorso filmato intervista registrazione riunione \
    apresentacao conversa filme gravacao palestra \
    aflevering bestand gesprek lezing opname toespraak vergadering \
    беседа видео выступление доклад запись интервью лекция речь ролик фильм";
/// Asks for the whole in itself.
const OUTLINES: &str = "bullet chapter chapters gist highlevel keypoints nutshell outline overview recap summaries summarise summarised \
    summarize summarized summary synopsis takeaway takeaways theme themes tldr topic topics \
    gliederung inhalt inhaltsangabe kapitel stichpunkte stichworte thema themen uberblick ubersicht wovon worum zusammenfassen \
    zusammenfassung \
    agit apercu chapitre chapitres resume resumer resumez sommaire sujet sujets synthese \
    capitulo capitulos esquema resumelo resumen resumeme resumir sintesis tema temas trata \
    argomenti argomento capitoli riassumi riassunto riepilogo sintesi tratta topicos resumo resuma assunto assuntos \
    hoofdstukken onderwerp onderwerpen overzicht samenvatting \
    главы кратко обзор содержание тема темы";
/// What else such a question is made of.
const ASKING: &str = "begin begins cover covered covers deal deals entire essence essential key list main major overall please quick \
    quickly short shortly simple start subject touch whole brief briefly bulleted bullets points summed sum tl dr \
    bitte fass fasse fassen ganze ganzen gehts geht handelt hauptpunkte kurz kurze nenne passiert wichtigsten zusammen \
    bref brievement donne faits grandes lignes moi passe points principal principales principaux produit stp plait vous \
    breve brevemente cuales dame haz ocurre pasa principales puntos favor \
    breve dammi fammi principali punti succede acontece faz principais pontos \
    belangrijkste gaat gebeurt waar geef korte punten \
    происходит коротко основные главное";
const WHO: &str = "who whos whom wer wen qui quien quienes chi quem кто";
/// What people in a recording do, and what they are called.
const PRESENCE: &str = "appear appearing appears attend attending attended guest guests heard host hosts hosting involved moderator name \
    named names participant participants participate participates people person persons present presenter presenters presenting \
    presents seen speak speaker speakers speaking speaks talk talking talks voice voices \
    anwesend dabei gast gaste heisst moderator name namen person personen redet reden redner rednerin spricht sprechen sprecher \
    sprecherin sprecherinnen teilnehmer zu sehen horen \
    appelle entend invite invites intervenant intervenante intervenants nom noms orateur oratrice parle parlent participants \
    personnes presente voit \
    aparece aparecen habla hablan hablando hablante hablantes invitado invitados locutor nombre nombres orador oradora ponente \
    ponentes personas participa participan \
    parla parlando parlano nome nomi ospite persone relatore fala falam falando convidado pessoas \
    naam namen praat praten spreker sprekers говорит говорят выступает имя участники";

fn lists(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

/// Whether a word names the recording, asks for the whole or fills such a question: never what is searched for.
pub(crate) fn is_meta(word: &str) -> bool {
    lists(RECORDING, word) || lists(OUTLINES, word)
}

pub(crate) fn of(words: &[Token], likely: &[Language]) -> Aim {
    let own = Language::of_question(words, likely);
    let grammar =
        |word: &str| own.is_some_and(|own| is_stop(word, own)) || (own.is_none() && is_stop(word, Language::English));
    let core: Vec<&str> = words.iter().map(|word| word.text.as_str()).filter(|word| !grammar(word)).collect();
    let has = |list: &str| words.iter().any(|word| lists(list, &word.text));
    let every =
        |lists_of: &[&str]| core.iter().all(|word| is_frame(word) || lists_of.iter().any(|list| lists(list, word)));
    if words.is_empty() || !every(&[RECORDING, OUTLINES, ASKING, PRESENCE, WHO]) {
        return Aim::Words;
    }
    if asks_who(words, &core, has(WHO)) {
        return Aim::People;
    }
    let whole = [RECORDING, OUTLINES, ASKING];
    // Split where it is pointed.
    let tldr = core == ["tl", "dr"];
    if has(OUTLINES) || ends_about(words) || tldr {
        return Aim::Outline;
    }
    // "What happens in the video?", "De quoi parle la vidéo ?", "what do they discuss": nothing is left but the recording.
    let named = core.iter().any(|word| lists(RECORDING, word));
    let happens = has(
        "happen happens happened happening going passiert geschieht passe pasa ocurre succede acontece gebeurt происходит",
    );
    let spoken = has("de worüber woruber wovon uber over sobre di о o")
        && has("parle parlent habla hablan parla parlano fala falam spricht sprechen gaat va geht говорят говорит");
    let of_what = has("what was que quoi cosa che wat что")
        && has(
            "discuss discussed discusses discussing talk talked talking covered said besprochen diskutiert gesagt gesprochen dit dice",
        );
    let someone = has("he she him her er ihn elle el ella lui lei ele ela он она");
    if (named && every(&whole)) || ((happens || spoken || of_what) && !someone) { Aim::Outline } else { Aim::Words }
}

/// "Who speaks?", "what is the speaker's name?", "who is it?"; "who said that?" asks for a passage.
fn asks_who(words: &[Token], core: &[&str], who: bool) -> bool {
    let said = words.iter().any(|word| {
        lists("say says said saying told mention mentioned asked sagt sagte gesagt dit dijo dice", &word.text)
    });
    let there = core.iter().any(|word| lists(PRESENCE, word));
    let named = words.iter().any(|word| lists("name names named heisst namen nom noms appelle nombre nombres nome naam имя", &word.text))
        && words.iter().any(|word| lists("speaker speakers speaks presenter host guest guests person people sprecher redner orateur intervenant orador ponente relatore spreker", &word.text));
    let nothing_else = core.iter().all(|word| lists(RECORDING, word) || lists(WHO, word));
    !said && (named || (who && (there || nothing_else)))
}

/// "What is it about", "what's this talk all about": an `about` with nothing behind it but the recording.
fn ends_about(words: &[Token]) -> bool {
    let Some(at) = words.iter().rposition(|word| word.text == "about") else { return false };
    let rest = &words[at + 1..];
    let recording = rest.iter().any(|word| lists(RECORDING, &word.text));
    // "And what about it?" goes on from what was asked before.
    let verb = words[..at].iter().any(|word| {
        lists("is s are was were does do did tell talk talks talked talking speak speaks know say said re", &word.text)
    });
    verb && (rest.is_empty() || recording)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::tokens::tokens;

    #[track_caller]
    fn check(texts: &[&str], aim: Aim) {
        let read = |text: &str| of(&tokens(text), &[Language::English]);
        let wrong: Vec<(&str, Aim)> =
            texts.iter().map(|text| (*text, read(text))).filter(|(_, found)| *found != aim).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn questions_about_the_whole_are_told() {
        check(
            &[
                "What is the talk about?",
                "what's this video about",
                "What is it all about?",
                "Summarise this",
                "Summarize the meeting, please.",
                "Give me a short summary of the recording",
                "summary",
                "What are the main topics?",
                "What are the key points of this talk?",
                "What topics do they discuss in the meeting?",
                "What do they talk about?",
                "What happens in the video?",
                "what is discussed",
                "Tell me about this video.",
                "Describe the recording",
                "tl;dr",
                "List the chapters",
                "Worum geht es in dem Vortrag?",
                "Wovon handelt das Video?",
                "Fasse das Gespräch bitte kurz zusammen.",
                "Was ist das Thema?",
                "Was passiert in dem Video?",
                "De quoi parle cette vidéo ?",
                "De quoi s'agit-il ?",
                "Résume la vidéo",
                "Quel est le sujet de la réunion ?",
                "Que se passe-t-il dans la vidéo ?",
                "¿De qué trata el vídeo?",
                "¿De qué habla la charla?",
                "Haz un resumen de la reunión",
                "¿Qué pasa en el video?",
                "Di cosa parla il video?",
                "Waar gaat de video over?",
                "О чём это видео?",
            ],
            Aim::Outline,
        );
    }

    #[test]
    fn questions_for_who_is_there_are_told() {
        check(
            &[
                "Who speaks?",
                "Who is the speaker?",
                "who is speaking in the video",
                "Who are the participants?",
                "What is the speaker's name?",
                "Who is it?",
                "Wer spricht?",
                "Wer ist die Rednerin?",
                "Qui parle dans la vidéo ?",
                "¿Quién habla?",
                "¿Quiénes son los ponentes?",
                "Chi parla?",
            ],
            Aim::People,
        );
    }

    #[test]
    fn questions_that_name_something_are_searched_for_it() {
        check(
            &[
                "Where does she explain the price?",
                "Summarise what she says about the price",
                "What is said about the talk show host Letterman?",
                "Who speaks about bees?",
                "Who said that?",
                "And why?",
                "What about it?",
                "what did she say about the video camera",
                "Worum geht es bei der Krankenversicherung?",
                "De quoi parle Marie avec les abeilles ?",
                "¿Qué dice sobre el precio?",
                "What did he say?",
                "honey",
            ],
            Aim::Words,
        );
    }
}
