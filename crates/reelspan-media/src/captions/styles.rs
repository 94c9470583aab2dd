//! The looks that captions can have.

use super::ass::Colour;

/// A look with a name.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub name: &'static str,
    pub about: &'static str,
    pub(crate) look: Look,
}

impl PartialEq for Style {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Style {}

/// Sizes are shares of the picture's short side for `size`, and of the em for all else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// Families with the weight wanted of them, best first.
    pub(crate) families: &'static [(&'static str, u16)],
    pub(crate) size: f64,
    pub(crate) capitals: bool,
    pub(crate) fill: Colour,
    pub(crate) outline: f64,
    pub(crate) outline_colour: Colour,
    pub(crate) shadow: f64,
    /// 0 opaque to 255.
    pub(crate) shadow_alpha: u8,
    /// Softens outline and shadow.
    pub(crate) blur: f64,
    pub(crate) active: Active,
    pub(crate) plate: Option<Plate>,
}

/// What happens to the word that is being said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Active {
    Nothing,
    Colour(Colour),
    /// Grows and changes its colour.
    Pop(Colour),
    /// Fills from the left as it is said; words not yet said have the second colour.
    Fill(Colour),
    /// Stands on a plate of its own.
    Pill(Colour),
    /// Words not yet said are pale.
    Reveal,
    /// Its glow changes from the outline's colour to this one.
    Glow(Colour),
}

/// A surface behind the whole caption.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Plate {
    pub(crate) colour: Colour,
    pub(crate) alpha: u8,
    pub(crate) radius: f64,
    pub(crate) pad: (f64, f64),
    /// A bar at its left edge.
    pub(crate) bar: Option<Colour>,
}

const WHITE: Colour = Colour(255, 255, 255);
const BLACK: Colour = Colour(0, 0, 0);

/// What most looks share.
pub(crate) const PLAIN: Look = Look {
    families: &[("Inter", 800), ("Noto Sans", 700), ("DejaVu Sans", 700)],
    size: 0.08,
    capitals: false,
    fill: WHITE,
    outline: 0.09,
    outline_colour: BLACK,
    shadow: 0.04,
    shadow_alpha: 90,
    blur: 0.0,
    active: Active::Nothing,
    plate: None,
};

/// The one visible list.
pub const STYLES: &[Style] = &[
    Style {
        name: "bold",
        about: "big heavy white with a black edge; the spoken word turns yellow",
        look: Look {
            families: &[("Inter", 900), ("Lato", 900), ("Open Sans", 800), ("Noto Sans", 700), ("DejaVu Sans", 700)],
            size: 0.086,
            outline: 0.085,
            shadow: 0.05,
            active: Active::Colour(Colour(255, 221, 26)),
            ..PLAIN
        },
    },
    Style {
        name: "pop",
        about: "capitals; the spoken word jumps forward in green",
        look: Look {
            families: &[
                ("League Spartan", 800),
                ("Inter", 900),
                ("Lato", 900),
                ("Noto Sans", 700),
                ("DejaVu Sans", 700),
            ],
            size: 0.094,
            capitals: true,
            outline: 0.1,
            shadow: 0.06,
            shadow_alpha: 60,
            active: Active::Pop(Colour(57, 255, 94)),
            ..PLAIN
        },
    },
    Style {
        name: "highlight",
        about: "white; a violet plate moves from word to word",
        look: Look {
            families: &[("Inter", 800), ("Lato", 800), ("Open Sans", 800), ("Noto Sans", 700), ("DejaVu Sans", 700)],
            size: 0.078,
            outline: 0.055,
            shadow: 0.045,
            shadow_alpha: 110,
            active: Active::Pill(Colour(124, 58, 237)),
            ..PLAIN
        },
    },
    Style {
        name: "karaoke",
        about: "white words fill with orange as they are said",
        look: Look {
            families: &[("Lato", 900), ("Inter", 900), ("Noto Sans", 700), ("DejaVu Sans", 700)],
            size: 0.088,
            outline: 0.08,
            outline_colour: Colour(24, 16, 40),
            active: Active::Fill(Colour(255, 149, 0)),
            ..PLAIN
        },
    },
    Style {
        name: "clean",
        about: "small, on a see-through dark plate; words come clear as they are said",
        look: Look {
            families: &[("Inter", 600), ("Open Sans", 600), ("Noto Sans", 700), ("DejaVu Sans", 700)],
            size: 0.054,
            outline: 0.0,
            shadow: 0.0,
            active: Active::Reveal,
            plate: Some(Plate { colour: Colour(12, 12, 16), alpha: 70, radius: 0.42, pad: (0.62, 0.36), bar: None }),
            ..PLAIN
        },
    },
    Style {
        name: "neon",
        about: "round letters that glow; the spoken word glows pink",
        look: Look {
            families: &[("Comfortaa", 700), ("Quicksand", 700), ("Noto Sans", 700), ("DejaVu Sans", 700)],
            size: 0.08,
            outline: 0.075,
            outline_colour: Colour(0, 214, 255),
            shadow: 0.0,
            blur: 0.11,
            active: Active::Glow(Colour(255, 32, 178)),
            ..PLAIN
        },
    },
    Style {
        name: "news",
        about: "condensed white on a dark blue plate with a red bar",
        look: Look {
            families: &[
                ("Roboto Condensed", 700),
                ("Open Sans Condensed", 700),
                ("Inter", 700),
                ("Noto Sans", 700),
                ("DejaVu Sans", 700),
            ],
            size: 0.064,
            outline: 0.0,
            shadow: 0.0,
            active: Active::Colour(Colour(255, 214, 64)),
            plate: Some(Plate {
                colour: Colour(10, 26, 64),
                alpha: 20,
                radius: 0.0,
                pad: (0.6, 0.3),
                bar: Some(Colour(226, 32, 44)),
            }),
            ..PLAIN
        },
    },
    Style {
        name: "minimal",
        about: "small white with a soft shadow and nothing else",
        look: Look {
            families: &[("Inter", 600), ("Lato", 700), ("Noto Sans", 700), ("DejaVu Sans", 700)],
            size: 0.052,
            outline: 0.035,
            outline_colour: Colour(20, 20, 20),
            shadow: 0.03,
            shadow_alpha: 100,
            blur: 0.04,
            ..PLAIN
        },
    },
];

/// The hook at the top: dark letters on white.
pub(crate) const HOOK: Look = Look {
    families: &[("Inter", 800), ("Lato", 900), ("Open Sans", 800), ("Noto Sans", 700), ("DejaVu Sans", 700)],
    size: 0.058,
    fill: Colour(16, 16, 20),
    outline: 0.0,
    shadow: 0.0,
    plate: Some(Plate { colour: WHITE, alpha: 0, radius: 0.45, pad: (0.7, 0.45), bar: None }),
    ..PLAIN
};

/// The line in the corner.
pub(crate) const MARK: Look = Look {
    families: &[("Inter", 600), ("Lato", 700), ("Noto Sans", 700), ("DejaVu Sans", 700)],
    size: 0.03,
    outline: 0.05,
    outline_colour: Colour(20, 20, 20),
    shadow: 0.0,
    blur: 0.05,
    ..PLAIN
};

/// The style of a name, if there is one.
pub fn style(name: &str) -> Option<&'static Style> {
    STYLES.iter().find(|style| style.name == name)
}
