"""Reads exports with OpenTimelineIO's own adapters and prints what they found, in frames of the sequence.

Takes a JSON list of {file, format, num, den} on standard input. FCPXML is also read without the adapter, as exact fractions: the adapter
counts in floats and knows whole rates only.
"""

import json
import sys
import xml.etree.ElementTree as ET
from fractions import Fraction

import opentimelineio as otio

ADAPTER = {"otio": "otio_json", "fcpxml": "fcpx_xml", "fcp7xml": "fcp_xml", "edl": "cmx_3600"}


def frames(time, rate):
    """The nearest whole frame and how far it is off, so that a test sees both."""
    exact = time.value / time.rate * rate
    return round(exact) if abs(exact - round(exact)) < 1e-3 else exact


def url(clip):
    return getattr(clip.media_reference, "target_url", None)


def items(track, rate, tape):
    """`tape` is the time at which a list begins; its adapter keeps that as the track's start."""
    found, joints = [], []
    children = list(track)
    first = track.source_range.start_time + tape if tape else None
    for index, child in enumerate(children):
        if isinstance(child, otio.schema.Transition):
            before = children[index - 1]
            cut = found[-1]["record"] + found[-1]["frames"] if isinstance(before, otio.schema.Clip) else None
            head, tail = frames(child.in_offset, rate), frames(child.out_offset, rate)
            joints.append({"cut": cut, "head": head, "tail": tail, "kind": child.transition_type, "name": child.name})
            continue
        if not isinstance(child, otio.schema.Clip):
            continue
        record = track.range_of_child_at_index(index).start_time
        if first is not None:
            record = record - first
        found.append({
            "name": child.name,
            "record": frames(record, rate),
            "source": frames(child.source_range.start_time, rate),
            "frames": frames(child.source_range.duration, rate),
            "url": url(child),
            "markers": [[marker.name, frames(marker.marked_range.start_time, rate)] for marker in child.markers],
            "after_joint": index > 0 and isinstance(children[index - 1], otio.schema.Transition),
        })
    if tape:
        undo_tape(found, joints)
    return found, joints


def undo_tape(found, joints):
    """In a list an event begins with its transition; on a timeline the transition stands on the cut."""
    pending = list(joints)
    for index, item in enumerate(found):
        if item["after_joint"]:
            joint = pending.pop(0)
            half = joint["tail"] / 2
            item.update(record=item["record"] + half, source=item["source"] + half, frames=item["frames"] - half)
            found[index - 1]["frames"] += half
            joint.update(cut=item["record"], head=half, tail=half)


def timelines(thing):
    return [thing] if isinstance(thing, otio.schema.Timeline) else [item for item in thing]


def by_adapter(job, rate):
    options = {"rate": rate} if job["format"] == "edl" else {}
    read = otio.adapters.read_from_file(job["file"], ADAPTER[job["format"]], **options)
    tape = None
    if job["format"] == "edl":
        drop = "FCM: DROP FRAME" in open(job["file"], encoding="utf-8").read()
        tape = otio.opentime.from_timecode("01:00:00;00" if drop else "01:00:00:00", rate)
    result = []
    for timeline in timelines(read):
        tracks = []
        for track in timeline.tracks:
            found, joints = items(track, rate, tape)
            tracks.append({"name": track.name, "kind": track.kind, "items": found, "joints": joints})
        markers = [[marker.name, frames(marker.marked_range.start_time, rate)] for marker in timeline.tracks.markers]
        result.append({"name": timeline.name, "tracks": tracks, "markers": markers})
    return result


def seconds(text):
    return Fraction(text.removesuffix("s"))


def exactly(job):
    """The spine of each project as it is written."""
    rate = Fraction(job["num"], job["den"])
    root = ET.parse(job["file"]).getroot()
    assets = {asset.get("id"): asset for asset in root.iter("asset")}

    def whole(text):
        frame = seconds(text) * rate
        return int(frame) if frame.denominator == 1 else float(frame)

    def item(element):
        ref = element.get("ref") or element.find("video").get("ref")
        asset = assets[ref]
        begin, length = seconds(asset.get("start")), seconds(asset.get("duration"))
        start, end = seconds(element.get("start")), seconds(element.get("start")) + seconds(element.get("duration"))
        still = element.tag == "clip"
        return {
            "name": element.get("name"),
            "record": whole(element.get("offset")),
            "source": whole(element.get("start")),
            "frames": whole(element.get("duration")),
            "url": asset.find("media-rep").get("src"),
            "inside": still or (begin <= start and end <= begin + length),
            "markers": [[mark.get("value"), whole(mark.get("start"))] for mark in element.findall("marker")],
        }

    result = []
    for project in root.iter("project"):
        spine = project.find("sequence/spine")
        shots = [item(element) for element in spine if element.tag in ("clip", "asset-clip")]
        joints = [
            {"cut": whole(e.get("offset")) + whole(e.get("duration")) / 2, "head": whole(e.get("duration")) / 2}
            for e in spine if e.tag == "transition"
        ]
        music = [item(element) for element in spine.iter("asset-clip") if element.get("lane")]
        length = whole(project.find("sequence").get("duration"))
        result.append({"name": project.get("name"), "shots": shots, "joints": joints, "music": music, "frames": length})
    return result


def main():
    answers = []
    for job in json.load(sys.stdin):
        answer = {"read": by_adapter(job, job["num"] / job["den"])}
        if job["format"] == "fcpxml":
            answer["exact"] = exactly(job)
        answers.append(answer)
    json.dump(answers, sys.stdout)


main()
