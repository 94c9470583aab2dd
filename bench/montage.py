#!/usr/bin/env python3
"""Measures the rendering of an edit to music against the least that it could cost; prints rows of a Markdown table.

  bench/montage.py --reelspan target/release/reelspan [--runs 3] [--seconds 15]

Beside it stand, in the same run, bare ffmpeg decoding the very ranges that the plan shows (each seeks and decodes to nothing,
in the source's own size) and one bare ffmpeg encoding the very frames and sound that the program fed to its encoder, with the
program's own arguments. CPU seconds (user + system, children included), medians; the runs of a pair alternate.
"""
import argparse, json, os, resource, shutil, statistics, subprocess, sys, tempfile

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "out", "montage")
FFMPEG = ["ffmpeg", "-nostdin", "-v", "error", "-y"]
H264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-g", "60", "-pix_fmt", "yuv420p"]


def cpu(command, feed=None):
    """CPU seconds of one command with all its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(feed or os.devnull, "rb") as stdin:
        done = subprocess.run(command, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{done.stderr.decode(errors='replace')[-2000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def made(name, args):
    """A file of the bench, made once."""
    path = os.path.join(OUT, name)
    if not os.path.exists(path):
        os.makedirs(OUT, exist_ok=True)
        part = os.path.join(OUT, "part-" + name)
        subprocess.run([*FFMPEG, *args, part], check=True)
        os.rename(part, path)
    return path


def moving(size, rate, hue, seconds=10, more=""):
    """Something that moves, with grain, so that decoding costs what footage costs."""
    graph = f"testsrc2=s={size}:r={rate}:d={seconds},hue=h={hue},noise=alls=8:allf=t{more}"
    return ["-f", "lavfi", "-i", graph, "-f", "lavfi", "-i", f"sine=f={200 + hue}:d={seconds}"]


def song():
    beat = "0.8*exp(-18*mod(t,0.5))*sin(2*PI*60*t)+0.2*exp(-60*mod(t+0.25,0.5))*random(0)+0.1*sin(2*PI*220*t)"
    return made("song.wav", ["-f", "lavfi", "-i", f"aevalsrc=exprs='{beat}':s=44100:d=40"])


def ten_alike():
    return [made(f"hd{i}.mp4", [*moving("1920x1080", 30, 36 * i), *H264, "-c:a", "aac"]) for i in range(10)]


def ten_mixed():
    aac = ["-c:a", "aac"]
    flat = made("flat.mp4", [*moving("1920x1080", 30, 10), *H264, *aac])
    return [
        made("p25.mp4", [*moving("1280x720", 25, 40), *H264, *aac]),
        made("p60.mp4", [*moving("1920x1080", 60, 80, 8), *H264, *aac]),
        made("uhd.mp4", [*moving("3840x2160", 30, 120, 5), *H264, *aac]),
        made("phone.mp4", ["-i", flat, "-c", "copy", "-metadata:s:v", "rotate=90"]),
        made("p24.avi", [*moving("854x480", 24, 160), "-c:v", "mpeg4", "-q:v", "4", "-c:a", "libmp3lame"]),
        made("vp9.webm", [*moving("1280x720", 30, 200, 6), "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8",
                          "-crf", "34", "-b:v", "0", "-c:a", "libopus"]),
        made("hevc.mkv", [*moving("1920x1080", 30, 240, 6), "-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
                          "log-level=none", *aac]),
        made("fields.ts", [*moving("1440x1080", 50, 280, 6, ",interlace"), "-c:v", "mpeg2video", "-flags", "+ildct+ilme",
                           "-b:v", "20M", "-c:a", "mp2"]),
        made("wide.jpg", ["-f", "lavfi", "-i", "testsrc2=s=4000x3000", "-frames:v", "1"]),
        made("tall.png", ["-f", "lavfi", "-i", "testsrc2=s=1500x2000", "-frames:v", "1"]),
    ]


RECORDER = """#!{python}
import json, os, shutil, subprocess, sys
args = sys.argv[1:]
if "libx264" not in args or "pipe:0" not in args:
    os.execv({ffmpeg!r}, [{ffmpeg!r}, *args])
sound = args.index("f32le") + 1
while args[sound] != "-i":
    sound += 1
shutil.copy(args[sound + 1].removeprefix("file:"), {folder!r} + "/sound.f32")
kept = list(args)
kept[sound + 1] = "file:" + {folder!r} + "/sound.f32"
with open({folder!r} + "/args.json", "w") as out:
    json.dump(kept, out)
# The program bounds the size of a file that its encoder may write, so the frames are kept in pieces.
real = subprocess.Popen([{ffmpeg!r}, *args], stdin=subprocess.PIPE)
piece = 0
while block := sys.stdin.buffer.read(64 << 20):
    with open({folder!r} + f"/frames{{piece:04}}", "wb") as out:
        out.write(block)
    real.stdin.write(block)
    piece += 1
real.stdin.close()
sys.exit(real.wait())
"""


class Bench:
    def __init__(self, args):
        self.args, self.count = args, 0
        self.tmp = tempfile.mkdtemp(prefix="reelspan-bench-")

    def edit(self, plan, *more):
        """Renders a plan into a folder of its own, with a cache that holds no finished file."""
        self.count += 1
        out, cache = os.path.join(self.tmp, f"out{self.count}"), os.path.join(self.tmp, "cache")
        shutil.rmtree(os.path.join(cache, "render"), ignore_errors=True)
        return [self.args.reelspan, "music-edit", "--from-plan", plan, "--out", out, "--cache", cache, *more]

    def plan(self, sources):
        folder = os.path.join(self.tmp, f"plan{self.count}")
        cpu([self.args.reelspan, "music-edit", "--music", song(), *sources, "--length", f"{self.args.seconds}s", "--aspect",
             "9:16", "--pace", "fast", "--plan-only", "--out", folder, "--cache", os.path.join(self.tmp, "cache")])
        found = [name for name in os.listdir(folder) if name.endswith(".json")]
        if len(found) != 1:
            sys.exit(f"expected one plan, found {found}")
        return os.path.join(folder, found[0])

    def recorded(self, plan):
        """What the program feeds to its one encoder, and the encoder's arguments."""
        script = os.path.join(self.tmp, "ffmpeg")
        with open(script, "w") as out:
            out.write(RECORDER.format(python=sys.executable, ffmpeg=shutil.which("ffmpeg"), folder=self.tmp))
        os.chmod(script, 0o755)
        cpu(self.edit(plan, "--no-jail", "--ffmpeg", script))
        with open(os.path.join(self.tmp, "frames.yuv"), "wb") as frames:
            for name in sorted(name for name in os.listdir(self.tmp) if name.startswith("frames0")):
                with open(os.path.join(self.tmp, name), "rb") as piece:
                    shutil.copyfileobj(piece, frames, 1 << 20)
                os.remove(os.path.join(self.tmp, name))
        with open(os.path.join(self.tmp, "args.json")) as kept:
            args = json.load(kept)
        args[-1] = "file:" + os.path.join(self.tmp, "bare.mp4")
        return args

    def least(self, plan, encode):
        """Decoding what the plan shows, shot by shot, and the one encode."""
        paths = {source["id"]: source for source in plan["sources"]}
        ends = [shot["at"] for shot in plan["shots"][1:]] + [plan["settings"]["length"]]
        half = [shot.get("joint", {}).get("seconds", 0.0) / 2 for shot in plan["shots"]] + [0.0]
        total = 0.0
        for i, (shot, end) in enumerate(zip(plan["shots"], ends)):
            source = paths[shot["source"]]
            start = max(0.0, shot["start"] - half[i])
            length = end - shot["at"] + half[i] + half[i + 1]
            where = [] if source["still"] else ["-ss", f"{start:.3f}", "-t", f"{length:.3f}"]
            total += cpu([*FFMPEG, *where, "-i", source["path"], "-map", "0:v:0", "-f", "null", "-"])
        return total, cpu(["ffmpeg", *encode], os.path.join(self.tmp, "frames.yuv"))

    def row(self, what, sources):
        path = self.plan(sources)
        encode = self.recorded(path)
        with open(path) as kept:
            plan = json.load(kept)
        runs = [(cpu(self.edit(path)), *self.least(plan, encode)) for _ in range(self.args.runs)]
        ours, decode, bare = (statistics.median(run[i] for run in runs) for i in range(3))
        ratio = statistics.median(run[0] / (run[1] + run[2]) for run in runs)
        used = len({shot["source"] for shot in plan["shots"]})
        print(f"| music edit, {what}: {used} sources, {len(plan['shots'])} shots, {plan['settings']['length']:.1f} s | {ours:.2f} "
              f"| decode {decode:.2f} + encode {bare:.2f} | {ratio:.2f} | ≤ 1.3 |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reelspan", required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=15)
    b = Bench(parser.parse_args())
    try:
        print("| what | ours | beside it | ratio | aim |\n|---|---|---|---|---|", flush=True)
        b.row("1080p30 H.264", ten_alike())
        b.row("mixed sizes, rates, codecs and pictures", ten_mixed())
    finally:
        shutil.rmtree(b.tmp, ignore_errors=True)


main()
