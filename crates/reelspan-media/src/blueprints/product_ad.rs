//! `product-ad`: an advertisement made by a model; listed so that its inputs are checked like all others.

use super::Blueprint;
use super::inputs::{Field, MUSIC};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    slug: "product-ad",
    title: "Product ad",
    about: "An advertisement around a logo and a photo of a product, made with a generative model",
    fields: &[Field::image("logo_url", true), Field::image("photo_url", true), MUSIC],
    outputs: &["video"],
    reviews_subtitles: false,
    make: None,
};
