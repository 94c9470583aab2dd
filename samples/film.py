"""Turns shots into film: people over rooms, moving gently, their mouths following their voices."""

import math
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import people
import scenes
import voices

FPS = 25
# A mouth changes at most every second frame.
STEP = 2 / FPS
SIZES = {"wide": 0.62, "walk": 0.62, "close": 1.02, "two": 0.78}
HEIGHTS = {"wide": 308, "walk": 308, "close": 268, "two": 262}
ACCENTS = ("#c2742c", "#b8921c", "#2f6f8f")
POSES = ("rest", "left", "rest", "right", "rest", "both")
CAST = {"Ada": people.ADA, "Ben": people.BEN}
ENCODER = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-tune", "animation", "-pix_fmt", "yuv420p", "-g", "50"]


def ffmpeg(*args):
    """Runs ffmpeg, or says what it said."""
    done = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *args], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"ffmpeg failed: {done.stderr.strip()[-600:]}\nIt must be built with librsvg and libx264, as Debian's and Ubuntu's are.")


def raster(pictures, folder):
    """Draws SVG texts as PNG files of the same names, a few at a time."""
    names = sorted(pictures)
    for name in names:
        with open(f"{folder}/{name}.svg", "w", encoding="utf-8") as file:
            file.write(pictures[name])
    for first in range(0, len(names), 24):
        some = names[first : first + 24]
        inputs = [part for name in some for part in ("-i", f"{folder}/{name}.svg")]
        outputs = [part for n, name in enumerate(some) for part in ("-map", f"{n}:v", "-frames:v", "1", "-pix_fmt", "rgba", f"{folder}/{name}.png")]
        ffmpeg(*inputs, *outputs)


def sprites():
    """Every picture that the film needs, by name."""
    pictures = {name: scenes.page(draw()) for name, draw in scenes.SCENES.items()}
    pictures["table"] = scenes.page(scenes.table())
    for name, person in CAST.items():
        for size in sorted(set(SIZES.values())):
            for pose in sorted(set(POSES)):
                pictures[f"{name}-body-{size}-{pose}"] = people.svg(people.BODY_BOX, round(600 * size), people.body(person, pose))
            for mouth in range(len(people.MOUTHS)):
                for blink in (False, True):
                    picture = people.svg(people.HEAD_BOX, round(300 * size), people.head(person, mouth, blink))
                    pictures[head_name(name, size, mouth, blink, False)] = picture
            for blink in (False, True):
                picture = people.svg(people.HEAD_BOX, round(300 * size), people.head(person, 0, blink, smile=True))
                pictures[head_name(name, size, 0, blink, True)] = picture
    return pictures


def head_name(name, size, mouth, blink, smile):
    """The file name of a head."""
    return f"{name}-head-{size}-{mouth}{'b' if blink else ''}{'s' if smile else ''}"


def mouth_at(wave, at):
    """How far a mouth stands open for what is heard at a time."""
    part = wave[int(at * voices.RATE) : int((at + STEP) * voices.RATE)]
    if not part:
        return 0
    level = math.sqrt(sum(value * value for value in part[::4]) / len(part[::4]))
    return sum(level > limit for limit in (500, 2200, 4800))


class Film:
    """Knows what is heard, so that it can show who says it."""

    def __init__(self, folder, tracks, laughs):
        self.folder = folder
        # Each person's own voice, for their mouth only.
        self.tracks = tracks
        self.laughs = laughs

    def shoot(self, number, shot, start, end):
        """Films one shot; its length is whole frames."""
        frames = round(end * FPS) - round(start * FPS)
        start = round(start * FPS) / FPS
        out = f"{self.folder}/shot{number:02}.mp4"
        common = ["-frames:v", str(frames), "-r", str(FPS), *ENCODER, out]
        if shot.kind == "slide":
            self.show(number, shot, frames, common)
        else:
            self.act(number, shot, start, frames, common)
        return out

    def show(self, number, shot, frames, common):
        """A slide whose points appear one after another."""
        accent = ACCENTS[sum(ord(letter) for letter in shot.scene) % len(ACCENTS)]
        names = {f"slide{number:02}-{n}": scenes.slide(shot.scene, shot.points, n, accent) for n in range(len(shot.points) + 1)}
        raster(names, self.folder)
        seconds = frames / FPS
        stops = [(name, seconds / (len(names) + 1)) for name in sorted(names)]
        ffmpeg("-f", "concat", "-safe", "0", "-i", self.list(f"slide{number:02}", stops + [(stops[-1][0], 60)]), "-vf", f"fps={FPS}", *common)

    def act(self, number, shot, start, frames, common):
        """People in a room."""
        size, height = SIZES[shot.kind], HEIGHTS[shot.kind]
        cast = [("Ada", 385), ("Ben", 895)] if shot.kind == "two" else [(shot.who, 420 if shot.side == "left" else 860)]
        inputs = ["-i", f"{self.folder}/{shot.scene}.png"]
        # The room is decoded once and repeated.
        graph, last = [f"[0:v]format=yuv420p,loop=loop=-1:size=1,fps={FPS},setpts=N/{FPS}/TB[room]"], "room"
        for place, (name, x) in enumerate(cast):
            bodies, heads = self.play(number, name, size, start, frames)
            inputs += ["-f", "concat", "-safe", "0", "-i", bodies, "-f", "concat", "-safe", "0", "-i", heads]
            body_x, body_y, head_x, head_y = motion(shot, x, height, size, 1.7 * place + number)
            body, head = 1 + 2 * place, 2 + 2 * place
            graph.append(f"[{last}][{body}:v]overlay=x='{body_x}':y='{body_y}':eval=frame[b{place}]")
            graph.append(f"[b{place}][{head}:v]overlay=x='{head_x}':y='{head_y}':eval=frame[h{place}]")
            last = f"h{place}"
        if shot.kind == "two":
            inputs += ["-i", f"{self.folder}/table.png"]
            graph.append(f"[{last}][{1 + 2 * len(cast)}:v]overlay=0:0[t]")
            last = "t"
        ffmpeg(*inputs, "-filter_complex", ";".join(graph), "-map", f"[{last}]", *common)

    def play(self, number, name, size, start, frames):
        """Lists of pictures: the poses of a body and the faces of a head during a shot."""
        seconds, voice = frames / FPS, self.tracks[name]
        poses, at, turn = [], 0.0, number + len(name)
        while at < seconds:
            part = voice[int((start + at) * voices.RATE) : int((start + at + 2.4) * voices.RATE) : 50]
            speaks = sum(abs(value) > 900 for value in part) > len(part) / 6
            poses.append((f"{name}-body-{size}-{POSES[turn % len(POSES)] if speaks else 'rest'}", 2.4))
            at, turn = at + 2.4, turn + 1
        faces, at = [], 0.0
        while at < seconds:
            now = start + at
            mouth = mouth_at(voice, now)
            smile = mouth == 0 and any(begin <= now < end for begin, end in self.laughs)
            blink = (now + (1.3 if name == "Ben" else 0.0)) % (3.7 if name == "Ada" else 4.3) < 0.16
            faces.append((head_name(name, size, mouth, blink, smile), STEP))
            at += STEP
        label = f"shot{number:02}-{name}"
        return self.list(f"{label}-body", merged(poses)), self.list(f"{label}-head", merged(faces))

    def list(self, label, stops):
        """Writes (picture, seconds) as a list for ffmpeg's concat demuxer, which wants the last one twice."""
        path = f"{self.folder}/{label}.txt"
        with open(path, "w", encoding="utf-8") as file:
            file.write("ffconcat version 1.0\n")
            for name, seconds in stops:
                file.write(f"file {name}.png\nduration {seconds:.3f}\n")
            file.write(f"file {stops[-1][0]}.png\nduration 60\n")
        return path


def merged(stops):
    """Equal neighbours as one, for fewer files to open."""
    together = []
    for name, seconds in stops:
        if together and together[-1][0] == name:
            together[-1] = (name, together[-1][1] + seconds)
        else:
            together.append((name, seconds))
    return together


def motion(shot, x, height, size, phase):
    """Overlay positions in time: a sway for everyone, a nod for heads, steps for those who walk."""
    middle = f"{x}+{round(9 * size)}*sin(t*1.15+{phase:.1f})+{round(5 * size)}*sin(t*2.3+{2 * phase:.1f})"
    bob = f"{round(3 * size, 1)}*sin(t*1.9+{phase:.1f})"
    if shot.kind == "walk":
        # Across most of the picture in eight seconds, and on, slower, until the shot ends.
        ahead = "(min(t,8)*82+max(t-8,0)*6)"
        middle = f"250+{ahead}" if shot.side == "left" else f"1030-{ahead}"
        bob = f"-7*abs(sin(t*4.4))*lt(t,8)+{bob}"
    nod = f"{round(4 * size, 1)}*sin(t*3.1+{phase:.1f})"
    left, top = -people.BODY_BOX[0] * size, -people.BODY_BOX[1] * size
    head_left, head_top = -people.HEAD_BOX[0] * size, -people.HEAD_BOX[1] * size
    return (
        f"{middle}-{left:.0f}", f"{height + 96 * size - top:.0f}+{bob}",
        f"{middle}-{head_left:.0f}+{round(2 * size, 1)}*sin(t*1.3)", f"{height - head_top:.0f}+{bob}+{nod}",
    )


def shoot_all(film, shots):
    """Films every shot, two at a time, in order."""
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
        return list(pool.map(lambda job: film.shoot(*job), [(n, shot, start, end) for n, (shot, start, end) in enumerate(shots)]))
