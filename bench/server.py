#!/usr/bin/env python3
"""Measures the service beside bare ffmpeg and nginx, side by side in one run; prints a Markdown table.

  bench/server.py --reelspan target/release/reelspan [--throughput target/release/examples/throughput] [--runs 5]
                  [--mib 1024] [--only jobs,files,table,idle] [--folder DIR] [--write]

Every figure is wall time, as a client sees it; runs of a pair take turns. The folder, on the disk that is to be measured,
holds the service's data and nginx's alike (default: bench/out). Needs ffmpeg, curl, nginx (nginx-light) and Postgres.

How the end of a job is seen: the client asks how it stands over one open connection, every 3 ms (trivial job) or 25 ms (a
minute of film), and takes the time at which the first answer came that says it ended. So up to one pause and one answer
are counted against us, and so is what the questions take from the processors. The bare command is the very one that the
service runs: a script stands in for ffmpeg once, without the jail, and writes its arguments down. What the service does
besides (its jail, looking into the input before and into the output after, keeping the file) is all overhead of ours.
"""
import argparse, http.client, json, os, random, shutil, signal, socket, statistics, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "out")
ENDED = ("completed", "failed", "canceled")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port, path):
    """Status of a GET, or None where nobody listens yet."""
    try:
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        c.request("GET", path)
        status = c.getresponse().status
        c.close()
        return status
    except OSError:
        return None


def end(process):
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Service:
    """One running `reelspan serve` with a key for it."""

    def __init__(self, program, data, *flags):
        self.program, self.data, self.port = program, data, free_port()
        self.log = open(data + ".log", "ab")
        begun = time.monotonic()
        self.process = subprocess.Popen([program, "serve", "--data", data, "--listen", f"127.0.0.1:{self.port}", *flags],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        while answers(self.port, "/readyz") != 200:
            if self.process.poll() is not None or time.monotonic() - begun > 60:
                sys.exit(f"the service did not become ready; see {data}.log")
            time.sleep(0.001)
        self.ready = time.monotonic() - begun
        self.connection, self.key = None, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)
        self.log.close()

    def make_key(self):
        made = subprocess.run([self.program, "keys", "create", "bench", "--data", self.data], capture_output=True, text=True)
        if made.returncode:
            sys.exit(f"no key: {made.stderr}")
        self.key = made.stdout.strip().splitlines()[-1]
        self.connect()

    def connect(self):
        """One open connection; the service closes one that has been silent for a while."""
        if self.connection:
            self.connection.close()
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method, path, body=None):
        """One request of our own API; answers its JSON. One that is told to wait waits."""
        headers = {"Authorization": f"Bearer {self.key}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        while True:
            self.connection.request(method, "/api/reelspan/v1" + path, None if body is None else json.dumps(body), headers)
            answer = self.connection.getresponse()
            text = answer.read()
            if answer.status == 429:
                time.sleep(int(answer.headers.get("Retry-After", 1)))
                continue
            if answer.status >= 300:
                sys.exit(f"{method} {path}: {answer.status} {text.decode(errors='replace')[:500]}")
            return json.loads(text) if text else None

    def announce(self, path):
        return self.ask("POST", "/uploads", {"file_name": os.path.basename(path), "content_type": "video/mp4",
                                             "bytes": os.path.getsize(path)})

    def upload(self, path):
        """Announced, put, confirmed: its asset."""
        new = self.announce(path)
        put(path, new["put"]["url"])
        self.connect()
        return self.ask("POST", f"/uploads/{new['id']}/confirm", {})["asset"]

    def job(self, handle, preset, pause):
        """Wall seconds from before the request until an answer says that the job has ended."""
        self.connect()
        begun = time.monotonic()
        job = self.ask("POST", "/transcodes", {"inputs": [{"url": handle}], "format": "mp4", "preset": preset})
        while job["status"] not in ENDED:
            time.sleep(pause)
            job = self.ask("GET", "/jobs/" + job["id"])
        took = time.monotonic() - begun
        if job["status"] != "completed":
            sys.exit(f"the job ended {job['status']}: {job['error']}")
        return took

    def resident(self):
        """MB that lie in memory now, and those of them that are no file's."""
        with open(f"/proc/{self.process.pid}/status") as f:
            fields = dict(line.split(":", 1) for line in f)
        return [int(fields[name].split()[0]) / 1000 for name in ("VmRSS", "RssAnon")]


def curl(*words):
    form = "%{http_code} %{time_total} %{size_upload} %{size_download}"
    done = subprocess.run(["curl", "-sS", "-o", "/dev/null", "-w", form, *words], capture_output=True, text=True)
    status, took, up, down = (done.stdout.split() + ["0"] * 4)[:4]
    if done.returncode or not status.startswith("2"):
        sys.exit(f"curl {' '.join(words)}: {status} {done.stderr}")
    return float(took), int(up), int(down)


def put(path, url):
    took, up, _ = curl("-H", "Content-Type: video/mp4", "-H", "Expect:", "-T", path, url)
    if up != os.path.getsize(path):
        sys.exit(f"only {up} bytes were sent")
    return took


def get(url, size):
    took, _, down = curl(url)
    if down != size:
        sys.exit(f"only {down} of {size} bytes came")
    return took


def ffmpeg(*words):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, words)], check=True)


class Bench:
    def __init__(self, args):
        self.args, self.rows = args, []
        self.tmp = tempfile.mkdtemp(prefix="server-", dir=args.folder)

    def path(self, name):
        return os.path.join(self.tmp, name)

    def service(self, name, *flags):
        return Service(self.args.reelspan, self.path(name), *flags)

    def row(self, what, ours, theirs, ratio, target):
        self.rows.append((what, ours, theirs, ratio, target))
        print(f"| {what} | {ours} | {theirs} | {ratio} | {target} |", flush=True)


# Jobs beside the bare command.

def recorded(b, source, preset):
    """The arguments of the run of ffmpeg that the service starts for a transcode, to be run by hand."""
    record, script = b.path("record"), b.path("ffmpeg")
    with open(script, "w") as f:
        f.write(f"""#!/bin/sh
{{ for argument in "$@"; do printf '%s\\0' "$argument"; done; printf '\\0'; }} >> '{record}'
exec {shutil.which("ffmpeg")} "$@"
""")
    os.chmod(script, 0o755)
    open(record, "wb").close()
    with b.service("recorded", "--no-jail", "--ffmpeg", script) as service:
        service.make_key()
        service.job(service.upload(source)["handle"], preset, 0.025)
    with open(record, "rb") as f:
        runs = [[a.decode() for a in run.split(b"\0")] for run in f.read().split(b"\0\0") if run]
    runs = [run for run in runs if "-i" in run]
    if len(runs) != 1:
        sys.exit(f"expected one run of ffmpeg, saw {len(runs)}")
    run = runs[0]
    if "-progress" in run:
        at = run.index("-progress")
        del run[at:at + 2]
    # The recording service is gone; its copy of the input goes with it in the end.
    run[run.index("-i") + 1] = "file:" + source
    run[-1] = "file:" + b.path("bare.mp4")
    return run


def bare(run):
    begun = time.monotonic()
    done = subprocess.run(["ffmpeg", *run], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          env={"LANG": "C.UTF-8"}, executable=shutil.which("ffmpeg"))
    took = time.monotonic() - begun
    if done.returncode:
        sys.exit(f"bare ffmpeg failed: {done.stderr.decode(errors='replace')[-2000:]}")
    return took


def jobs(b):
    tiny, minute = b.path("tiny.mp4"), b.path("minute.mp4")
    for path, size, seconds in ((tiny, "64x64", 1), (minute, "1280x720", 60)):
        ffmpeg("-f", "lavfi", "-i", f"testsrc2=s={size}:r=30:d={seconds}", "-f", "lavfi", "-i", f"sine=d={seconds}", "-shortest",
               "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac", path)
    preset = {"quality": "medium"}
    commands = recorded(b, tiny, preset), recorded(b, minute, preset)
    with b.service("jobs") as service:
        service.make_key()
        handles = service.upload(tiny)["handle"], service.upload(minute)["handle"]
        service.job(handles[0], preset, 0.003)
        pairs = []
        for _ in range(max(15, 3 * b.args.runs)):
            # The questions of one run must not use up those that the next may ask.
            time.sleep(1)
            pairs.append((service.job(handles[0], preset, 0.003), bare(commands[0])))
        ours, theirs = (statistics.median(p[i] for p in pairs) * 1000 for i in (0, 1))
        over = statistics.median(x - y for x, y in pairs) * 1000
        b.row("a trivial job over the same ffmpeg command", f"{ours:.0f} ms", f"{theirs:.0f} ms", f"+{over:.0f} ms", "≤ 30 ms")
        looks = statistics.median(probe(tiny) for _ in range(15)) * 1000
        b.row("- of that: two looks with ffprobe, as a bare program", "", f"{2 * looks:.0f} ms", "", "")
        pairs = [(service.job(handles[1], preset, 0.025), bare(commands[1])) for _ in range(b.args.runs)]
        ours, theirs = (statistics.median(p[i] for p in pairs) for i in (0, 1))
        over = statistics.median(x / y for x, y in pairs) - 1
        b.row("a transcode of 60 s of 720p over the same", f"{ours:.2f} s", f"{theirs:.2f} s", f"{over * 100:+.1f} %", "≤ 1 %")


def probe(path):
    begun = time.monotonic()
    subprocess.run(["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", path], check=True,
                   stdout=subprocess.DEVNULL)
    return time.monotonic() - begun


# Files beside nginx.

NGINX = """
{user}
daemon off;
worker_processes auto;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log warn;
events {{ worker_connections 64; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  default_type application/octet-stream;
  client_max_body_size 0;
  client_body_buffer_size 1m;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/files;
    location / {{ dav_methods PUT; }}
  }}
}}
"""


class Nginx:
    """nginx with a configuration of its own, on the same disk; its PUT writes beside and renames, as ours does."""

    def __init__(self, folder):
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self.folder, self.port = folder, free_port()
        os.makedirs(os.path.join(folder, "files"))
        with open(os.path.join(folder, "nginx.conf"), "w") as f:
            user = "user root;" if os.getuid() == 0 else ""
            f.write(NGINX.format(user=user, folder=folder, port=self.port))
        try:
            self.process = subprocess.Popen([program, "-p", folder, "-e", os.path.join(folder, "nginx-error.log"), "-c",
                                             os.path.join(folder, "nginx.conf")])
        except FileNotFoundError:
            sys.exit("nginx is missing; install nginx-light")
        while answers(self.port, "/") is None:
            if self.process.poll() is not None:
                sys.exit("nginx did not start")
            time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)

    def url(self, name):
        return f"http://127.0.0.1:{self.port}/{name}"

    def file(self, name):
        return os.path.join(self.folder, "files", name)


def large(b):
    """A film that can be looked into, filled up with chance to its size: nothing on the way can make it smaller."""
    path = b.path("large.mp4")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:r=30:d=1", "-pix_fmt", "yuv420p", "-movflags", "+faststart", path)
    fill = b.args.mib << 20
    with open(path, "ab") as f:
        f.write((fill + 8).to_bytes(4, "big") + b"free")
        for _ in range(b.args.mib):
            f.write(random.randbytes(1 << 20))
    return path


def warm(path):
    """All of it in memory, whoever wrote it."""
    with open(path, "rb", buffering=0) as f:
        while f.read(1 << 20):
            pass


def files(b):
    path = large(b)
    size = os.path.getsize(path)
    mb = size / 1e6
    with b.service("files") as service, Nginx(b.path("nginx")) as nginx:
        service.make_key()

        def ours_in():
            settled(path)
            service.connect()
            new = service.announce(path)
            took = put(path, new["put"]["url"])
            service.connect()
            service.ask("DELETE", f"/uploads/{new['id']}")
            return took

        def theirs_in():
            settled(path)
            took = put(path, nginx.url("in.mp4"))
            os.unlink(nginx.file("in.mp4"))
            return took

        beside(b, f"upload of {b.args.mib} MiB by signed PUT, nginx's PUT beside it", ours_in, theirs_in, mb)
        service.connect()
        asset = service.upload(path)
        put(path, nginx.url("out.mp4"))
        service.connect()
        link = service.ask("POST", f"/assets/{asset['id']}/link")["url"]
        same(path, link)
        warm(nginx.file("out.mp4"))
        os.sync()

        def fresh():
            service.connect()
            return service.ask("POST", f"/assets/{asset['id']}/link")["url"]

        get(link, size)
        get(nginx.url("out.mp4"), size)
        beside(b, f"download of {b.args.mib} MiB by signed link, nginx's sendfile beside it", lambda: get(fresh(), size),
               lambda: get(nginx.url("out.mp4"), size), mb)


def settled(path):
    """What is to be sent is in memory, and nothing of earlier runs waits for the disk."""
    warm(path)
    os.sync()


def same(path, url):
    """What comes out is what went in, byte by byte."""
    with subprocess.Popen(["curl", "-sS", url], stdout=subprocess.PIPE) as sent:
        if subprocess.run(["cmp", "-s", "-", path], stdin=sent.stdout).returncode:
            sys.exit("the file that came back is another one")


def beside(b, what, ours, theirs, mb):
    runs = [(ours(), theirs()) if turn % 2 else (theirs(), ours())[::-1] for turn in range(max(5, b.args.runs))]
    a, c = (mb / statistics.median(run[i] for run in runs) for i in (0, 1))
    ratio = statistics.median(theirs / ours for ours, theirs in runs)
    b.row(what, f"{a:.0f} MB/s", f"{c:.0f} MB/s", f"{ratio:.2f}", "≥ 0.9")


# The job table.

def table(b):
    names = {"sqlite": ("SQLite", 2000), "postgres": ("Postgres, two workers", 4000)}
    runs = []
    for _ in range(b.args.runs):
        said = subprocess.run([b.args.throughput], stdout=subprocess.PIPE, text=True, check=True, cwd=b.tmp).stdout
        runs.append([json.loads(line) for line in said.splitlines() if line.startswith("{")])
        missing = [line for line in said.splitlines() if line.startswith("SKIPPED")]
        if missing:
            print(missing[0], file=sys.stderr)
    for at, first in enumerate(runs[0]):
        name, aim = names[first["database"]]
        for key, what in (("enqueued_per_s", "put down"), ("finished_per_s", "begun and ended")):
            rate = statistics.median(run[at][key] for run in runs)
            b.row(f"jobs {what} a second, {name}", f"{rate:.0f}", f"{first['jobs']} jobs, {first['slots']} slots; {first['sync']}",
                  f"{rate / aim:.2f}", f"≥ {aim}")


# A service that has nothing to do.

def idle(b):
    with b.service("idle") as service:
        first = service.ready
    ready, before, after = [], [], []
    for _ in range(max(5, b.args.runs)):
        with b.service("idle") as service:
            ready.append(service.ready)
            before.append(service.resident())
            service.make_key()
            for number in range(100):
                service.ask("GET", ("/jobs", "/assets", "/usage", "/keys")[number % 4])
            after.append(service.resident())
    middle = lambda found, at: statistics.median(one[at] for one in found)
    for what, found in (("idle, resident after start", before), ("idle, resident after 100 requests", after)):
        b.row(what, f"{middle(found, 0):.0f} MB", f"{middle(found, 1):.0f} MB of it are no file's", "", "≤ 60 MB")
    b.row("from start to the first 200 of /readyz", f"{statistics.median(ready) * 1000:.0f} ms",
          f"first start with an empty folder {first * 1000:.0f} ms", "", "≤ 300 ms")


PARTS = {"idle": idle, "jobs": jobs, "files": files, "table": table}


def load():
    return f"load {os.getloadavg()[0]:.1f}"


def machine():
    with open("/proc/cpuinfo") as f:
        model = next((line.split(":")[1].strip() for line in f if line.startswith("model name")), "unknown")
    version = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True).stdout.splitlines()[0]
    return f"{os.cpu_count()} cores ({model}), {' '.join(version.split()[:3])}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reelspan", required=True)
    parser.add_argument("--throughput", help="the built example of reelspan-jobs; default: beside the program")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--mib", type=int, default=1024, help="size of the file that is sent and fetched")
    parser.add_argument("--only", default=",".join(PARTS), help="some of: " + ", ".join(PARTS))
    parser.add_argument("--folder", default=OUT, help="where data rests, on the disk that is to be measured")
    parser.add_argument("--write", action="store_true", help="also write the table to bench/out/server.md")
    args = parser.parse_args()
    args.reelspan = os.path.abspath(args.reelspan)
    args.throughput = args.throughput or os.path.join(os.path.dirname(args.reelspan), "examples", "throughput")
    args.throughput, wanted = os.path.abspath(args.throughput), args.only.split(",")
    strange = [name for name in wanted if name not in PARTS]
    if strange:
        sys.exit(f"unknown: {', '.join(strange)}; there are {', '.join(PARTS)}")
    if "table" in wanted and not os.path.exists(args.throughput):
        sys.exit("build it first: cargo build --release -p reelspan-jobs --example throughput")
    os.makedirs(args.folder, exist_ok=True)
    # Told to stop, it takes its services and its files with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    b = Bench(args)
    try:
        title = f"{machine()}; medians of {args.runs} runs or more, wall time; {load()} at the beginning"
        head = "| what | ours | beside it | ratio | aim |\n|---|---|---|---|---|"
        print(f"{title}\n\n{head}")
        for name in wanted:
            PARTS[name](b)
        print(f"\n{load()} at the end")
        if args.write:
            os.makedirs(OUT, exist_ok=True)
            with open(os.path.join(OUT, "server.md"), "w") as f:
                f.write(f"{title}, {load()} at the end\n\n{head}\n")
                f.writelines("| " + " | ".join(row) + " |\n" for row in b.rows)
    finally:
        shutil.rmtree(b.tmp, ignore_errors=True)


main()
