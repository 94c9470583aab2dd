//! How the blueprints' letters look.

use crate::captions::{Active, Colour, Look, PLAIN, Plate};

const WHITE: Colour = Colour(255, 255, 255);
const INK: Colour = Colour(16, 16, 20);

const HEAVY: &[(&str, u16)] =
    &[("Inter", 900), ("Lato", 900), ("Open Sans", 800), ("Noto Sans", 700), ("DejaVu Sans", 700)];
const STRONG: &[(&str, u16)] =
    &[("Inter", 800), ("Lato", 900), ("Open Sans", 800), ("Noto Sans", 700), ("DejaVu Sans", 700)];
const MEDIUM: &[(&str, u16)] =
    &[("Inter", 600), ("Lato", 700), ("Open Sans", 600), ("Noto Sans", 700), ("DejaVu Sans", 700)];
const SPARTAN: &[(&str, u16)] =
    &[("League Spartan", 800), ("Inter", 900), ("Lato", 900), ("Noto Sans", 700), ("DejaVu Sans", 700)];

const BARE: Look = Look { outline: 0.0, shadow: 0.0, active: Active::Nothing, ..PLAIN };

/// Dark letters on a white card.
pub(super) const CARD: Look = Look {
    families: STRONG,
    fill: INK,
    plate: Some(Plate { colour: WHITE, alpha: 0, radius: 0.42, pad: (0.62, 0.44), bar: None }),
    ..BARE
};

/// Heavy white letters with a black edge.
pub(super) const EDGED: Look =
    Look { families: HEAVY, outline: 0.085, shadow: 0.05, shadow_alpha: 90, active: Active::Nothing, ..PLAIN };

/// The same in capitals.
pub(super) const LOUD: Look = Look { families: SPARTAN, capitals: true, outline: 0.1, shadow: 0.06, ..EDGED };

/// Yellow capitals that jump in.
pub(super) const POP: Look = Look { fill: Colour(255, 225, 40), ..LOUD };

/// Small and light on a dark, see-through plate.
pub(super) const CLEAN: Look = Look {
    families: MEDIUM,
    plate: Some(Plate { colour: Colour(12, 12, 16), alpha: 70, radius: 0.4, pad: (0.62, 0.38), bar: None }),
    ..BARE
};

/// White on dark with a coloured bar at its left.
pub(super) const BARRED: Look = Look {
    families: STRONG,
    plate: Some(Plate {
        colour: Colour(12, 13, 18),
        alpha: 36,
        radius: 0.0,
        pad: (0.62, 0.42),
        bar: Some(Colour(255, 198, 41)),
    }),
    ..BARE
};

/// What somebody said, on a quote card.
pub(super) const QUOTE: Look = Look { families: STRONG, ..BARE };
pub(super) const QUOTE_MARK: Look = Look { families: HEAVY, fill: Colour(255, 198, 41), ..BARE };
pub(super) const NAME: Look = Look { families: STRONG, ..BARE };
pub(super) const HANDLE: Look = Look { families: MEDIUM, fill: Colour(178, 184, 206), ..BARE };
