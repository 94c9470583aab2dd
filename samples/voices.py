"""The sounds of the sample: speech by eSpeak NG with the time of every word, and an audience made of shaped noise."""

import array
import ctypes
import math
import random

RATE = 22050
VOICES = {"Ada": (b"en-gb+f4", 158, 52), "Ben": (b"en-us+m3", 156, 40)}

# From eSpeak NG's speak_lib.h.
RETRIEVAL, CHARS_UTF8, POS_CHARACTER = 1, 1, 1
PARAMETER_RATE, PARAMETER_PITCH, PARAMETER_RANGE = 1, 3, 4
EVENT_END, EVENT_WORD = 0, 1


class Event(ctypes.Structure):
    """espeak_EVENT."""

    _fields_ = [
        ("type", ctypes.c_int), ("identifier", ctypes.c_uint), ("text_position", ctypes.c_int), ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int), ("sample", ctypes.c_int), ("user_data", ctypes.c_void_p), ("name", ctypes.c_char * 8),
    ]


CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))


class Speaker:
    """Says sentences; the library is the one that the espeak-ng program itself uses."""

    def __init__(self):
        self.espeak = ctypes.CDLL("libespeak-ng.so.1")
        rate = self.espeak.espeak_Initialize(RETRIEVAL, 200, None, 0)
        if rate != RATE:
            raise SystemExit(f"eSpeak NG speaks at {rate} Hz instead of {RATE}; install the packages espeak-ng and espeak-ng-data")
        self.callback = CALLBACK(self.receive)
        self.espeak.espeak_SetSynthCallback(self.callback)
        self.samples, self.words = array.array("h"), []

    def receive(self, wave, count, events):
        """Keeps the samples and the word starts that the library hands over."""
        if wave and count > 0:
            self.samples.extend(wave[:count])
        index = 0
        while events[index].type != EVENT_END:
            event = events[index]
            if event.type == EVENT_WORD:
                self.words.append((event.text_position - 1, event.audio_position / 1000))
            index += 1
        return 0

    def say(self, who, text):
        """The samples of a text and the start of each of its words in seconds."""
        voice, rate, pitch = VOICES[who]
        self.samples, self.words = array.array("h"), []
        self.espeak.espeak_SetVoiceByName(voice)
        for parameter, value in ((PARAMETER_RATE, rate), (PARAMETER_PITCH, pitch), (PARAMETER_RANGE, 62)):
            self.espeak.espeak_SetParameter(parameter, value, 0)
        data = text.encode()
        self.espeak.espeak_Synth(data, len(data) + 1, 0, POS_CHARACTER, 0, CHARS_UTF8, None, None)
        self.espeak.espeak_Synchronize()
        wave = trim(self.samples)
        return wave, [(word, start, heard_until(wave, start, end)) for word, start, end in word_times(text, self.words, len(wave) / RATE)]


def trim(samples):
    """Without the silence that the synthesiser leaves at the end."""
    end = len(samples)
    while end and abs(samples[end - 1]) < 60:
        end -= 1
    return samples[: min(len(samples), end + RATE // 40)]


def word_times(text, starts, length):
    """(word, start, end) for every word; what the synthesiser reported none for lies between its neighbours."""
    words, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        known = [time for position, time in starts if at <= position < at + len(word)]
        words.append([word, known[0] if known else None])
        at += len(word)
    times = [time for _, time in words]
    times[0] = times[0] or 0.0
    for index, time in enumerate(times):
        if time is None:
            after = next((t for t in times[index + 1 :] if t is not None), length)
            times[index] = (times[index - 1] + after) / 2
    ends = times[1:] + [length]
    return [(word, start, max(start + 0.05, end)) for (word, _), start, end in zip(words, times, ends)]


def heard_until(wave, start, end):
    """Where a word that may be followed by a pause really ends."""
    at, first = min(int(end * RATE), len(wave)) - 1, int((start + 0.05) * RATE)
    while at > first and abs(wave[at]) < 250:
        at -= 1
    return min(end, at / RATE + 0.02)


def resonator(frequency, width):
    """A filter with one peak, for the colour of a mouth or of hands."""
    radius = math.exp(-math.pi * width / RATE)
    first, second = 2 * radius * math.cos(2 * math.pi * frequency / RATE), -radius * radius
    gain = (1 - radius) * 1.6
    before, earlier = 0.0, 0.0

    def step(value):
        nonlocal before, earlier
        now = gain * value + first * before + second * earlier
        before, earlier = now, before
        return now

    return step


def audience(kind, seconds, chance):
    """Samples of people who laugh or clap."""
    wave = [0.0] * int(seconds * RATE)
    (laugh if kind == "laughter" else clap)(wave, seconds, chance)
    spread = math.sqrt(sum(value * value for value in wave) / len(wave))
    gain = (1500 if kind == "laughter" else 2400) / spread
    fade = RATE // 8
    for n in range(fade):
        wave[-1 - n] *= n / fade
    return array.array("h", (max(-30000, min(30000, int(value * gain))) for value in wave))


def laugh(wave, seconds, chance):
    """A few people; the first of them is the one that is heard, the others follow softly."""
    for person in range(7):
        mouth = resonator(chance.uniform(800, 1400), 700)
        beat = chance.uniform(0.17, 0.2) if person == 0 else chance.uniform(0.16, 0.24)
        strength, at = (1.0 if person == 0 else 0.13), (0.02 if person == 0 else chance.uniform(0.1, 0.4))
        while at < seconds - 0.3:
            length = int(beat * 0.58 * RATE)
            for n in range(length):
                wave[int(at * RATE) + n] += strength * mouth(chance.uniform(-1, 1)) * math.sin(math.pi * n / length)
            at += beat
            strength *= 0.93


def clap(wave, seconds, chance):
    """Seventy people, each with hands and a pace of their own, who begin together and stop one by one."""
    for _ in range(70):
        hands = resonator(chance.uniform(900, 2600), 1400)
        pace, strength = chance.uniform(0.19, 0.29), chance.uniform(0.2, 1.0)
        at, end = chance.uniform(0.0, 0.5), seconds - chance.uniform(0.1, 2.0)
        while at < end:
            begin, decay = int(at * RATE), 1.0
            for n in range(min(RATE // 40, len(wave) - begin)):
                wave[begin + n] += strength * decay * hands(chance.uniform(-1, 1))
                decay *= 0.991
            at += pace * chance.uniform(0.93, 1.07)


def room(length, chance):
    """The faint noise that every real room has."""
    loop = [chance.gauss(0, 9) for _ in range(RATE * 3)]
    return array.array("h", (int(loop[n % len(loop)]) for n in range(length)))
