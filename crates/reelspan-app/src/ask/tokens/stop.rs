//! Words that carry grammar or only frame a question, by language, in folded form.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Language;

const ENGLISH: &str = "a about above after again all also am an and any are aren as at be because been before being below \
    between both but by can cannot could couldn d did didn do does doesn doing don down during each either few for from further \
    get gets getting got had hadn has hasn have haven having he her here hers herself him himself his how i if in into is isn it \
    its itself just let ll m may maybe me might mm more most must my myself need no nor not now o of off oh ok okay on once one \
    only or other our ours ourselves out over own per re really s same shall she should shouldn so some such t than that the \
    their theirs them themselves then there these they this those though through to too uh uhm um under until up upon us ve very \
    was wasn we well were weren what whatever when where whether which while who whom whose why will with within without won \
    would wouldn yeah yes yet you your yours yourself kind sort lot like gonna wanna actually basically quite right";
const GERMAN: &str = "aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis bist da damit \
    dann das dass dein deine dem den denn der des dessen dich die dies diese diesem diesen dieser dieses dir doch dort du durch ein \
    eine einem einen einer eines er es etwas euch euer fur gegen hab habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen \
    ihr ihre ihrem ihren ihrer im in ins ist ja jede jedem jeden jeder jedes jetzt kann kein keine keinem keinen keiner konnen \
    konnte machen man mehr mein meine meinem meinen meiner mich mir mit muss mussen nach nein nicht nichts noch nun nur ob oder \
    ohne schon sehr sein seine seinem seinen seiner seit sich sie sind so soll sollen sollte sondern sonst uber um und uns unser \
    unsere unter viel vom von vor wahrend war waren warst was weil weiter welche welchem welchen welcher welches wenn wer werde \
    werden wessen wie wieder will wir wird wo woher wohin wollen worden wurde wurden zu zum zur zwar zwischen halt eben mal aah";
const FRENCH: &str = "a ai aie ainsi alors apres as au aucun aussi autre autres aux avait avaient avant avec avoir c ca car ce \
    ceci cela celle celles celui ces cet cette ceux chaque chez comme comment d dans de des deux donc du elle elles en encore entre \
    es est et etait etaient ete etre eu eux fait faire fois font hors il ils j je jusqu l la le les leur leurs lui m ma mais me \
    meme memes mes moi moins mon n ne ni nos notre nous on ont ou par parce pas peu peut plus pour pourquoi qu quand que quel \
    quelle quelles quels qui quoi s sa sans se sera ses si son sont sous sur t ta te tes toi ton tous tout toute toutes tres tu \
    un une vers vos votre vous y euh ben oui non";
const SPANISH: &str = "a al algo algunas algunos alla ahi ante antes aqui aquel aquella asi aun aunque cada como con contra cual \
    cuales cuando cuanto de del desde donde dos durante e el ella ellas ellos en entonces entre era eran es esa esas ese eso esos \
    esta estaba estado estan estar estas este esto estos estoy fue fueron ha habia hace hacer han hasta hay he la las le les lo los \
    mas me mi mis mismo mucho muy nada ni no nos nosotros nuestra nuestro o os otra otras otro otros para pero poco por porque \
    pues que quien quienes se sea ser si sido sin sobre son su sus tambien tan tanto te tener tengo ti tiene tienen toda todas \
    todo todos tu tus un una unas uno unos usted ustedes va y ya yo eh bueno";
const ITALIAN: &str = "a abbiamo ad agli ai al alla alle allo allora anche ancora avere aveva avevano c che chi ci cio come con \
    cosa cosi cui da dagli dai dal dalla dalle dei del della delle dello di dove due e ed era erano essere fa fare fino gia gli ha \
    hai hanno ho i il in io l la le lei li lo loro lui ma me mentre mi mia mie miei mio molto ne negli nei nel nella nelle noi non \
    nostra nostro o ogni per perche pero piu po poi puo qua quale quali quando quanto quella quelle quelli quello questa queste \
    questi questo qui quindi sara se sei senza si sia siamo sono sopra sotto sta stata stati stato su sua sue sugli sul sulla suo \
    suoi tra tu tua tuo tutta tutte tutti tutto un una uno va vi voi ecco beh";
const PORTUGUESE: &str = "a ao aos aquela aquelas aquele aqueles aquilo as ate com como da das de dela dele deles depois do dos e \
    ela elas ele eles em entao entre era eram essa essas esse esses esta estao estar estas estava este estes estou eu fazer foi \
    foram ha isso isto ja la lhe lhes mais mas me mesmo meu meus minha minhas muito na nao nas nem no nos nossa nosso num numa o os \
    ou outra outras outro outros para pela pelas pelo pelos pode por porque pra qual quando quanto que quem se seja sem ser seu \
    seus sido so sobre sua suas tambem te tem tinha tive toda todas todo todos tu tua um uma umas uns vai voce voces ne ai ali";
const DUTCH: &str = "aan al alles als altijd andere ben bij daar dan dat de der deze die dit doch doen door dus een eens en er \
    ge geen geweest haar had heb hebben heeft hem het hier hij hoe hun iemand iets ik in is ja je kan kon kunnen maar me meer men \
    met mij mijn moet na naar niet niets nog nu of om omdat onder ons ook op over reeds te tegen toch toen tot u uit uw van veel \
    voor want waren was wat we wel werd wezen wie wij wil worden wordt zal ze zelf zich zij zijn zo zonder zou";
const RUSSIAN: &str = "а без более больше будет будто бы был была были было быть в вам вас ведь во вот все всегда всего всех всю вы \
    где да даже для до его ее если есть еще же за здесь и из или им их к как каков какова каковы какая какой когда кто ли лучше между меня мне много \
    может можно мой моя мы на над надо наконец нас не него нее ней нет ни них но ну о об он она они от перед по под после потом \
    потому почему при про раз разве с сам свою себе себя сейчас со так такой там тебя тем теперь то тогда того тоже только том тот \
    ты у уж уже хоть чего чем через что чтоб чтобы эти этого этой этом этот эту я это какие который которая которые";

/// What only frames a question or an answer: "what did the group say about ...", "the speaker explains that ...".
const FRAMES: &str = "ask asks asked answer answers answered argue argues argued bring brought call called clip clips comment \
    comments conclude concluded conclusion conversation describe describes described description detail details discuss discusses \
    discussed discussing discussion discussions everybody everyone explain explains explained explaining explanation feel feels \
    file find finds found footage give gives given gave go goes going group happen happens happened hear heard idea ideas \
    information know knows known made main make makes making mean means meant meeting meetings mention mentions mentioned moment \
    moments movie opinion opinions outline part parts passage passages people person place places point points project question \
    questions quote reason reasons recording recordings refer referred regarding scene scenes section segment show shows speak \
    speaker speakers speaking speaks speech spoke state stated states subject suggest suggests suggested summarise summarize \
    summary talk talked talking talks team tell telling tells text thing things think thinking thinks thought thoughts time times \
    tip told topic topics transcript video videos view views want wants wanted way ways word words said say saying says use used come came \
    sagt sagen gesagt spricht sprechen gesprochen redet reden erklart erklaren erzahlt thema stelle stellen aufnahme meint frage \
    fragen antwort dit dire parle parler parlent explique expliquer sujet passage enregistrement pense question reponse dice dicen \
    decir habla hablan hablar explica explicar tema grabacion piensa pregunta respuesta parla parlano parlare spiega spiegare \
    argomento pensa domanda risposta fala falam falar explica gravacao pergunta resposta zegt zeggen praat praten uitleg vraag \
    говорит говорят говорил сказал сказала рассказывает объясняет тема запись вопрос ответ думает";

const NEGATIONS: &str = "not no never none nobody nothing neither nor without cannot n't cant wont dont doesnt didnt isnt wasnt \
    nicht kein keine keinen keinem keiner nie niemals nichts niemand ohne ne pas jamais aucun aucune rien sans nunca nada nadie \
    ningun ninguna sin non mai nessuno nessuna niente senza nao nenhum nenhuma sem niet geen nooit niets не нет ни никогда ничего \
    никто без";
/// What stands before the apostrophe of "don't" once words are split there.
const NEGATED_VERBS: &str =
    "don doesn didn isn wasn aren weren won wouldn couldn shouldn hasn haven hadn ain mustn needn";

type Set = HashMap<&'static str, ()>;

fn set(words: &'static str) -> Set {
    words.split_whitespace().map(|word| (word, ())).collect()
}

static STOPS: LazyLock<HashMap<Language, Set>> = LazyLock::new(|| {
    let lists = [
        (Language::English, ENGLISH),
        (Language::German, GERMAN),
        (Language::French, FRENCH),
        (Language::Spanish, SPANISH),
        (Language::Italian, ITALIAN),
        (Language::Portuguese, PORTUGUESE),
        (Language::Dutch, DUTCH),
        (Language::Russian, RUSSIAN),
    ];
    lists.into_iter().map(|(language, words)| (language, set(words))).collect()
});
static FRAME_SET: LazyLock<Set> = LazyLock::new(|| set(FRAMES));
static NEGATION_SET: LazyLock<Set> = LazyLock::new(|| {
    let mut all = set(NEGATIONS);
    all.extend(set(NEGATED_VERBS));
    all
});

/// Whether a folded word is there for the grammar of this language.
pub(crate) fn is_stop(word: &str, language: Language) -> bool {
    STOPS.get(&language).is_some_and(|set| set.contains_key(word))
}

/// Whether a folded word frames a question rather than being what it is about.
pub(crate) fn is_frame(word: &str) -> bool {
    FRAME_SET.contains_key(word)
}

/// Whether a folded word turns what follows into its opposite.
pub(crate) fn is_negation(word: &str) -> bool {
    NEGATION_SET.contains_key(word)
}
