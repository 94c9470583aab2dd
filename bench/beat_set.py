#!/usr/bin/env python3
"""Makes music whose beats are known exactly, and sounds that have none, for bench/beats.py. Needs numpy.

  bench/beat_set.py FOLDER        writes NAME.wav and NAME.json (beats_s, downbeats_s, meter; beats_s empty where there is none)

Each piece is one way in which beat trackers go wrong: loud off-beat hats, octaves, drifting and stepping tempo, players
who are not on time, slow attacks, silence before the music, three in a bar, no beat at all.
"""
import json, os, sys, wave
import numpy as np

RATE = 44100
SECONDS = 60.0


class Tape:
    """A mono recording that sounds are laid on."""

    def __init__(self, seed, seconds=SECONDS):
        self.rng = np.random.default_rng(seed)
        self.sound = np.zeros(int(seconds * RATE))

    def lay(self, at, wave_, gain=1.0):
        start = int(round(at * RATE))
        if start < 0 or start >= len(self.sound):
            return
        end = min(start + len(wave_), len(self.sound))
        self.sound[start:end] += gain * wave_[:end - start]

    def time(self, seconds):
        return np.arange(int(seconds * RATE)) / RATE

    def kick(self, at, gain=0.9):
        t = self.time(0.25)
        phase = 2 * np.pi * (48 * t + 90 * 0.03 * (1 - np.exp(-t / 0.03)))
        self.lay(at, np.sin(phase + 0.5) * np.exp(-t / 0.09) * np.minimum(1, t / 0.001), gain)

    def snare(self, at, gain=0.6):
        t = self.time(0.2)
        noise = self.rng.standard_normal(len(t)) * 0.5
        self.lay(at, (noise + 0.5 * np.sin(2 * np.pi * 190 * t)) * np.exp(-t / 0.06), gain)

    def hat(self, at, gain=0.2, decay=0.03):
        t = self.time(decay * 5)
        noise = np.diff(np.diff(self.rng.standard_normal(len(t) + 2)))
        self.lay(at, noise * np.exp(-t / decay) * 0.4, gain)

    def note(self, at, seconds, pitch, gain=0.2, attack=0.005, decay=None, partials=6):
        t = self.time(seconds)
        tone = sum(np.sin(2 * np.pi * pitch * k * t + self.rng.uniform(0, 6)) / k for k in range(1, partials + 1))
        shape = np.minimum(1, t / attack) * np.minimum(1, (seconds - t) / min(0.05, seconds / 4))
        if decay:
            shape = shape * np.exp(-t / decay)
        self.lay(at, tone * shape, gain)

    def chord(self, at, seconds, root, gain=0.08, **how):
        for ratio in (1, 1.26, 1.5, 2):
            self.note(at, seconds, root * ratio, gain, **how)

    def hiss(self, gain=0.0005):
        self.sound += gain * self.rng.standard_normal(len(self.sound))

    def reverb(self, seconds=0.6, wet=0.25):
        t = self.time(seconds)
        tail = self.rng.standard_normal(len(t)) * np.exp(-t / (seconds / 4))
        tail /= np.sqrt(np.sum(tail ** 2))
        size = 1 << int(np.ceil(np.log2(len(self.sound) + len(tail))))
        made = np.fft.irfft(np.fft.rfft(self.sound, size) * np.fft.rfft(tail, size), size)[:len(self.sound)]
        self.sound = self.sound + wet * made


ROOTS = [110.0, 146.83, 98.0, 130.81]


def steady(bpm, first=0.5, seconds=SECONDS):
    return np.arange(first, seconds - 0.3, 60.0 / bpm)


def changing(tempo_at, first=0.4, seconds=SECONDS):
    """Beats of a tempo that is a function of time."""
    beats, at = [], first
    while at < seconds - 0.3:
        beats.append(at)
        step = 60.0 / tempo_at(at)
        at += 60.0 / tempo_at(at + step / 2)
    return np.array(beats)


def halves(beats):
    return (beats[:-1] + beats[1:]) / 2


def rock(tape, beats, ghost=0.0, hats=0.2, kick=0.9, snare=0.6, bass=0.18):
    for i, at in enumerate(beats):
        tape.kick(at, kick) if i % 2 == 0 else tape.snare(at, snare)
        tape.hat(at, hats)
        step = beats[min(i + 1, len(beats) - 1)] - at
        if step > 0:
            tape.note(at, step * 0.9, ROOTS[i // 4 % 4] / 2, bass, decay=0.4)
            if i % 4 == 0:
                tape.chord(at, step * 3.9, ROOTS[i // 4 % 4] * 2, 0.04)
    for i, at in enumerate(halves(beats)):
        tape.hat(at, hats * 0.7)
        if tape.rng.random() < ghost:
            tape.kick(at, kick * 0.8)


def set_rock():
    tape, beats = Tape(1), steady(123.4)
    rock(tape, beats, ghost=0.3)
    return tape, beats, 4


def set_edm():
    tape, beats = Tape(2), steady(128, 0.3)
    for i, at in enumerate(beats):
        tape.kick(at, 0.8)
        if i % 2:
            tape.snare(at, 0.25)
        if i % 4 == 0:
            tape.chord(at, 60 / 128 * 4, ROOTS[i // 8 % 4] * 2, 0.03)
    for i, at in enumerate(halves(beats)):
        tape.hat(at, 1.2, 0.06)
        tape.note(at, 0.2, ROOTS[i // 8 % 4] / 2, 0.3)
    return tape, beats, 4


def set_swing():
    tape, beats = Tape(3), steady(96, 0.7)
    step = 60 / 96
    for i, at in enumerate(beats):
        tape.hat(at, 0.3, 0.08)
        if i % 2:
            tape.hat(at, 0.3)
            tape.hat(at + step * 2 / 3, 0.3)
        if i % 4 == 0:
            tape.kick(at, 0.35)
            tape.chord(at + step * 2 / 3, 0.25, ROOTS[i // 4 % 4] * 2, 0.08)
        tape.note(at, step, ROOTS[i // 4 % 4] / 2 * [1, 1.25, 1.5, 1.12][i % 4], 0.3, attack=0.01, decay=0.5)
    return tape, beats, 4


def set_drift():
    tape, beats = Tape(4), changing(lambda t: 100 + 30 * t / SECONDS)
    rock(tape, beats)
    return tape, beats, 4


def set_step():
    tape, beats = Tape(5), changing(lambda t: 90 if t < 30 else 120)
    rock(tape, beats, ghost=0.2)
    return tape, beats, 4


def set_live():
    tape, beats = Tape(6), steady(112, 0.9)
    beats = np.sort(beats + tape.rng.normal(0, 0.012, len(beats)))
    rock(tape, beats, ghost=0.3)
    tape.reverb()
    return tape, beats, 4


def set_pad():
    tape, beats = Tape(7), steady(84, 0.6)
    step = 60 / 84
    for i, at in enumerate(beats):
        tape.chord(at, step * 1.0, ROOTS[i // 4 % 4] * (2 if i % 4 == 0 else 2.25), 0.08, attack=0.12)
    return tape, beats, 4


def set_sparse():
    tape, beats = Tape(8), steady(72, 1.2)
    for i, at in enumerate(beats):
        if i % 2 == 0:
            tape.note(at, 1.2, ROOTS[i // 4 % 4] * 2, 0.15, decay=0.4)
        if i % 4 == 0:
            tape.note(at, 2.5, ROOTS[i // 4 % 4] / 1, 0.2, decay=1.0)
        elif tape.rng.random() < 0.7:
            tape.note(at, 0.7, ROOTS[i // 4 % 4] * 3, 0.1, decay=0.3)
        if tape.rng.random() < 0.25:
            tape.note(at + 0.5 * 60 / 72, 0.5, ROOTS[i // 4 % 4] * 4, 0.08, decay=0.3)
    return tape, beats, 4


def set_fast():
    tape, beats = Tape(9), steady(174, 0.35)
    rock(tape, beats, ghost=0.15, hats=0.15)
    return tape, beats, 4


def set_syncopated():
    tape, beats = Tape(10), steady(140, 0.5)
    step = 60 / 140
    for i, at in enumerate(beats):
        tape.kick(at, 0.8 if i % 2 == 0 else 0.55)
        tape.snare(at + step / 2, 0.6)
        tape.hat(at, 0.1)
        tape.hat(at + step / 2, 0.15)
        if i % 4 == 0:
            tape.note(at, step * 4, ROOTS[i // 4 % 4] / 2, 0.25)
    return tape, beats, 4


def set_waltz():
    tape, beats = Tape(11), steady(138, 0.4)
    step = 60 / 138
    for i, at in enumerate(beats):
        root = ROOTS[i // 6 % 4]
        if i % 3 == 0:
            tape.note(at, step * 1.2, root / 2, 0.45, decay=0.5)
            tape.kick(at, 0.3)
            tape.note(at, step * 2.8, root * [3, 4, 3.75, 3.36][i // 3 % 4], 0.12, attack=0.02)
        else:
            tape.chord(at, step * 0.5, root * 2, 0.07, decay=0.2)
    return tape, beats, 3


def set_waltz_slow():
    tape, beats = Tape(12), steady(92, 0.8)
    step = 60 / 92
    for i, at in enumerate(beats):
        root = ROOTS[i // 3 % 4]
        tape.kick(at, 0.8) if i % 3 == 0 else tape.snare(at, 0.25)
        tape.hat(at, 0.15)
        tape.hat(at + step / 2, 0.1)
        if i % 3 == 0:
            tape.chord(at, step * 2.9, root * 2, 0.06)
            tape.note(at, step * 2.5, root / 2, 0.3)
    return tape, beats, 3


def set_rubato():
    tape = Tape(13)
    beats = changing(lambda t: 84 * (1 + 0.13 * np.sin(2 * np.pi * t / 11)), 0.8)
    for i, at in enumerate(beats):
        root = ROOTS[i // 4 % 4]
        tape.note(at, 0.9, root * [2, 3, 4, 3][i % 4], 0.16, decay=0.5)
        if i % 4 == 0:
            tape.note(at, 2.4, root, 0.22, decay=1.2)
        elif i % 2 == 0:
            tape.note(at, 1.2, root * 1.5, 0.15, decay=0.8)
        if tape.rng.random() < 0.5 and i + 1 < len(beats):
            tape.note((at + beats[i + 1]) / 2, 0.4, root * 5, 0.08, decay=0.3)
    return tape, beats, 4


def set_breaks():
    """Two-step drums at 170: the second kick is off the beat."""
    tape, beats = Tape(14), steady(170, 0.2)
    step = 60 / 170
    for i, at in enumerate(beats):
        if i % 4 == 0:
            tape.kick(at, 0.9)
            tape.note(at, step * 3.5, ROOTS[i // 16 % 4] / 2, 0.3)
        if i % 4 == 2:
            tape.kick(at + step / 2, 0.9)
        if i % 2:
            tape.snare(at, 0.7)
        tape.hat(at, 0.2)
        tape.hat(at + step / 2, 0.2)
    return tape, beats, 4


def set_reggae():
    tape, beats = Tape(15), steady(76, 0.5)
    step = 60 / 76
    for i, at in enumerate(beats):
        if i % 2:
            tape.kick(at, 0.7)
            tape.snare(at, 0.3)
        tape.chord(at + step / 2, 0.12, ROOTS[i // 4 % 4] * 3, 0.12, decay=0.1)
        tape.hat(at, 0.15)
        tape.hat(at + step / 2, 0.15)
        if i % 4 != 3:
            tape.note(at, step * 0.7, ROOTS[i // 4 % 4] / 2 * [1, 1.5, 1.25, 1][i % 4], 0.35)
    return tape, beats, 4


def set_ballad():
    tape, beats = Tape(16), steady(63, 1.0)
    step = 60 / 63
    for i, at in enumerate(beats):
        tape.kick(at, 0.6) if i % 2 == 0 else tape.snare(at, 0.4)
        for q in range(4):
            tape.hat(at + q * step / 4, 0.12 if q % 2 == 0 else 0.07)
        tape.note(at, step, ROOTS[i // 4 % 4] * [2, 2.5, 3, 4][i % 4], 0.12, decay=0.5)
        tape.note(at + step / 2, step / 2, ROOTS[i // 4 % 4] * 3, 0.1, decay=0.4)
    tape.reverb(1.0, 0.4)
    return tape, beats, 4


def set_punk():
    tape, beats = Tape(17), steady(196, 0.4)
    step = 60 / 196
    for i, at in enumerate(beats):
        tape.kick(at, 0.8) if i % 2 == 0 else tape.snare(at, 0.6)
        for q in range(2):
            tape.chord(at + q * step / 2, step / 2, ROOTS[i // 8 % 4], 0.07, decay=0.15, partials=12)
        tape.hat(at, 0.3, 0.1)
    return tape, beats, 4


def set_buildup():
    """House with a break without drums in the middle, after silence."""
    tape, beats = Tape(18), steady(124, 2.75)
    for i, at in enumerate(beats):
        if not 40 <= i < 72:
            tape.kick(at, 0.8)
            if i % 2:
                tape.snare(at, 0.3)
            tape.hat(at + 30 / 124, 0.3)
        if i % 4 == 0:
            tape.chord(at, 4 * 60 / 124, ROOTS[i // 4 % 4] * 2, 0.06, attack=0.01)
        for q in range(4):
            tape.note(at + q * 15 / 124, 0.1, ROOTS[i // 4 % 4] * [4, 5, 6, 8][q], 0.05, decay=0.06)
    return tape, beats, 4


def set_eight():
    """Piano eighths without drums, the melody off the beat now and then."""
    tape, beats = Tape(19), steady(104, 0.3)
    step = 60 / 104
    for i, at in enumerate(beats):
        root = ROOTS[i // 4 % 4]
        tape.note(at, step / 2, root * [1, 1.5, 2, 1.5][i % 4], 0.25 if i % 4 == 0 else 0.15, decay=0.4)
        tape.note(at + step / 2, step / 2, root * [2, 2.5, 3, 2.5][i % 4], 0.11, decay=0.3)
        if tape.rng.random() < 0.6:
            tape.note(at + (step / 2 if tape.rng.random() < 0.35 else 0), step, root * tape.rng.choice([4, 5, 6]), 0.12, decay=0.5)
    tape.reverb()
    return tape, beats, 4


def none_noise():
    tape = Tape(30)
    tape.sound += 0.2 * tape.rng.standard_normal(len(tape.sound))
    return tape, np.array([]), 4


def none_silence():
    return Tape(31), np.array([]), 4


def none_drone():
    tape = Tape(32)
    t = np.arange(len(tape.sound)) / RATE
    for k in range(1, 9):
        tape.sound += 0.2 / k * np.sin(2 * np.pi * 55.3 * k * t + k) * (1 + 0.2 * np.sin(2 * np.pi * 0.07 * k * t))
    return tape, np.array([]), 4


def none_ambient():
    tape, at = Tape(33), 0.0
    while at < SECONDS:
        tape.chord(at, 9.0, tape.rng.choice(ROOTS) * tape.rng.choice([1, 1.5, 2]), 0.04, attack=3.0)
        at += tape.rng.uniform(1.5, 5.0)
    tape.reverb(2.0, 0.5)
    return tape, np.array([]), 4


def none_rain():
    """Drops at random: attacks without a pulse."""
    tape = Tape(34)
    for at in tape.rng.uniform(0, SECONDS, 500):
        tape.hat(at, tape.rng.uniform(0.05, 0.5), 0.01)
        if tape.rng.random() < 0.2:
            tape.note(at, 0.3, tape.rng.uniform(200, 1500), 0.2, decay=0.05)
    tape.hiss(0.01)
    return tape, np.array([]), 4


def none_talk():
    """Syllables as a voice makes them: buzzing bursts of uneven length and pitch, with pauses."""
    tape, at = Tape(35), 0.3
    while at < SECONDS - 1:
        for _ in range(tape.rng.integers(4, 14)):
            length = tape.rng.uniform(0.09, 0.28)
            tape.note(at, length, tape.rng.uniform(100, 150), tape.rng.uniform(0.05, 0.2), attack=0.03, partials=14)
            if tape.rng.random() < 0.4:
                tape.hat(at, 0.1, 0.03)
            at += length + tape.rng.uniform(0.0, 0.06)
        at += tape.rng.uniform(0.25, 0.9)
    tape.hiss(0.002)
    return tape, np.array([]), 4


def make(folder):
    """Writes the whole set unless it is there; gives the names."""
    os.makedirs(folder, exist_ok=True)
    names = []
    for key, maker in list(globals().items()):
        if not key.startswith(("set_", "none_")):
            continue
        name = key.replace("set_", "").replace("none_", "none-").replace("_", "-")
        names.append(name)
        target = os.path.join(folder, name + ".json")
        if os.path.exists(target):
            continue
        tape, beats, meter = maker()
        if key != "none_silence":
            tape.hiss()
            tape.sound *= 0.8 / max(1e-9, np.max(np.abs(tape.sound)))
        with wave.open(os.path.join(folder, name + ".wav"), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes((np.clip(tape.sound, -1, 1) * 32767).astype("<i2").tobytes())
        truth = {"beats_s": [round(float(t), 4) for t in beats], "meter": meter,
                 "downbeats_s": [round(float(t), 4) for t in beats[::meter]]}
        with open(target, "w") as out:
            json.dump(truth, out)
    return names


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(*make(sys.argv[1]), sep="\n")
