"""The rooms and the slides of the sample, drawn as SVG: 1280 by 720, calm enough that people stand out."""

SANS = "Noto Sans, DejaVu Sans"
SERIF = "Noto Serif, DejaVu Serif"


def page(body):
    """A whole picture."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720" viewBox="0 0 1280 720">{DEFINITIONS}{body}</svg>'


DEFINITIONS = """<defs>
<linearGradient id="warm" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#f3dcb8"/><stop offset="1" stop-color="#c99a68"/></linearGradient>
<linearGradient id="wood" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#a87144"/><stop offset="1" stop-color="#6f4527"/></linearGradient>
<linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#8ec5e8"/><stop offset="1" stop-color="#e6f3ee"/></linearGradient>
<linearGradient id="grass" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#8fb567"/><stop offset="1" stop-color="#4d7a3c"/></linearGradient>
<linearGradient id="wall" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#b9c4cc"/><stop offset="1" stop-color="#77858f"/></linearGradient>
<linearGradient id="stage" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#4a3f63"/><stop offset="1" stop-color="#2a2440"/></linearGradient>
<radialGradient id="lamp" cx="0.5" cy="0.5" r="0.5"><stop offset="0" stop-color="#fff2cf" stop-opacity="0.75"/><stop offset="1" stop-color="#fff2cf" stop-opacity="0"/></radialGradient>
<filter id="far" x="-20%" y="-20%" width="140%" height="140%"><feGaussianBlur stdDeviation="3"/></filter>
</defs>"""


def stage():
    """The hall where the evening begins and ends: curtains, a lamp, a plant."""
    folds = "".join(f'<rect x="{x}" y="0" width="34" height="600" fill="#ffffff" opacity="{0.03 + 0.03 * (x // 80 % 2)}"/>' for x in range(0, 1280, 80))
    plant = "".join(
        f'<path d="M1170,560 C{1170 + dx // 3},{560 - h // 2} {1170 + dx},{560 - h} {1170 + dx},{560 - h}" stroke="#4f8a5b" stroke-width="14" fill="none" stroke-linecap="round"/>'
        for dx, h in ((-70, 120), (-36, 170), (0, 200), (40, 165), (74, 110))
    )
    return (
        f'<rect width="1280" height="720" fill="url(#stage)"/><g filter="url(#far)">{folds}</g>'
        '<ellipse cx="560" cy="240" rx="760" ry="520" fill="url(#lamp)" opacity="0.6"/>'
        '<rect y="590" width="1280" height="130" fill="url(#wood)"/><rect y="590" width="1280" height="6" fill="#d9a56b" opacity="0.6"/>'
        f'{plant}<path d="M1125,555 L1215,555 L1200,650 L1140,650 Z" fill="#b5653f"/>'
    )


def kitchen():
    """A warm kitchen: shelves with loaves and jars, an oven with a window."""
    loaves = "".join(
        f'<path d="M{x},218 C{x},170 {x + 110},170 {x + 110},218 Z" fill="{c}"/>'
        f'<path d="M{x + 28},190 l16,18 M{x + 52},186 l16,18 M{x + 76},190 l14,16" stroke="#f3dcb8" stroke-width="4" opacity="0.7"/>'
        for x, c in ((700, "#a8642f"), (840, "#b9753b"), (980, "#96562a"))
    )
    jars = "".join(
        f'<rect x="{x}" y="{330}" width="58" height="78" rx="10" fill="{c}" opacity="0.9"/><rect x="{x + 4}" y="318" width="50" height="16" rx="5" fill="#7b5a3a"/>'
        for x, c in ((720, "#e8d5a9"), (800, "#d98f4a"), (880, "#c9d3b0"), (960, "#e5bf74"), (1040, "#b66a4b"))
    )
    return (
        f'<rect width="1280" height="720" fill="url(#warm)"/><g filter="url(#far)"><rect x="660" y="218" width="520" height="18" fill="url(#wood)"/>'
        f'<rect x="660" y="408" width="520" height="18" fill="url(#wood)"/>{loaves}{jars}'
        '<rect x="60" y="210" width="250" height="330" rx="18" fill="#8d5b43"/><rect x="92" y="262" width="186" height="130" rx="14" fill="#2f1b14"/>'
        '<ellipse cx="185" cy="372" rx="74" ry="26" fill="#f08c2e" opacity="0.75"/></g>'
        '<ellipse cx="480" cy="140" rx="560" ry="420" fill="url(#lamp)"/><rect y="600" width="1280" height="120" fill="url(#wood)"/>'
    )


def garden():
    """A garden with hills, clouds and three hives."""
    clouds = "".join(
        f'<ellipse cx="{x}" cy="{y}" rx="{r}" ry="{r * 0.36}" fill="#ffffff" opacity="0.8"/>' for x, y, r in ((230, 120, 110), (300, 100, 80), (760, 90, 120), (1080, 150, 90))
    )
    hives = "".join(
        f'<g transform="translate({x},{y})"><rect width="110" height="46" fill="#e9d9a8"/><rect y="48" width="110" height="46" fill="#d8c48c"/>'
        f'<rect y="96" width="110" height="46" fill="#e9d9a8"/><rect x="-8" y="-14" width="126" height="16" fill="#8c7a4c"/><rect x="30" y="124" width="50" height="9" fill="#4a3c22"/></g>'
        for x, y in ((760, 400), (920, 420), (1090, 395))
    )
    return (
        f'<rect width="1280" height="720" fill="url(#sky)"/><g filter="url(#far)">{clouds}</g><path d="M0,430 C220,330 420,350 640,410 C860,330 1080,340 1280,400 L1320,400 L1320,760 L-40,760 L-40,430 Z" fill="#a9c98b"/>'
        f'<path d="M0,500 C300,440 600,480 900,460 C1060,450 1180,470 1320,480 L1320,760 L-40,760 L-40,500 Z" fill="url(#grass)"/><g filter="url(#far)">{hives}</g>'
    )


def workshop():
    """A workshop: a bicycle on the wall, tools on a board."""
    spokes = lambda x: "".join(
        f'<path d="M{x},330 l{dx},{dy}" stroke="#dfe5e8" stroke-width="2"/>' for dx, dy in ((100, 0), (-100, 0), (0, 100), (0, -100), (71, 71), (-71, 71), (71, -71), (-71, -71))
    )
    wheels = "".join(f'<circle cx="{x}" cy="330" r="104" fill="none" stroke="#2b3238" stroke-width="12"/>{spokes(x)}' for x in (720, 1040))
    tools = "".join(f'<rect x="{x}" y="120" width="14" height="{h}" rx="6" fill="#3a4650"/><circle cx="{x + 7}" cy="120" r="15" fill="none" stroke="#3a4650" stroke-width="9"/>' for x, h in ((90, 130), (150, 170), (210, 110), (270, 150)))
    return (
        f'<rect width="1280" height="720" fill="url(#wall)"/><g filter="url(#far)">{wheels}<path d="M720,330 L850,200 L990,200 L1040,330 M720,330 L880,330 L990,200 M850,200 L880,330 M840,180 L860,180 M985,200 L975,160 L1020,150" '
        f'stroke="#c2452f" stroke-width="13" fill="none" stroke-linejoin="round" stroke-linecap="round"/>{tools}</g>'
        '<ellipse cx="420" cy="140" rx="560" ry="420" fill="url(#lamp)" opacity="0.7"/><rect y="610" width="1280" height="110" fill="#5b4636"/>'
    )


def table(colour="#7a4c2b"):
    """What two people sit at; drawn before them."""
    return f'<rect x="0" y="560" width="1280" height="160" fill="{colour}"/><rect x="0" y="560" width="1280" height="10" fill="#ffffff" opacity="0.18"/>'


def slide(title, points, shown, accent):
    """A slide with its first points shown."""
    lines = "".join(
        f'<circle cx="150" cy="{300 + 92 * n}" r="10" fill="{accent}"/>'
        f'<text x="186" y="{314 + 92 * n}" font-family="{SANS}" font-size="42" fill="#2c2f36">{text}</text>'
        for n, text in enumerate(points[:shown])
    )
    return page(
        f'<rect width="1280" height="720" fill="#fbfaf6"/><rect width="1280" height="14" fill="{accent}"/>'
        f'<text x="120" y="170" font-family="{SERIF}" font-weight="bold" font-size="66" fill="#22252b">{title}</text>'
        f'<rect x="120" y="200" width="160" height="7" fill="{accent}"/>{lines}'
        f'<text x="1160" y="680" text-anchor="end" font-family="{SANS}" font-size="22" fill="#8a8d94">Three slow things</text>'
    )


SCENES = {"stage": stage, "kitchen": kitchen, "garden": garden, "workshop": workshop}
