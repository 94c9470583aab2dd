#!/usr/bin/env python3
"""Measures the media pipeline against bare ffmpeg and PySceneDetect, side by side in one run; prints a Markdown table.

  bench/media.py --reelspan target/release/reelspan [--media FOLDER] [--runs 3] [--write]

Every figure is CPU seconds (user + system, children included) of whole commands, the median of the runs; the runs of a
pair alternate. --media names a folder of real footage with truth/ beside it; without it only the made source is used.
"""
import argparse, glob, json, os, resource, shutil, statistics, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "out")


def cpu(command):
    """CPU and wall seconds of one command with all its children."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - begun
    if done.returncode:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{done.stderr.decode(errors='replace')[-2000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def paired(first, second, runs, key=0):
    """Medians of two callables that take turns, and the median of their ratios pair by pair."""
    pairs = [(first()[key], second()[key]) for _ in range(runs)]
    a, b = [p[0] for p in pairs], [p[1] for p in pairs]
    return statistics.median(a), statistics.median(b), statistics.median(x / y for x, y in pairs)


class Bench:
    def __init__(self, args):
        self.args, self.rows = args, []
        self.tmp = tempfile.mkdtemp(prefix="reelspan-bench-")
        self.count = 0

    def fresh(self):
        """A program without memory of earlier runs."""
        self.count += 1
        return ["--cache", os.path.join(self.tmp, f"cache{self.count}")]

    def row(self, what, ours, theirs, ratio, target):
        self.rows.append((what, ours, theirs, ratio, target))
        print(f"| {what} | {ours} | {theirs} | {ratio} | {target} |", flush=True)

    def program(self, *words):
        return [self.args.reelspan, *map(str, words)]


def source():
    """A minute of 1080p30: the sample talk with film grain, so that decoding costs what real footage costs."""
    path = os.path.join(OUT, "talk-1080p30.mp4")
    if not os.path.exists(path):
        os.makedirs(OUT, exist_ok=True)
        talk = os.path.join(HERE, "..", "samples", "out", "talk.mp4")
        graph = "fps=30,scale=1920:1080:flags=lanczos,noise=alls=7:allf=t,format=yuv420p"
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-ss", "20", "-t", "60", "-i", talk, "-vf", graph,
                        "-c:v", "libx264", "-preset", "medium", "-crf", "24", "-c:a", "aac", "-b:a", "160k",
                        "-f", "mp4", path + ".part"], check=True)
        os.rename(path + ".part", path)
    return path


def analysis(b, path, name):
    decode = ["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:v:0", "-map", "0:a:0?", "-f", "null", "-"]
    whole = paired(lambda: cpu(b.program("analyze", path, "--json", *b.fresh())), lambda: cpu(decode), b.args.runs)
    b.row(f"whole analysis, {name}", f"{whole[0]:.2f}", f"decode {whole[1]:.2f}", f"{whole[2]:.2f}", "≤ 1.25")
    decode = ["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:v:0", "-f", "null", "-"]
    shots = paired(lambda: cpu(b.program("analyze", path, "--only", "shots", "--json", *b.fresh())), lambda: cpu(decode),
                   b.args.runs)
    b.row(f"shots alone, {name}", f"{shots[0]:.2f}", f"decode {shots[1]:.2f}", f"{shots[2]:.2f}", "≤ 1.10")


def pyscenedetect(path):
    """Cut times and CPU of PySceneDetect's adaptive detector, in a process of its own."""
    code = ("import sys,json\nfrom scenedetect import detect, AdaptiveDetector\n"
            "print(json.dumps([s[0].get_seconds() for s in detect(sys.argv[1], AdaptiveDetector())][1:]))")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cuts = json.loads(done.stdout.strip().splitlines()[-1]) if done.returncode == 0 and done.stdout.strip() else None
    return cuts, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ours(b, path):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(b.program("analyze", path, "--only", "shots", "--json", *b.fresh()), capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    shots = json.loads(done.stdout)["video"]["shots"]
    cuts = [s["start"] for s in shots if s["transition"] == "cut"]
    return cuts, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def match(found, truth, tolerance, optional=()):
    left, hits = list(truth), 0
    spare = 0
    for at in found:
        near = [t for t in left if abs(t - at) <= tolerance]
        if near:
            left.remove(min(near, key=lambda t: abs(t - at)))
            hits += 1
        elif any(abs(t - at) <= tolerance for t in optional):
            spare += 1
    return hits, len(found) - hits - spare, len(left)


def frame_rate(path):
    text = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=avg_frame_rate",
                           "-of", "csv=p=0", path], capture_output=True, text=True).stdout.strip().strip(",")
    top, bottom = text.split("/")
    return float(top) / float(bottom)


def accuracy(b):
    """F1 of hard cuts over the open set, ±2 frames, our detector beside PySceneDetect's."""
    totals, cost = {"ours": [0, 0, 0], "adaptive": [0, 0, 0]}, {"ours": 0.0, "adaptive": 0.0}
    for truth_file in sorted(glob.glob(os.path.join(b.args.media, "truth", "*.json"))):
        with open(truth_file) as f:
            truth = json.load(f)
        if not isinstance(truth, dict) or not ("cuts_s" in truth or "cuts_video_s" in truth):
            continue
        path = os.path.join(b.args.media, truth["file"])
        tolerance = 2.5 / frame_rate(path)
        container = truth.get("cuts_container_s", truth.get("cuts_s"))
        video = truth.get("cuts_video_s", truth.get("cuts_s"))
        for who, cuts, wanted in (("ours", ours(b, path), container), ("adaptive", pyscenedetect(path), video)):
            if cuts[0] is None:
                sys.exit(f"PySceneDetect failed on {path}")
            for i, n in enumerate(match(cuts[0], wanted, tolerance, truth.get("optional_s", ()))):
                totals[who][i] += n
            cost[who] += cuts[1]
    f1 = {who: 2 * h / max(1, 2 * h + false + missed) for who, (h, false, missed) in totals.items()}
    show = lambda who: f"F1 {f1[who]:.3f} (hit {totals[who][0]}, false {totals[who][1]}, missed {totals[who][2]})"
    b.row("hard cuts, open set, ±2 frames", show("ours"), "PySceneDetect adaptive " + show("adaptive"),
          f"CPU {cost['ours'] / cost['adaptive']:.2f}", "F1 no lower")


def recorded(b, plan, out):
    """The arguments of the one encode that the program runs for a plan: a script stands in for ffmpeg once and writes them down."""
    record, script = os.path.join(b.tmp, "record"), os.path.join(b.tmp, "ffmpeg")
    with open(script, "w") as f:
        f.write(f"""#!/bin/sh
{{ for argument in "$@"; do printf '%s\\0' "$argument"; done; printf '\\0'; }} >> '{record}'
exec {shutil.which("ffmpeg")} "$@"
""")
    os.chmod(script, 0o755)
    cpu(b.program("clips", "--from-plan", plan, "--out", out, "--no-jail", "--ffmpeg", script,
                  "--cache", os.path.join(b.tmp, "plan-cache")))
    with open(record, "rb") as f:
        runs = [[a.decode() for a in run.split(b"\0")] for run in f.read().split(b"\0\0") if run]
    encodes = [run for run in runs if "libx264" in run]
    if len(encodes) != 1:
        sys.exit(f"expected one encode of the clip, saw {len(encodes)}")
    run = encodes[0]
    if "-progress" in run:
        at = run.index("-progress")
        del run[at:at + 2]
    return run


def rendering(b, path):
    words = os.path.join(b.tmp, "words.srt")
    with open(words, "w") as f:
        for i in range(20):
            f.write(f"{i + 1}\n00:00:{i * 3:02},100 --> 00:00:{i * 3 + 2:02},900\nEvery word of line {i} is timed and drawn.\n\n")
    out = os.path.join(b.tmp, "plan")
    cpu(b.program("clips", path, "--out", out, "--transcript", words, "--min", "20s", "--max", "26s", "--count", "1",
                  "--plan-only", "--cache", os.path.join(b.tmp, "plan-cache")))
    plan = os.path.join(out, "clips.json")
    bare = recorded(b, plan, os.path.join(b.tmp, "recorded"))
    bare[-1] = "file:" + os.path.join(b.tmp, "bare.mp4")
    with open(plan) as f:
        clip = json.load(f)["clips"][0]

    def render():
        b.count += 1
        target = os.path.join(b.tmp, f"made{b.count}")
        shutil.rmtree(os.path.join(b.tmp, "plan-cache", "render"), ignore_errors=True)
        return cpu(b.program("clips", "--from-plan", plan, "--out", target, "--cache", os.path.join(b.tmp, "plan-cache")))

    whole = paired(render, lambda: cpu(["ffmpeg", *bare]), b.args.runs)
    b.row(f"one captioned clip of {clip['end'] - clip['start']:.1f} s, speed against the same bare ffmpeg", f"{whole[0]:.2f}",
          f"ffmpeg {whole[1]:.2f}", f"{1 / whole[2]:.2f}", "≥ 0.95")
    ass = next(iter(glob.glob(os.path.join(b.tmp, "recorded", "*.ass"))))
    chained = paired(lambda: chain(b, path, clip, ass), render, 1)
    b.row("the same clip, CPU of a chain of four encodes against ours", f"{chained[1]:.2f}", f"chain {chained[0]:.2f}",
          f"{chained[2]:.2f}", "≥ 3")


def chain(b, path, clip, ass):
    """cut → reframe → watermark → captions, an encode each, as clip makers in the field do it."""
    steps = [os.path.join(b.tmp, f"chain{i}.mp4") for i in range(4)]
    x264 = lambda crf: ["-c:v", "libx264", "-preset", "fast", "-crf", crf, "-pix_fmt", "yuv420p"]
    run = ["ffmpeg", "-nostdin", "-v", "error", "-y"]
    total = cpu([*run, "-ss", str(clip["start"]), "-i", path, "-t", str(clip["end"] - clip["start"]), *x264("18"), "-c:a", "aac",
                 steps[0]])[0]
    total += cpu([*run, "-i", steps[0], "-vf", "crop=ih*9/16:ih,scale=1080:1920:flags=lanczos", *x264("18"), "-c:a", "copy",
                  steps[1]])[0]
    total += cpu([*run, "-i", steps[1], "-f", "lavfi", "-i", "color=white:s=200x60", "-filter_complex",
                  "[0:v][1:v]overlay=W-w-40:40:shortest=1", *x264("22"), "-c:a", "copy", steps[2]])[0]
    total += cpu([*run, "-i", steps[2], "-vf", f"ass={ass}", *x264("22"), "-c:a", "copy", steps[3]])[0]
    return total, 0.0


def overhead(b, path):
    """Wall milliseconds over the bare programs, since start-up is waiting and not computing."""
    short = os.path.join(b.tmp, "short.mp4")
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-t", "1", "-i", path, "-c", "copy", short], check=True)
    bare = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", short]
    probe = paired(lambda: cpu(b.program("probe", short, "--json")), lambda: cpu(bare), 15, key=1)
    b.row("start-up and jail: `reelspan probe` over ffprobe, wall", f"{probe[0] * 1000:.0f} ms", f"{probe[1] * 1000:.0f} ms",
          f"+{(probe[0] - probe[1]) * 1000:.0f} ms", "≤ 30 ms")


def machine():
    with open("/proc/cpuinfo") as f:
        model = next((line.split(":")[1].strip() for line in f if line.startswith("model name")), "unknown")
    ffmpeg = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True).stdout.splitlines()[0]
    return f"{os.cpu_count()} cores ({model}), {' '.join(ffmpeg.split()[:3])}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reelspan", required=True)
    parser.add_argument("--media", help="a folder of real footage with truth/ in it")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="also write bench/RESULTS.md's table to bench/out/table.md")
    b = Bench(parser.parse_args())
    try:
        print(f"{machine()}; {b.args.runs} runs each, CPU seconds, medians\n")
        print("| what | ours | beside it | ratio | aim |\n|---|---|---|---|---|")
        path = source()
        analysis(b, path, "1080p30 H.264")
        if b.args.media:
            for name in ("scenes/big-buck-bunny-480p-30s.mp4", "people/azure_Asking_a_question.mp4"):
                real = os.path.join(b.args.media, name)
                if os.path.exists(real):
                    analysis(b, real, os.path.basename(name))
            accuracy(b)
        rendering(b, path)
        overhead(b, path)
        if b.args.write:
            with open(os.path.join(OUT, "table.md"), "w") as f:
                f.write(machine() + "\n\n| what | ours | beside it | ratio | aim |\n|---|---|---|---|---|\n")
                f.writelines("| " + " | ".join(row) + " |\n" for row in b.rows)
    finally:
        shutil.rmtree(b.tmp, ignore_errors=True)


main()
