#!/usr/bin/env python3
"""Measures the smart cut against a veryfast re-encode of the same ranges, side by side in one run; prints a Markdown table.

  bench/cut.py --reelspan target/release/reelspan [--runs 3] [--minutes 1,10]

Every figure is CPU seconds (user + system, children included) of whole commands, the median of the runs; the runs of a
pair alternate. The source is 1080p30 H.264 with key frames every two seconds; the certificate's cost is within ours.
"""
import argparse, json, os, resource, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "out")
# Aims of the whole cut, by minutes of source.
AIMS = {1: 4, 10: 20}


def run(command):
    """CPU seconds of one command with all its children, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{done.stderr.decode(errors='replace')[-2000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout.decode(errors="replace")


def source(minutes):
    """The sample talk with film grain, or moving test pictures where the sample was not made; longer ones repeat the minute."""
    minute = os.path.join(OUT, "cut-1min.mp4")
    os.makedirs(OUT, exist_ok=True)
    if not os.path.exists(minute):
        talk = os.path.join(HERE, "..", "samples", "out", "talk.mp4")
        made = ["-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=30:d=60", "-f", "lavfi", "-i", "anoisesrc=a=0.05:d=60:r=48000"]
        given = ["-ss", "20", "-t", "60", "-i", talk]
        graph = "fps=30,scale=1920:1080:flags=lanczos,noise=alls=7:allf=t,format=yuv420p"
        run(["ffmpeg", "-nostdin", "-v", "error", "-y", *(given if os.path.exists(talk) else made), "-vf", graph, "-c:v",
             "libx264", "-preset", "veryfast", "-crf", "23", "-g", "60", "-keyint_min", "60", "-sc_threshold", "0", "-c:a",
             "aac", "-b:a", "160k", "-f", "mp4", minute + ".part"])
        os.rename(minute + ".part", minute)
    if minutes == 1:
        return minute
    path = os.path.join(OUT, f"cut-{minutes}min.mp4")
    if not os.path.exists(path):
        run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-stream_loop", minutes - 1, "-i", minute, "-c", "copy", "-f", "mp4",
             path + ".part"])
        os.rename(path + ".part", path)
    return path


def keeps(minutes):
    """One span from within the first group of frames to within the last, and the same with a piece taken out."""
    end = minutes * 60 - 7.3
    return {"one span": [(3.3, end)], "two spans": [(3.3, end * 0.4), (end * 0.4 + 6.1, end)]}


def again(path, spans, output):
    """ffmpeg as one would call it: a whole encode of the same ranges."""
    if len(spans) == 1:
        (start, end), = spans
        return ["ffmpeg", "-nostdin", "-v", "error", "-y", "-ss", start, "-to", end, "-i", path, "-c:v", "libx264", "-preset",
                "veryfast", "-crf", "20", "-c:a", "aac", "-b:a", "192k", output]
    parts = "".join(f"[0:v]trim={a}:{b},setpts=PTS-STARTPTS[v{n}];[0:a]atrim={a}:{b},asetpts=PTS-STARTPTS[a{n}];"
                    for n, (a, b) in enumerate(spans))
    ins = "".join(f"[v{n}][a{n}]" for n in range(len(spans)))
    return ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", path, "-filter_complex",
            f"{parts}{ins}concat=n={len(spans)}:v=1:a=1[v][a]", "-map", "[v]", "-map", "[a]", "-c:v", "libx264", "-preset",
            "veryfast", "-crf", "20", "-c:a", "aac", "-b:a", "192k", output]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reelspan", required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--minutes", default="1,10")
    args = parser.parse_args()
    print("| smart cut | ours, CPU s | of it certifying | veryfast, CPU s | times less | aim |\n|---|---|---|---|---|---|")
    for minutes in map(int, args.minutes.split(",")):
        path = source(minutes)
        for name, spans in keeps(minutes).items():
            with tempfile.TemporaryDirectory(prefix="reelspan-bench-") as folder:
                mine, theirs = os.path.join(folder, "mine.mp4"), os.path.join(folder, "theirs.mp4")
                kept = ",".join(f"{a:.3f}-{b:.3f}" for a, b in spans)
                cut = [args.reelspan, "cut", path, "--keep", kept, "-o", mine, "--json"]
                pairs, certifying = [], []
                for _ in range(args.runs):
                    ours, printed = run(cut)
                    pairs.append((ours, run(again(path, spans, theirs))[0]))
                    certifying.append(json.loads(printed)["made"]["certifying"])
                apart = f"{statistics.median(certifying):.2f}"
                ours, other = (statistics.median(p[n] for p in pairs) for n in (0, 1))
                ratio = statistics.median(b / a for a, b in pairs)
                print(f"| {minutes} min, {name} | {ours:.2f} | {apart} | {other:.2f} | {ratio:.1f} | ≥ {AIMS.get(minutes, '-')} |",
                      flush=True)


if __name__ == "__main__":
    main()
