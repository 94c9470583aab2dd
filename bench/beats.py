#!/usr/bin/env python3
"""Measures `reelspan beats` against librosa and aubio, side by side in one run; prints Markdown tables.

  bench/beats.py --reelspan target/release/reelspan [--media FOLDER] [--runs 3] [--set FOLDER]

Needs numpy, librosa and mir_eval beside the Python that runs it, and aubiotrack (Debian: aubio-tools) in PATH. F is
mir_eval's F-measure within 70 ms, CMLt its share of beats in order at the right level, both without the first five
seconds as is usual; recordings of fewer than ten beats are judged whole. Where there is no beat, `none` is right. CPU is user and system seconds for a minute of sound, the median of
the runs, which alternate; librosa is loaded and warm, and its figure is without start-up, which favours it.
"""
import argparse, json, os, resource, shutil, statistics, subprocess, sys, tempfile, time, warnings

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import beat_set

SOUNDS = (".ogg", ".mp3", ".wav", ".flac", ".m4a", ".opus")


def child(command):
    """CPU seconds of one command with its children, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{done.stderr.decode(errors='replace')[-2000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout.decode()


class Bench:
    def __init__(self, args):
        self.args = args
        self.tmp = tempfile.mkdtemp(prefix="reelspan-beats-")
        self.count = 0

    def ours(self, path):
        self.count += 1
        cache = os.path.join(self.tmp, f"cache{self.count}")
        cpu, text = child([self.args.reelspan, "beats", path, "--json", "--cache", cache])
        found = json.loads(text)
        return cpu, [beat["t"] for beat in found["beats"]], found

    def decoding(self, path):
        """The same decode without listening: what ffmpeg and ffprobe alone cost."""
        probe = child(["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", path])[0]
        return probe + child(["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:a:0", "-af",
                              "aresample=24000:async=1,aformat=sample_fmts=flt:channel_layouts=stereo", "-c:a", "pcm_f32le",
                              "-f", "f32le", "/dev/null", "-y"])[0]

    def aubio(self, wav):
        cpu, text = child(["aubiotrack", "-i", wav])
        return cpu, [float(line.split()[0]) for line in text.splitlines() if line.strip()]

    def librosa(self, wav):
        import librosa
        begun = time.process_time()
        sound, rate = librosa.load(wav, sr=22050)
        beats = librosa.beat.beat_track(y=sound, sr=rate, units="time")[1]
        return time.process_time() - begun, [float(t) for t in beats]

    def wav(self, path):
        """aubio reads no compressed sound everywhere: both peers get a plain copy, whose making is not counted."""
        target = os.path.join(self.tmp, os.path.basename(path) + ".wav")
        if not os.path.exists(target):
            child(["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", path, "-map", "0:a:0", "-ac", "1", "-ar", "44100", target])
        return target


def judged(truth, found):
    """F-measure and CMLt as text, and F as a number; none where there is nothing to be found."""
    import mir_eval
    if not truth:
        return ("none" if not found else f"{len(found)} wrong", None)
    reference, estimate = np.array(truth, float), np.array(sorted(found), float)
    if len(reference) >= 10:
        reference, estimate = mir_eval.beat.trim_beats(reference), mir_eval.beat.trim_beats(estimate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        f = mir_eval.beat.f_measure(reference, estimate)
        total = mir_eval.beat.continuity(reference, estimate)[1] if len(estimate) > 1 else 0.0
    return f"{f:.3f} / {total:.2f}", f


def open_music(media):
    """(path, truth) of the music whose beats are known; (path, None) where only its cost can be told."""
    folder = os.path.join(media, "music")
    for name in sorted(os.listdir(folder)):
        if not name.endswith(SOUNDS):
            continue
        truth = os.path.join(media, "truth", f"music__{name}.json")
        known = None
        if os.path.exists(truth):
            with open(truth) as f:
                told = json.load(f)
            known = told.get("beats_audio_s") or told.get("beats_s")
        yield os.path.join(folder, name), known


def made_music(folder):
    for name in beat_set.make(folder):
        with open(os.path.join(folder, name + ".json")) as f:
            yield os.path.join(folder, name + ".wav"), json.load(f)["beats_s"]


def table(b, title, files):
    print(f"\n{title}\n\n| file | ours F / CMLt | librosa | aubio | tempo, sure | CPU s/min: ours (ffmpeg's part) | librosa | aubio |\n"
          "|---|---|---|---|---|---|---|---|")
    scores, costs = [], []
    for path, truth in files:
        wav = b.wav(path)
        runs = [(b.ours(path), b.decoding(path), b.librosa(wav), b.aubio(wav)) for _ in range(b.args.runs)]
        (_, beats, found), _, (_, by_librosa), (_, by_aubio) = runs[0]
        minutes = max(found["duration"], 1e-3) / 60
        cost = [statistics.median(values) / minutes for values in
                ([r[0][0] for r in runs], [r[1] for r in runs], [r[2][0] for r in runs], [r[3][0] for r in runs])]
        tempo = f"{found['bpm']:.1f}, {found['confidence']:.2f}" if found["bpm"] else f"none, {found['confidence']:.2f}"
        if truth is None:
            marks = ["-"] * 3
        else:
            judgements = [judged(truth, times) for times in (beats, by_librosa, by_aubio)]
            marks = [text for text, _ in judgements]
            if truth:
                scores.append([f for _, f in judgements])
        if minutes > 0.5:
            costs.append(cost)
        print(f"| {os.path.basename(path)} | {' | '.join(marks)} | {tempo} | {cost[0]:.3f} ({cost[1]:.3f}) | {cost[2]:.3f} | "
              f"{cost[3]:.3f} |", flush=True)
    if scores:
        mean, middle = np.mean(scores, axis=0), np.median(costs, axis=0)
        print(f"| **mean F, median CPU** | **{mean[0]:.3f}** | {mean[1]:.3f} | {mean[2]:.3f} | | **{middle[0]:.3f}** "
              f"({middle[1]:.3f}; ours without it {middle[0] - middle[1]:.3f}) | {middle[2]:.3f} | {middle[3]:.3f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reelspan", required=True)
    parser.add_argument("--media", help="a folder of real media with music/ and truth/ in it")
    parser.add_argument("--set", default=os.path.join(HERE, "out", "beats"), help="where the made music is kept")
    parser.add_argument("--runs", type=int, default=3)
    b = Bench(parser.parse_args())
    missing = [name for name in ("librosa", "mir_eval") if not __import__("importlib.util").util.find_spec(name)]
    missing += [name for name in ("aubiotrack", "ffmpeg") if not shutil.which(name)]
    if missing:
        sys.exit(f"missing: {', '.join(missing)} (pip: numpy librosa mir_eval; apt: aubio-tools ffmpeg)")
    try:
        import librosa
        librosa.beat.beat_track(y=np.random.default_rng(1).standard_normal(22050 * 10), sr=22050)
        if b.args.media:
            table(b, "Open music", open_music(b.args.media))
        table(b, "Made music (bench/beat_set.py)", made_music(b.args.set))
    finally:
        shutil.rmtree(b.tmp, ignore_errors=True)


if __name__ == "__main__":
    main()
