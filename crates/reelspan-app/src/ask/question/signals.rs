//! Questions about what was measured and not said: laughter, loudness, silence, shots.

use crate::ask::tokens::{Language, Token, is_frame, is_stop};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Signal {
    Laughter,
    Applause,
    Music,
    Loudest,
    Silence,
    Shots,
    Scenes,
    Black,
    Frozen,
    Motion,
    Faces,
    Screen,
    Speakers,
    Length,
    /// Size, frame rate, language.
    About,
    /// The clips that were chosen.
    Best,
}

/// The words that name it (as beginnings of words), in several languages.
const CUES: &[(Signal, &str)] = &[
    (Signal::Laughter, "laugh lach rire rires rigol risa risas rien ridono ridere risat ris смех смея сме"),
    (Signal::Applause, "applau clap klatsch apploud aplau palmas апло хлоп"),
    (Signal::Music, "music musik musique musica muziek музык"),
    (Signal::Loudest, "loud noisiest volume lautest laut bruyant fuerte ruidos forte rumoros alto luidst громк"),
    (Signal::Silence, "silen quiet pause stille leise schweig calme silenc pausa stil тиш тих пауз"),
    (
        Signal::Shots,
        "shot cut schnitt einstellung plan plans coupe coupes toma tomas corte cortes inquadratur taglio tagli plano planos кадр склей",
    ),
    (Signal::Scenes, "scene szene escena scena cena сцен"),
    (Signal::Black, "black schwarz noir negro nero preto zwart черн"),
    (Signal::Frozen, "frozen freez still standbild eingefroren fige congel bloccat"),
    (Signal::Motion, "motion movement action bewegung mouvement movimiento movimento beweging движен"),
    (Signal::Faces, "face gesicht visage cara caras rostro volto volti rosto gezicht лиц"),
    (Signal::Screen, "slide screen folie bildschirm diapo ecran diapositiva pantalla schermo tela слайд экран"),
    (Signal::Speakers, "speaker speak talk sprecher spricht redet parle hablan habla parla fala spreker говор"),
    (Signal::Length, "long duration length lang lange dauer duree dure dura durata duracion duracao duur длит"),
    (
        Signal::About,
        "resolution resolucion auflosung risoluzione resolucao framerate fps dimension bildrate language sprache langue idioma lingua taal язык разрешени",
    ),
    (
        Signal::Best,
        "best highlight clip candidate interesting besten hohepunkt meilleur mejor miglior melhor beste лучш",
    ),
];
/// Words that belong to such a question and say nothing more.
const ALLOWED: &str = "many count number much most least loudest longest shortest biggest whole entire total average funny \
    audience crowd people public room played playing play hear heard sound sounds noise picture image black video frame frames \
    level peak highest seen visible shown displayed appear appears happen there someone anybody anyone everybody strong fast moving moves move moment second seconds \
    minute minutes hour hours temps tiempo tempo minuten stunden sekunden secondes heures minutos horas segundos minuti ore tijd \
    viele wieviele anzahl meisten publikum leute bild ton combien plus public image cuantos cuantas mas publico gente imagen quanti \
    quante piu pubblico gente immagine quantos quantas mais publico imagem hoeveel publiek beeld сколько больше всего публика";
const MINUTES: &str =
    "minute minutes hour hours seconds minuten stunden sekunden heures secondes minutos horas segundos minuti ore";
/// With these, the question is about what someone says of it.
const SPOKEN: &str = "say says said saying tell tells told explain explains explained mention mentions mentioned discuss discussed \
    discusses describe describes argue think thinks about called why sagt sagen gesagt erklart erzahlt uber warum dit dire explique \
    pourquoi dice decir explica porque perche spiega fala говорит сказал почему";

/// What the question asks for, if it asks for nothing else.
pub(crate) fn of(words: &[Token]) -> Option<Signal> {
    let (mut found, mut rest) = (None, 0);
    let asks_for_words = words.iter().any(|word| lists(SPOKEN, &word.text));
    let counts = words.iter().any(|word| {
        [
            "many",
            "viele",
            "wieviele",
            "combien",
            "cuantos",
            "cuantas",
            "quanti",
            "quante",
            "quantos",
            "quantas",
            "hoeveel",
            "сколько",
        ]
        .contains(&word.text.as_str())
    });
    for word in words {
        let cue = cue(&word.text);
        // "How long", "who speaks most" are cues of the weak kind: any other wins.
        match (found, cue) {
            (None | Some(Signal::Speakers | Signal::Length | Signal::About | Signal::Best), Some(signal)) => {
                found = Some(signal)
            }
            (_, Some(_)) => {}
            (_, None)
                if is_stop(&word.text, Language::English) || is_frame(&word.text) || lists(ALLOWED, &word.text) => {}
            (_, None) if Language::ALL.iter().any(|language| is_stop(&word.text, *language)) => {}
            (_, None) => rest += 1,
        }
    }
    // "How many minutes is it?"
    if found.is_none() && counts && words.iter().any(|word| lists(MINUTES, &word.text)) {
        found = Some(Signal::Length);
    }
    let signal = found.filter(|_| rest == 0 && !asks_for_words)?;
    let has = |list: &str| words.iter().any(|word| lists(list, &word.text));
    let sure = match signal {
        // "Who speaks most", "how many speakers"; "what is the talk" is no such question.
        Signal::Speakers => {
            counts
                || (has("who wer qui quien chi quem wie кто")
                    && has("most meisten plus mas piu mais meest longest больше first second"))
        }
        Signal::Length => {
            counts
                || has(
                    "how wie combien cuanto quanto hoe сколько duration length dauer duree durata duracion duracao duur",
                )
        }
        Signal::Black => {
            has("picture screen image frame video black frames bild image imagen immagine imagem beeld экран")
        }
        Signal::Frozen => has("picture image frame video frozen freezes freeze bild standbild"),
        _ => true,
    };
    sure.then_some(signal)
}

fn lists(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

fn cue(word: &str) -> Option<Signal> {
    let begins = |cue: &str| {
        let longer = word.len() >= cue.len() && word.starts_with(cue);
        // Short cues are whole words or nearly: "cut" is not "cute".
        longer
            && (cue.chars().count() >= 5
                || word.chars().count() <= cue.chars().count() + 3
                    && !["cute", "facet", "plane", "planet", "closet"].contains(&word))
    };
    CUES.iter().find(|(_, cues)| cues.split_whitespace().any(begins)).map(|(signal, _)| *signal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::tokens::tokens;

    #[track_caller]
    fn check(text: &str, signal: Option<Signal>) {
        assert_eq!(of(&tokens(text)), signal, "{text}");
    }

    #[test]
    fn questions_for_signals_are_told() {
        check("Where do they laugh?", Some(Signal::Laughter));
        check("when does the audience applaud", Some(Signal::Applause));
        check("What is the loudest moment?", Some(Signal::Loudest));
        check("When is it silent?", Some(Signal::Silence));
        check("How many shots are there?", Some(Signal::Shots));
        check("how many scenes", Some(Signal::Scenes));
        check("How long is the video?", Some(Signal::Length));
        check("How many minutes is it?", Some(Signal::Length));
        check("Combien de temps dure la vidéo ?", Some(Signal::Length));
        check("¿Cuánto dura el vídeo?", Some(Signal::Length));
        check("Wie lang ist die Aufnahme?", Some(Signal::Length));
        check("What resolution is the video?", Some(Signal::About));
        check("What language is it in?", Some(Signal::About));
        check("Who speaks the most?", Some(Signal::Speakers));
        check("What are the best moments?", Some(Signal::Best));
        check("Wo wird gelacht?", None);
        check("wo lachen die Leute", Some(Signal::Laughter));
        check("is there music?", Some(Signal::Music));
        check("where are slides shown", Some(Signal::Screen));
        check("where is the picture black", Some(Signal::Black));
    }

    #[test]
    fn questions_about_what_is_said_of_it_are_not() {
        for text in [
            "what does she say about silence",
            "why do they laugh at the price",
            "where does she explain the price?",
            "how long does the bread bake",
            "what did they discuss about music",
            "who is the speaker",
            "which scene in the novel is the saddest",
            "black holes",
        ] {
            check(text, None);
        }
    }
}
