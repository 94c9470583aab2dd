#!/usr/bin/env python3
"""Measures the search of `reelspan ask` on real meetings beside plain BM25; prints a Markdown table.

  bench/ask.py --reelspan target/release/reelspan [--media FOLDER]

Twelve meetings (QMSum, MIT) with topic questions and the turns that answer them. The turns get times at 2.5 words a second.
A question counts as found when at least half of one of the first five passages lies in the turns that answer it. "One
meeting": each is a project of its own. "All": the twelve together are one project of about eleven hours, and the passage must lie
in the right meeting. BM25 (rank_bm25, Okapi, k1 1.5, b 0.75, lower-cased words) ranks windows of 30 seconds side by side.
"Absent" asks each meeting what it does not speak of: the share that is answered with "nothing in this project".
"""
import argparse, json, os, re, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
WORDS_A_SECOND = 2.5
WINDOW = 30.0

# Nobody in these meetings (speech research, remote controls, the Welsh assembly) speaks of any of this. Some share a word or
# two with them on purpose.
ABSENT = """What did they say about the moon landing?
How long should pasta be cooked?
Who won the football match on Saturday?
Where do they explain photosynthesis in leaves?
What is the capital of Mongolia?
How does the vaccine trigger antibodies?
Which medicine lowers blood pressure?
What do they say about the divorce of the actress?
How are volcanoes formed under the ocean?
What did the judge decide about the murder?
Where do they talk about knitting wool sweaters?
Why did the Roman empire fall?
How do bees survive the winter?
What does she think of the violin concerto?
Which spices belong in the curry?
When did the shipwreck happen?
What did they say about cryptocurrency mining?
How is sourdough bread baked?
Who discovered penicillin?
What was said about penguins in Antarctica?
How does the glacier move?
What did the priest say at the wedding?
Where do they mention the earthquake in Chile?
How do I prune roses in spring?
What are the symptoms of malaria?
Why is the sky blue?
What did they decide about the airport runway?
How much does the diamond necklace cost?
Who painted the ceiling of the chapel?
What does the coach say about the penalty kick?
How is olive oil pressed?
What did they discuss about tax evasion in Panama?
Where is the treasure buried?
What happened to the submarine crew?
How does a jet engine produce thrust?
What was said about the volcano's eruption?
Why do cats purr?
What did the astronaut eat in orbit?
How is whisky distilled?
What do they say about the train strike?""".splitlines()


def meetings(path):
    found = []
    for number, line in enumerate(open(path, encoding="utf-8")):
        raw = json.loads(line)
        at, turns, sentences = 0.0, [], []
        for turn in raw["meeting_transcripts"]:
            text = re.sub(r"\{[^}]*\}", " ", turn["content"])
            text = re.sub(r"\s+([.,?!;:'])", r"\1", text)
            begin, sentence, start = at, [], at
            for word in text.split():
                at += 1 / WORDS_A_SECOND
                sentence.append(word)
                if word[-1] in ".?!":
                    sentences.append((start, at, " ".join(sentence), turn["speaker"]))
                    sentence, start = [], at
            if sentence:
                sentences.append((start, at, " ".join(sentence), turn["speaker"]))
            turns.append((begin, at))
        queries = []
        for query in raw["specific_query_list"]:
            spans = [(turns[int(a)][0], turns[min(int(b), len(turns) - 1)][1]) for a, b in query["relevant_text_span"]]
            queries.append((" ".join(query["query"].split()), spans))
        found.append({"name": f"meeting{number:02}.json", "sentences": sentences, "queries": queries})
    return found


def write(folder, meeting):
    segments = []
    for start, end, text, speaker in meeting["sentences"]:
        words = text.split()
        step = (end - start) / len(words)
        segments.append({"start": start, "end": end, "text": text, "speaker": speaker, "words": [
            {"word": word, "start": start + at * step, "end": start + (at + 1) * step, "speaker": speaker}
            for at, word in enumerate(words)]})
    with open(os.path.join(folder, meeting["name"]), "w", encoding="utf-8") as out:
        json.dump({"language": "en", "segments": segments}, out)


def ask(program, project, questions):
    """One answer a question, all from one run."""
    command = [program, "ask", project, "--json", "--cache", os.path.join(tempfile.gettempdir(), "reelspan-bench-ask-cache")]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("REELSPAN_LLM")}
    done = subprocess.run(command, input="\n".join(questions), capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(f"failed: {done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def holds(passages, name, spans):
    for file, start, end in passages:
        inside = sum(max(0.0, min(end, b) - max(start, a)) for a, b in spans)
        if file == name and inside >= 0.5 * (end - start):
            return True
    return False


def tokens(text):
    return re.findall(r"\w+", text.lower())


def windows(meeting):
    found, current = [], []
    for sentence in meeting["sentences"]:
        if current and sentence[1] - current[0][0] > WINDOW:
            found.append(current)
            current = []
        current.append(sentence)
    found.append(current)
    return [(meeting["name"], lines[0][0], lines[-1][1], " ".join(line[2] for line in lines)) for lines in found]


def recall(program, folder, group):
    """Shares of the group's questions that we and BM25 find among the first five."""
    from rank_bm25 import BM25Okapi
    texts = [window for meeting in group for window in windows(meeting)]
    plain = BM25Okapi([tokens(text) for _, _, _, text in texts])
    questions = [(query, spans, meeting["name"]) for meeting in group for query, spans in meeting["queries"]]
    answers = ask(program, folder, [query for query, _, _ in questions])
    rows = []
    for answer, (query, spans, name) in zip(answers, questions):
        ours = [(each["file"], each["start"], each["end"]) for each in answer["passages"][:5]]
        scores = plain.get_scores(tokens(query))
        best = sorted(range(len(texts)), key=lambda at: -scores[at])[:5]
        theirs = [texts[at][:3] for at in best]
        rows.append((holds(ours, name, spans), holds(theirs, name, spans), answer["kind"] == "nothing", query))
    return rows, answers


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--reelspan", required=True)
    parser.add_argument("--media", default=os.environ.get("REELSPAN_MEDIA") or os.path.join(HERE, "..", "..", "shared", "media"))
    parser.add_argument("--verbose", action="store_true", help="a line for each question")
    args = parser.parse_args()
    text = os.path.join(args.media, "open", "text", "qmsum_val_first12.jsonl")
    if not os.path.exists(text):
        print(f"SKIPPED: {text} is not here; name the media with --media")
        return
    group = meetings(text)
    single, absent, refused = [], 0, 0
    with tempfile.TemporaryDirectory(prefix="reelspan-bench-") as top:
        whole = os.path.join(top, "all")
        os.mkdir(whole)
        for meeting in group:
            folder = os.path.join(top, meeting["name"][:-5])
            os.mkdir(folder)
            write(folder, meeting)
            write(whole, meeting)
            rows, _ = recall(args.reelspan, folder, [meeting])
            single += rows
            answers = ask(args.reelspan, folder, ABSENT)
            absent += len(answers)
            refused += sum(answer["kind"] == "nothing" for answer in answers)
            if args.verbose:
                for question, answer in zip(ABSENT, answers):
                    if answer["kind"] != "nothing":
                        print(f"  answered though absent: {meeting['name']} {question}", file=sys.stderr)
        pooled, answers = recall(args.reelspan, whole, group)
    if args.verbose:
        for ours, theirs, nothing, query in single:
            print(f"  {int(ours)} {int(theirs)} {'refused' if nothing else ''} {query}", file=sys.stderr)
    hours = sum(meeting["sentences"][-1][1] for meeting in group) / 3600
    share = lambda rows, at: sum(row[at] for row in rows) / len(rows)
    times = sorted(answer["search_ms"] for answer in answers)
    print(f"| questions to meetings ({len(single)} questions, {hours:.1f} h) | reelspan | BM25 | target |")
    print("|---|---|---|---|")
    print(f"| recall@5, one meeting | {share(single, 0):.3f} | {share(single, 1):.3f} | above BM25 |")
    print(f"| recall@5, all in one project | {share(pooled, 0):.3f} | {share(pooled, 1):.3f} | above BM25 |")
    print(f"| wrongly \"nothing in this project\" | {share(single, 2):.3f} | - | low |")
    print(f"| absent questions told to be absent | {refused / absent:.3f} | 0 | high |")
    print(f"| search over {hours:.1f} h, median / 95th / slowest, ms "
          f"| {statistics.median(times):.1f} / {times[int(len(times) * 0.95)]:.1f} / {times[-1]:.1f} | - | ≤ 20 |")
    print(f"| building the index of {hours:.1f} h, ms | {answers[0]['index_ms']:.0f} | - | once a session |")


if __name__ == "__main__":
    main()
