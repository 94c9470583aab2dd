#!/usr/bin/env python3
"""Makes the bundled sample: `samples/out/talk.mp4` with its transcript as `talk.srt` and, word by word, `talk.json`.

Needs python3, ffmpeg, espeak-ng and fonts-noto-core, and nothing else; gives the same talk every time.
"""

import array
import json
import os
import random
import shutil
import sys
import tempfile
import wave

import film
import talk
import voices

HERE = os.path.dirname(os.path.abspath(__file__))
# A subtitle shows so many characters at most.
CUE = 76


def main():
    """Speaks, films and joins both."""
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "out")
    os.makedirs(out, exist_ok=True)
    sound, tracks, words, shots, laughs = perform()
    with tempfile.TemporaryDirectory(prefix="sample-") as folder:
        save(sound, f"{folder}/talk.wav")
        film.raster(film.sprites(), folder)
        parts = film.shoot_all(film.Film(folder, tracks, laughs), shots)
        with open(f"{folder}/parts.txt", "w", encoding="utf-8") as file:
            file.writelines(f"file {os.path.basename(part)}\n" for part in parts)
        # A little echo and a little width make a room of a synthesiser.
        room = "aecho=0.9:0.5:23|37:0.10|0.07,aresample=48000,pan=stereo|c0=c0|c1=c0"
        film.ffmpeg(
            "-f", "concat", "-safe", "0", "-i", f"{folder}/parts.txt", "-i", f"{folder}/talk.wav", "-map", "0:v", "-map", "1:a",
            "-c:v", "copy", "-af", room, "-c:a", "aac", "-b:a", "128k", "-shortest", "-movflags", "+faststart",
            "-metadata", "title=Three slow things (synthetic sample)", "-fflags", "+bitexact", "-map_metadata", "-1", f"{folder}/talk.mp4",
        )
        shutil.copyfile(f"{folder}/talk.mp4", f"{out}/talk.mp4")
    write(f"{out}/talk.srt", subtitles(words))
    write(f"{out}/talk.json", json.dumps({"language": "en", "timing": "word", "words": words}, indent=1) + "\n")
    print(f"{out}/talk.mp4: {len(sound) / voices.RATE:.0f} s, {len(shots)} shots, {len(words)} words")


def perform():
    """The whole sound, each person's own voice, the words, the shots and the laughs, all with their times."""
    speaker, chance = voices.Speaker(), random.Random(20)
    sound = array.array("h", bytes(2 * int(0.6 * voices.RATE)))
    words, shots, laughs, lines = [], [], [], []
    for item in talk.TALK:
        now = len(sound) / voices.RATE
        if isinstance(item, talk.Shot):
            # Cuts lie in the pauses, just before the next word.
            shots.append([item, max(0.0, now - 0.2) if shots else 0.0, None])
        elif isinstance(item, talk.Sound):
            sound.extend(voices.audience(item.kind, item.seconds, chance))
            laughs.append((now, now + item.seconds + 0.4))
            sound.extend(array.array("h", bytes(2 * int(0.35 * voices.RATE))))
        else:
            spoken, timed = speaker.say(item.who, item.text)
            lines.append((item.who, len(sound), spoken))
            words += [{"start": round(now + a, 3), "end": round(now + b, 3), "text": word, "speaker": item.who} for word, a, b in timed]
            sound.extend(spoken)
            sound.extend(array.array("h", bytes(2 * int(item.pause * voices.RATE))))
    length = len(sound) / voices.RATE
    for shot, after in zip(shots, shots[1:] + [[None, length, None]]):
        shot[2] = after[1]
    tracks = {who: array.array("h", bytes(2 * len(sound))) for who in voices.VOICES}
    for who, at, spoken in lines:
        tracks[who][at : at + len(spoken)] = spoken
    hiss = voices.room(len(sound), chance)
    return array.array("h", map(mixed, sound, hiss)), tracks, words, [tuple(shot) for shot in shots], laughs


def mixed(a, b):
    """Two samples as one."""
    return max(-32768, min(32767, a + b))


def subtitles(words):
    """SubRip cues of a line or two that end where sentences or speakers do."""
    cues, line = [], []
    for word, after in zip(words, words[1:] + [None]):
        line.append(word)
        text = " ".join(part["text"] for part in line)
        ends = after is None or after["speaker"] != word["speaker"] or word["text"][-1] in ".?!"
        if ends or len(text) + len(after["text"]) >= CUE:
            cues.append(f"{len(cues) + 1}\n{clock(line[0]['start'])} --> {clock(line[-1]['end'])}\n{text}\n")
            line = []
    return "\n".join(cues)


def clock(seconds):
    """12.5 as 00:00:12,500."""
    whole = round(seconds * 1000)
    return f"{whole // 3600000:02}:{whole // 60000 % 60:02}:{whole // 1000 % 60:02},{whole % 1000:03}"


def save(samples, path):
    """Samples as a WAV file."""
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(voices.RATE)
        file.writeframes(samples.tobytes())


def write(path, text):
    """A text file."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
