"""Drives the vendor's own Python client (PyPI `ffmpeg-micro`) over every operation it has, against a server of ours.

    python drive.py HOST KEY FOLDER

FOLDER holds `talk.mp4` (something is said in it), `second.mp4`, `logo.png` and `notes.txt`. Prints a line for each operation and
ends with status 1 at the first that does not behave. The client itself holds every answer against its strict models.
"""

import json
import sys
import time
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

import ffmpeg_micro as ffm
from ffmpeg_micro.exceptions import ApiException, BadRequestException, NotFoundException, UnauthorizedException

HOST, KEY, FOLDER = sys.argv[1], sys.argv[2], Path(sys.argv[3])
API = ffm.DefaultApi(ffm.ApiClient(ffm.Configuration(host=HOST, access_token=KEY)))
STRANGER = ffm.DefaultApi(ffm.ApiClient(ffm.Configuration(host=HOST, access_token="no-such-key")))
done = []


def ok(operation, note=""):
    done.append(operation)
    print(f"ok {len(done):2} {operation} {note}", flush=True)


def refused(status, call, *args, **kwargs):
    """The call is refused with this status; what the client decoded of the answer."""
    try:
        answer = call(*args, **kwargs)
    except ApiException as error:
        assert error.status == status, (status, error.status, error.body)
        body = json.loads(error.body)
        assert isinstance(body["error"], str) and body["error"], body
        return error, body
    raise AssertionError(f"not refused: {answer}")


def fetch(url):
    assert url.startswith(HOST + "/"), url
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def upload(path, content_type):
    size = path.stat().st_size
    presigned = API.v1_upload_presigned_url_post(
        ffm.V1UploadPresignedUrlPostRequest(filename=path.name, content_type=content_type, file_size=size)
    )
    assert presigned.success and presigned.result.filename.endswith(path.name), presigned
    put = urllib.request.Request(
        presigned.result.upload_url, data=path.read_bytes(), method="PUT", headers={"Content-Type": content_type}
    )
    with urllib.request.urlopen(put) as answer:
        assert answer.status == 200
    confirmed = API.v1_upload_confirm_post(
        ffm.V1UploadConfirmPostRequest(filename=presigned.result.filename, file_size=size)
    )
    result = confirmed.result
    assert result.file_url.startswith("gs://") and result.file_size == size, confirmed
    assert len(fetch(result.download_url)) == size
    return result


def until(get, id, *ends, within=90):
    end = time.time() + within
    while time.time() < end:
        now = get(id)
        if now.status in ends:
            return now
        assert now.status in ("pending", "processing"), now
        time.sleep(0.1)
    raise AssertionError(f"still {now.status} after {within} s")


def option(name, argument):
    return ffm.CreateTranscodeRequestOptionsInner(ffm.FFmpegOption(option=name, argument=argument))


def inputs(*urls):
    return [ffm.CreateTranscodeRequestInputsInner(url=url) for url in urls]


def uploads():
    talk = upload(FOLDER / "talk.mp4", "video/mp4")
    assert talk.metadata.has_video and talk.metadata.has_audio and talk.metadata.duration_seconds > 1, talk
    ok("v1_upload_presigned_url_post")
    ok("v1_upload_confirm_post", talk.file_url)
    request = ffm.V1UploadPresignedUrlPostRequest
    error, _ = refused(400, API.v1_upload_presigned_url_post, request(filename="", content_type="video/mp4", file_size=5))
    assert isinstance(error.data, ffm.V1UploadPresignedUrlPost400Response), error
    confirm = ffm.V1UploadConfirmPostRequest
    refused(400, API.v1_upload_confirm_post, confirm(filename="1-nobody.mp4", file_size=5))
    refused(401, STRANGER.v1_upload_confirm_post, confirm(filename="1-nobody.mp4", file_size=5))
    return talk, upload(FOLDER / "second.mp4", "video/mp4"), upload(FOLDER / "logo.png", "image/png")


def transcodes(talk, second, logo):
    create = ffm.CreateTranscodeRequest
    mine = {"order": 7, "tags": ["a", "ü"], "deep": {"x": None, "y": [1, 2.5]}}
    ack = API.v1_transcodes_post(
        create(
            inputs=inputs(talk.file_url),
            output_format="mp4",
            preset=ffm.CreateTranscodeRequestPreset(quality="low", resolution="480p"),
            metadata=mine,
        )
    )
    assert ack.status == "pending" and ack.output_format == "mp4" and ack.metadata.user == mine, ack
    ok("v1_transcodes_post", ack.id)
    finished = until(API.v1_transcodes_id_get, ack.id, "completed")
    assert finished.output_format == "mp4" and finished.metadata.user == mine, finished
    assert finished.ffmpeg_options.source == "preset" and finished.lane == "short", finished
    assert finished.outputs[0].url == finished.output_url and finished.output_url.startswith("gs://"), finished
    assert finished.outputs[0].size_bytes > 0 and finished.completed_at and finished.updated_at, finished
    assert abs(finished.billable_minutes - talk.metadata.duration_seconds / 60) < 0.01, finished.billable_minutes
    assert finished.queue_position >= 1 and finished.error_category == "unknown", finished
    assert finished.inputs[0].filename == "talk.mp4" and finished.job_type == "transcode", finished
    ok("v1_transcodes_id_get")
    url = API.v1_transcodes_id_download_get(ack.id).url
    assert fetch(url)[4:8] == b"ftyp"
    ok("v1_transcodes_id_download_get", url.split("/files")[0])

    raw = API.v1_transcodes_post(
        create(
            inputs=inputs(talk.file_url, second.file_url),
            output_format="webm",
            options=[option("-crf", "40"), option("-t", "2"), option("-vf", "scale=160:-2")],
            preset=ffm.CreateTranscodeRequestPreset(quality="high"),
        )
    )
    overlay = ffm.TextOverlayConfig(text="It's 100% \"real\": [a]; b,\nc", style=ffm.TextOverlayConfigStyle(font_size=20, chars_per_line=12))
    virtual = API.v1_transcodes_post(
        create(
            inputs=inputs(finished.output_url),
            output_format="mp4",
            options=[
                ffm.CreateTranscodeRequestOptionsInner(
                    ffm.VirtualOption(option="@text-overlay", argument=ffm.VirtualOptionArgument(overlay))
                )
            ],
        )
    )
    still = API.v1_transcodes_post(create(inputs=inputs(talk.file_url), output_format="jpg", options=[option("-ss", "1")]))
    sound = API.v1_transcodes_post(create(inputs=inputs(talk.download_url), output_format="mp3"))
    raw, virtual, still, sound = (until(API.v1_transcodes_id_get, one.id, "completed") for one in (raw, virtual, still, sound))
    assert raw.ffmpeg_options.source == "raw_options" and abs(raw.duration_seconds - 2) < 0.3, raw
    assert virtual.ffmpeg_options.source == "virtual_options", virtual
    assert sound.ffmpeg_options.source == "defaults", sound
    assert still.output_format == "jpg" and fetch(API.v1_transcodes_id_download_get(still.id).url)[:3] == b"\xff\xd8\xff"

    _, body = refused(400, API.v1_transcodes_post, create(inputs=inputs(talk.file_url), output_format="mp4", options=[option("-filter_complex_script", "/etc/passwd")]))
    assert "-filter_complex_script" in body["error"], body
    refused(404, API.v1_transcodes_post, create(inputs=inputs("gs://reelspan/1-nobody.mp4"), output_format="mp4"))
    refused(401, STRANGER.v1_transcodes_post, create(inputs=inputs(talk.file_url), output_format="mp4"))
    refused(404, API.v1_transcodes_id_get, "00000000-0000-7000-8000-000000000000")
    refused(400, API.v1_transcodes_post, create(inputs=inputs(talk.file_url), output_format="mp4", metadata={"x": "y" * 9000}))

    long = API.v1_transcodes_post(
        create(
            inputs=inputs(talk.file_url),
            output_format="mp4",
            options=[option("-vf", "loop=loop=4000:size=50:start=0,scale=1920:1080"), option("-preset", "veryslow"), option("-t", "600")],
        )
    )
    until(API.v1_transcodes_id_get, long.id, "processing")
    begun = time.time()
    cancelled = API.v1_transcodes_id_cancel_patch(long.id)
    assert cancelled.success and cancelled.job.status == "canceled" and time.time() - begun < 2, cancelled
    assert cancelled.job.error_message == "Job canceled by user", cancelled
    ok("v1_transcodes_id_cancel_patch", f"{time.time() - begun:.2f} s")
    _, body = refused(400, API.v1_transcodes_id_cancel_patch, long.id)
    assert body["error"] == "Cannot cancel job in status: canceled", body
    _, body = refused(400, API.v1_transcodes_id_cancel_patch, ack.id)
    assert body["error"] == "Cannot cancel job in status: completed", body
    refused(400, API.v1_transcodes_id_download_get, long.id)
    return ack, finished


def listing(ack):
    page = API.v1_transcodes_get()
    assert page.total == len(page.items) >= 6 and (page.page, page.limit) == (1, 20), page
    assert page.items == sorted(page.items, key=lambda one: one.created_at, reverse=True)
    assert API.v1_transcodes_get(limit=2, page=2).items[0].id == page.items[2].id
    only = API.v1_transcodes_get(status="canceled")
    assert [one.status for one in only.items] == ["canceled"], only
    updated = API.v1_transcodes_id_get(ack.id).updated_at
    assert ack.id in [one.id for one in API.v1_transcodes_get(since=updated, until=updated).items]
    later = datetime.now(timezone.utc) + timedelta(hours=1)
    assert API.v1_transcodes_get(since=later).total == 0
    ok("v1_transcodes_get", f"{page.total} jobs")


def transcripts(talk):
    ack = API.v1_transcribe_post(ffm.CreateTranscribeRequest(media_url=talk.file_url, language="en-US"))
    assert ack.status == "pending" and ack.output_format == "srt" and ack.media_url == talk.file_url, ack
    ok("v1_transcribe_post", ack.id)
    finished = until(API.v1_transcribe_id_get, ack.id, "completed")
    assert finished.output_url.startswith("gs://") and finished.job_type == "transcribe", finished
    ok("v1_transcribe_id_get")
    srt = fetch(API.v1_transcribe_id_download_get(ack.id).url).decode()
    assert srt.startswith("1\n00:00:") and " --> " in srt, srt
    ok("v1_transcribe_id_download_get", repr(srt.splitlines()[2]))
    listed = API.v1_transcribes_get()
    assert [one.id for one in listed.items] == [ack.id] and listed.total == 1, listed
    ok("v1_transcribes_get")
    kinds = {one.job_type for one in API.v1_transcodes_get(limit=100).items}
    assert kinds == {"transcode", "transcribe"}, kinds
    refused(400, API.v1_transcribe_post, ffm.CreateTranscribeRequest(media_url="not an address"))
    refused(404, API.v1_transcribe_id_get, "00000000-0000-7000-8000-000000000000")


def probe(talk):
    probed = API.v1_ffprobe_post(ffm.V1FfprobePostRequest(url=talk.file_url))
    assert probed.metadata.width and probed.metadata.codec_video == "h264" and probed.url == talk.file_url, probed
    ok("v1_ffprobe_post")
    for status, url in ((400, "https://example.com/a.mp4"), (404, "gs://reelspan/1-nobody.mp4")):
        error, body = refused(status, API.v1_ffprobe_post, ffm.V1FfprobePostRequest(url=url))
        assert isinstance(body["details"], list) and isinstance(error.data, ffm.ProbeError), (body, error.data)


def blueprints(talk, logo):
    request = ffm.V1BlueprintsSlugRunsPostRequest
    run = API.v1_blueprints_slug_runs_post("watermark", request(video_url=talk.file_url, logo_url=logo.file_url, position="top-left"))
    assert run.blueprint == "watermark" and run.tokens_charged == 0, run
    ok("v1_blueprints_slug_runs_post", run.id)
    finished = until(API.v1_blueprints_runs_id_get, run.id, "completed")
    assert fetch(finished.output_url)[4:8] == b"ftyp" and finished.tokens_spent == 0, finished
    captions = API.v1_blueprints_slug_runs_post("caption-video", request(video_url=talk.file_url, style="clean-lower"))
    waiting = until(API.v1_blueprints_runs_id_get, captions.id, "awaiting_review")
    assert " --> " in waiting.srt_text and waiting.output_url is None, waiting
    ok("v1_blueprints_runs_id_get", waiting.step)
    go_on = ffm.V1BlueprintsRunsIdContinuePostRequest
    refused(400, API.v1_blueprints_runs_id_continue_post, captions.id, go_on(srt_text="no subtitles"))
    answer = API.v1_blueprints_runs_id_continue_post(captions.id, go_on(srt_text=waiting.srt_text.upper()))
    assert answer.id == captions.id and answer.status in ("pending", "processing"), answer
    refused(409, API.v1_blueprints_runs_id_continue_post, captions.id, go_on(srt_text=waiting.srt_text))
    finished = until(API.v1_blueprints_runs_id_get, captions.id, "completed")
    assert fetch(finished.output_url)[4:8] == b"ftyp", finished
    ok("v1_blueprints_runs_id_continue_post")
    refused(404, API.v1_blueprints_slug_runs_post, "no-such-one", request(video_url=talk.file_url))
    refused(400, API.v1_blueprints_slug_runs_post, "watermark", request(video_url=talk.file_url))
    _, body = refused(503, API.v1_blueprints_slug_runs_post, "product-ad", request(logo_url=logo.file_url, photo_url=logo.file_url))
    assert body["error"] == "generative_temporarily_unavailable" and body["retry_after_minutes"] > 0, body


def generate():
    scenes = API.v1_generate_scenes_post(ffm.GenerateScenesRequest(script="A cat wakes. It eats. It sleeps.", max_scenes=3))
    assert 1 <= len(scenes.scenes) <= 3 and scenes.scenes[0].image_prompt and scenes.tokens_charged == 0, scenes
    ok("v1_generate_scenes_post")
    texts = API.v1_generate_translate_post(ffm.GenerateTranslateRequest(texts=["Good day", "Bye"], language="de"))
    assert len(texts.texts) == 2 and texts.language == "de", texts
    ok("v1_generate_translate_post")
    image = ffm.GenerateImageRequest(prompt="a cat")
    speech = ffm.GenerateSpeechRequest(text="hello")
    animate = ffm.GenerateAnimateRequest(image_url="https://example.com/a.png", prompt="it moves")
    for name, asked in (("image", image), ("speech", speech), ("animate", animate)):
        _, body = refused(503, getattr(API, f"v1_generate_{name}_post"), asked)
        assert body["error"] == "generative_temporarily_unavailable" and body["retry_after_minutes"] > 0, body
        ok(f"v1_generate_{name}_post", "503 as the contract has it")
    refused(404, API.v1_generate_animate_id_get, "00000000-0000-7000-8000-000000000000")
    ok("v1_generate_animate_id_get", "404: none was ever accepted")


def main():
    talk, second, logo = uploads()
    ack, _ = transcodes(talk, second, logo)
    listing(ack)
    transcripts(talk)
    probe(talk)
    blueprints(talk, logo)
    generate()
    every = {name for name in dir(API) if name.startswith("v1_") and not name.endswith(("_with_http_info", "_without_preload_content"))}
    assert set(done) == every and len(done) == 21, (every ^ set(done), len(done))
    print(f"all {len(done)} operations decode")


main()
