"""The two people of the sample, drawn as SVG: heads with the light and shadow of real ones, and bodies with a few poses."""

from dataclasses import dataclass

# How far a mouth opens while talking; the numbers are half heights of the opening.
MOUTHS = (0, 5, 11, 17)

HEAD_BOX = (-150, -190, 300, 360)
BODY_BOX = (-300, -60, 600, 660)


@dataclass(frozen=True)
class Person:
    """What sets one drawn person apart from another."""

    name: str
    skin: tuple  # light, middle, shadow
    hair: tuple  # light, dark
    shirt: tuple  # light, middle, dark
    lips: str
    iris: str
    style: str  # of the hair: "bob" or "short"
    glasses: bool = False
    beard: bool = False


ADA = Person(
    "Ada", ("#f6d3b8", "#e6b18f", "#a8694a"), ("#6b3f27", "#331a10"), ("#3f9c93", "#2b7a75", "#174b4a"),
    "#b4504f", "#3d5a3a", "bob",
)
BEN = Person(
    "Ben", ("#c98d64", "#a96f48", "#643a22"), ("#3a302b", "#15110f"), ("#e0a33f", "#c4822a", "#7d4d14"),
    "#8a463b", "#2d1c12", "short", glasses=True, beard=True,
)


def svg(box, width, body):
    """Wraps drawing commands as a picture so many pixels wide."""
    x, y, w, h = box
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{round(width * h / w)}" '
        f'viewBox="{x} {y} {w} {h}">{body}</svg>'
    )


def gradients(person):
    """The light falls from the upper left on everything."""
    light, middle, shadow = person.skin
    hair_light, hair_dark = person.hair
    shirt_light, shirt, shirt_dark = person.shirt
    return f"""<defs>
    <radialGradient id="skin" cx="0.42" cy="0.36" r="0.72"><stop offset="0" stop-color="{light}"/>
      <stop offset="0.62" stop-color="{middle}"/><stop offset="1" stop-color="{shadow}"/></radialGradient>
    <linearGradient id="neck" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{shadow}"/>
      <stop offset="0.6" stop-color="{middle}"/></linearGradient>
    <linearGradient id="hair" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="{hair_light}"/>
      <stop offset="0.7" stop-color="{hair_dark}"/></linearGradient>
    <linearGradient id="shirt" x1="0" y1="0" x2="1" y2="0.4"><stop offset="0" stop-color="{shirt_light}"/>
      <stop offset="0.5" stop-color="{shirt}"/><stop offset="1" stop-color="{shirt_dark}"/></linearGradient>
    <filter id="soft4" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="4"/></filter>
    <filter id="soft9" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="9"/></filter>
    <clipPath id="face"><path d="{FACE}"/></clipPath>
    </defs>"""


FACE = "M-84,-30 C-86,-112 -48,-140 0,-140 C48,-140 86,-112 84,-30 C84,26 66,72 34,98 C18,112 -18,112 -34,98 C-66,72 -84,26 -84,-30 Z"

HAIR_BEHIND = {
    "bob": "M-104,60 C-128,-40 -112,-172 0,-174 C112,-172 128,-40 104,60 C100,92 70,96 62,76 L-62,76 C-70,96 -100,92 -104,60 Z",
    "short": "M-92,-20 C-102,-120 -62,-164 0,-164 C62,-164 102,-120 92,-20 Z",
}
HAIR_BEFORE = {
    "bob": "M-92,-8 C-98,-70 -84,-104 -50,-110 C-10,-100 44,-104 66,-96 C84,-84 92,-50 92,-8 C104,-70 100,-160 0,-166 "
    "C-100,-160 -104,-70 -92,-8 Z",
    "short": "M-87,-44 C-86,-84 -70,-100 -40,-104 C-10,-96 30,-98 54,-104 C76,-98 86,-80 87,-44 C98,-110 70,-160 2,-162 "
    "C-70,-160 -98,-110 -87,-44 Z",
}


def head(person, mouth=0, blink=False, smile=False):
    """A head seen from the front, its middle between the eyes and the nose."""
    light, middle, shadow = person.skin
    parts = [gradients(person)]
    parts.append(f'<path d="{HAIR_BEHIND[person.style]}" fill="url(#hair)"/>')
    if person.style == "short":
        for side in (-1, 1):
            parts.append(f'<ellipse cx="{side * 86}" cy="-14" rx="14" ry="26" fill="{middle}"/>')
            parts.append(f'<ellipse cx="{side * 86}" cy="-12" rx="7" ry="16" fill="{shadow}" opacity="0.6"/>')
    parts.append(f'<path d="{FACE}" fill="url(#skin)"/>')
    shade = [f'<path d="{FACE}" fill="none" stroke="{shadow}" stroke-width="14" opacity="0.35" filter="url(#soft9)"/>']
    for side in (-1, 1):
        # The sockets lie in shadow, the cheeks catch the light.
        shade.append(f'<ellipse cx="{side * 36}" cy="-34" rx="30" ry="20" fill="{shadow}" opacity="0.55" filter="url(#soft9)"/>')
        shade.append(f'<ellipse cx="{side * 44}" cy="22" rx="22" ry="16" fill="{light}" opacity="0.55" filter="url(#soft9)"/>')
        shade.append(f'<ellipse cx="{side * 50}" cy="34" rx="20" ry="12" fill="#d0553f" opacity="0.16" filter="url(#soft9)"/>')
    shade.append(f'<path d="M-3,-40 C-3,-10 -4,10 -4,20 L6,20 C5,5 5,-20 5,-40 Z" fill="{light}" opacity="0.85" filter="url(#soft4)"/>')
    shade.append(f'<path d="M10,-30 C14,0 20,14 20,24 C12,30 6,30 0,31 C12,20 10,-10 10,-30 Z" fill="{shadow}" opacity="0.5" filter="url(#soft4)"/>')
    shade.append(f'<ellipse cx="0" cy="36" rx="24" ry="6" fill="{shadow}" opacity="0.6" filter="url(#soft4)"/>')
    shade.append(f'<ellipse cx="0" cy="84" rx="26" ry="9" fill="{light}" opacity="0.4" filter="url(#soft9)"/>')
    if person.beard:
        shade.append(
            f'<path d="M-86,0 C-70,20 -60,48 -40,42 C-20,34 20,34 40,42 C60,48 70,20 86,0 L86,130 L-86,130 Z '
            f'M-26,58 C-10,52 10,52 26,58 C16,76 -16,76 -26,58 Z" fill-rule="evenodd" fill="{person.hair[1]}" opacity="0.72" filter="url(#soft4)"/>'
        )
    parts.append(f'<g clip-path="url(#face)">{"".join(shade)}</g>')
    parts.append(f'<ellipse cx="-9" cy="27" rx="5" ry="3" fill="{shadow}"/><ellipse cx="9" cy="27" rx="5" ry="3" fill="{shadow}"/>')
    parts.append(eyes(person, blink))
    parts.append(lips(person, MOUTHS[mouth], smile))
    parts.append(f'<path d="{HAIR_BEFORE[person.style]}" fill="url(#hair)"/>')
    return "".join(parts)


def eyes(person, blink):
    """Eyes with lids and brows, and glasses for those who wear them."""
    dark = person.hair[1]
    parts = []
    for side in (-1, 1):
        x = side * 36
        parts.append(
            f'<path d="M{x - side * 25},-57 C{x - side * 8},-65 {x + side * 14},-64 {x + side * 27},-54" '
            f'stroke="{dark}" stroke-width="8" stroke-linecap="round" fill="none"/>'
        )
        if blink:
            parts.append(f'<path d="M{x - 20},-29 C{x - 8},-22 {x + 8},-22 {x + 20},-29" stroke="{dark}" stroke-width="5" fill="none" stroke-linecap="round"/>')
            continue
        parts.append(f'<path d="M{x - 21},-29 C{x - 10},-43 {x + 10},-43 {x + 21},-29 C{x + 10},-19 {x - 10},-19 {x - 21},-29 Z" fill="#f4efe8"/>')
        parts.append(f'<circle cx="{x}" cy="-31" r="10" fill="{person.iris}"/><circle cx="{x}" cy="-31" r="5.5" fill="#120c0a"/>')
        parts.append(f'<circle cx="{x - 3}" cy="-35" r="2.6" fill="#ffffff"/>')
        parts.append(f'<path d="M{x - 22},-29 C{x - 10},-45 {x + 10},-45 {x + 22},-29" stroke="{dark}" stroke-width="5" fill="none" stroke-linecap="round"/>')
        parts.append(f'<path d="M{x - 17},-23 C{x - 8},-17 {x + 8},-17 {x + 17},-23" stroke="{person.skin[2]}" stroke-width="2" fill="none"/>')
    if person.glasses:
        for side in (-1, 1):
            parts.append(f'<rect x="{side * 37 - 29}" y="-52" width="58" height="44" rx="17" fill="#ffffff" fill-opacity="0.07" stroke="#2a2320" stroke-width="4"/>')
        parts.append('<path d="M-9,-34 C-4,-39 4,-39 9,-34" stroke="#2a2320" stroke-width="4" fill="none"/>')
    return "".join(parts)


def lips(person, opening, smile):
    """A mouth, opened by so much; the corners rise in a smile."""
    rise = 9 if smile else 4
    width = 30 if smile else 27 - opening // 4
    y = 60
    corner = y - rise
    parts = []
    if opening:
        parts.append(
            f'<path d="M{-width},{corner} C-14,{y - opening * 0.6 - 4} 14,{y - opening * 0.6 - 4} {width},{corner} '
            f'C16,{y + opening * 1.3 + 4} -16,{y + opening * 1.3 + 4} {-width},{corner} Z" fill="#3a1112"/>'
        )
        parts.append(f'<path d="M-16,{y - opening * 0.35 - 3} L16,{y - opening * 0.35 - 3} L12,{y - opening * 0.35 + 2} L-12,{y - opening * 0.35 + 2} Z" fill="#f3ece4"/>')
    top, low = y - opening * 0.6, y + opening
    parts.append(
        f'<path d="M{-width},{corner} C-16,{top - 9} -6,{top - 10} 0,{top - 6} C6,{top - 10} 16,{top - 9} {width},{corner} '
        f'C14,{top} -14,{top} {-width},{corner} Z" fill="{person.lips}"/>'
    )
    parts.append(
        f'<path d="M{-width},{corner} C-14,{low + 1} 14,{low + 1} {width},{corner} C16,{low + 13} -16,{low + 13} {-width},{corner} Z" '
        f'fill="{person.lips}" opacity="0.9"/>'
    )
    parts.append(f'<ellipse cx="-4" cy="{low + 6}" rx="9" ry="2.2" fill="#ffffff" opacity="0.25"/>')
    return "".join(parts)


def body(person, pose):
    """Neck, shoulders and arms from the chin down; the pose is "rest", "left", "right" or "both"."""
    _, _, shirt_dark = person.shirt
    raised = {-1: pose in ("left", "both"), 1: pose in ("right", "both")}
    parts = [gradients(person)]
    parts += [upper_arm(side, raised[side], person) for side in (-1, 1)]
    parts.append(
        '<path d="M-38,36 C-76,52 -128,58 -148,92 C-162,130 -146,260 -140,360 L-146,600 L146,600 L140,360 '
        'C146,260 162,130 148,92 C128,58 76,52 38,36 Z" fill="url(#shirt)"/>'
    )
    parts.append('<path d="M-40,-60 L-42,40 C-24,78 24,78 42,40 L40,-60 Z" fill="url(#neck)"/>')
    parts.append(f'<path d="M-40,-30 C-20,4 20,4 40,-30 L40,-60 L-40,-60 Z" fill="{person.skin[2]}" opacity="0.55" filter="url(#soft4)"/>')
    parts.append(f'<path d="M-50,32 C-30,86 30,86 50,32 C46,104 -46,104 -50,32 Z" fill="{shirt_dark}" opacity="0.55"/>')
    parts.append(f'<path d="M0,84 L0,600" stroke="{shirt_dark}" stroke-width="3" opacity="0.5"/>')
    parts += [f'<circle cx="0" cy="{y}" r="5" fill="#ffffff" opacity="0.75"/>' for y in (140, 220, 300, 380, 460)]
    parts += [forearm(side, person) for side in (-1, 1) if raised[side]]
    return "".join(parts)


def upper_arm(side, raised, person):
    """The part of an arm that the chest hides at the shoulder; hanging, it is the whole arm."""
    _, shirt, shirt_dark = person.shirt
    colour = shirt if side < 0 else shirt_dark
    if raised:
        return f'<path d="M{side * 118},112 C{side * 176},210 {side * 200},270 {side * 206},330" stroke="{colour}" stroke-width="66" stroke-linecap="round" fill="none"/>'
    return (
        f'<ellipse cx="{side * 176}" cy="520" rx="27" ry="44" fill="{person.skin[1]}"/>'
        f'<path d="M{side * 118},112 C{side * 176},220 {side * 186},340 {side * 178},470" stroke="{colour}" stroke-width="64" stroke-linecap="round" fill="none"/>'
    )


def forearm(side, person):
    """A raised forearm with an open hand, before the chest."""
    light, middle, shadow = person.skin
    shirt_light, shirt, _ = person.shirt
    colour = shirt_light if side < 0 else shirt
    fingers = "".join(
        f'<path d="M{side * 226},168 L{side * (226 + dx)},{168 + dy}" stroke="{middle}" stroke-width="13" stroke-linecap="round"/>'
        for dx, dy in ((-32, -26), (-14, -50), (4, -54), (20, -46), (36, -16))
    )
    return (
        f'<path d="M{side * 206},330 L{side * 222},226" stroke="{colour}" stroke-width="54" stroke-linecap="round"/>'
        f'<path d="M{side * 222},222 L{side * 225},194" stroke="{shadow}" stroke-width="30" stroke-linecap="round"/>'
        f'{fingers}<ellipse cx="{side * 226}" cy="176" rx="24" ry="27" fill="{middle}"/>'
        f'<ellipse cx="{side * 224}" cy="174" rx="13" ry="15" fill="{light}" opacity="0.5"/>'
    )
