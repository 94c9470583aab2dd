//! A camera that moves over a picture: between pixels too, so that it neither shakes nor jumps.

/// How large the picture's middle gets.
const NEAREST: f64 = 1.35;
/// A glide shows this share of the picture's width.
const GLIDE: f64 = 0.83;
/// Above so many pixels the quicker way of drawing is taken; at that size nobody sees the difference.
const MOST_EXACT: u32 = 1920 * 1200;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Move {
    ZoomIn,
    ZoomOut,
    GlideRight,
    GlideLeft,
    /// For single pictures: so much, inwards or (below one) outwards.
    Breathe(f64),
}

/// The filter that moves the camera over so many frames of a canvas.
pub(super) fn lens(way: Move, frames: u64, canvas: (u32, u32)) -> String {
    let last = frames.saturating_sub(1).max(1);
    let at = format!("clip((on-1)/{last},0,1)");
    // It starts and stops gently.
    let eased = format!("({at}*{at}*(3-2*{at}))");
    let (share, across) = match way {
        Move::ZoomIn => (format!("pow({NEAREST},-{eased})"), "0.5".to_owned()),
        Move::ZoomOut => (format!("pow({NEAREST},{eased}-1)"), "0.5".to_owned()),
        Move::GlideRight => (GLIDE.to_string(), eased),
        Move::GlideLeft => (GLIDE.to_string(), format!("(1-{eased})")),
        Move::Breathe(most) if most >= 1.0 => (format!("pow({most},-{at})"), "0.5".to_owned()),
        Move::Breathe(most) => (format!("pow({},{at}-1)", 1.0 / most), "0.5".to_owned()),
    };
    let left = format!("W*(1-{share})*{across}");
    let right = format!("W*((1-{share})*{across}+{share})");
    let (top, bottom) = (format!("H*(1-{share})/2"), format!("H*(1+{share})/2"));
    let kind = if canvas.0 * canvas.1 > MOST_EXACT { "linear" } else { "cubic" };
    format!(
        "perspective=x0='{left}':y0='{top}':x1='{right}':y1='{top}':x2='{left}':y2='{bottom}':x3='{right}':y3='{bottom}':\
         sense=source:interpolation={kind}:eval=frame"
    )
}
