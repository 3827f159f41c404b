//! Makes PNG and PDF of an SVG. The fonts are the bundled ones and no others,
//! so that the same SVG gives the same bytes on every machine.

use std::sync::Arc;

use krilla::geom::Size;
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt as _, SvgSettings};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, fontdb};

use crate::text;

/// The most pixels of a PNG: 256 MB while it is drawn.
pub const MOST_PIXELS: f64 = 64_000_000.0;
/// The longest side of a PDF page, in points (PDF 1.7, annex C.2).
const LONGEST_PAGE: f64 = 14_400.0;
/// A pixel of CSS is 1/96 inch, a point of PDF 1/72.
const POINTS_PER_PIXEL: f64 = 0.75;

/// Why there is no PNG or PDF.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// More than [`MOST_PIXELS`], even at the least scale: width and height.
    TooLarge(f64, f64),
    /// The renderer did not take the SVG, and says why.
    Renderer(String),
}

/// A PNG with `scale` pixels for each unit of the SVG, or fewer where it
/// would become too large.
///
/// # Errors
/// When the picture is too large for a PNG.
pub fn png(svg: &str, scale: f64) -> Result<Vec<u8>, Failure> {
    let tree = parse(svg)?;
    let (width, height) = size(&tree);
    let fitting = (MOST_PIXELS / (width * height)).sqrt();
    let scale = scale.min(fitting);
    // Below this no name can be read any more.
    if scale < 0.6 {
        return Err(Failure::TooLarge(width, height));
    }
    let pixels = |length: f64| (length * scale).ceil().max(1.0) as u32;
    let mut pixmap =
        Pixmap::new(pixels(width), pixels(height)).ok_or(Failure::TooLarge(width, height))?;
    let transform = Transform::from_scale(scale as f32, scale as f32);
    resvg::render(&tree, transform, &mut pixmap.as_mut());
    pixmap
        .encode_png()
        .map_err(|error| Failure::Renderer(error.to_string()))
}

/// A PDF of one page with text that can be searched.
///
/// # Errors
/// When the renderer fails.
pub fn pdf(svg: &str) -> Result<Vec<u8>, Failure> {
    let tree = parse(svg)?;
    let (width, height) = size(&tree);
    let scale = POINTS_PER_PIXEL.min(LONGEST_PAGE / width.max(height));
    let page_size = Size::from_wh((width * scale) as f32, (height * scale) as f32)
        .ok_or_else(|| Failure::Renderer("the page has no size".to_owned()))?;
    let mut document = krilla::Document::new();
    let mut page = document.start_page_with(PageSettings::new(page_size));
    let mut surface = page.surface();
    surface
        .draw_svg(&tree, page_size, SvgSettings::default())
        .ok_or_else(|| Failure::Renderer("the SVG cannot be drawn".to_owned()))?;
    surface.finish();
    page.finish();
    document
        .finish()
        .map_err(|error| Failure::Renderer(format!("{error:?}")))
}

fn size(tree: &usvg::Tree) -> (f64, f64) {
    (
        f64::from(tree.size().width()),
        f64::from(tree.size().height()),
    )
}

fn parse(svg: &str) -> Result<usvg::Tree, Failure> {
    let mut fonts = fontdb::Database::new();
    for face in [text::REGULAR, text::BOLD] {
        fonts.load_font_source(fontdb::Source::Binary(Arc::new(face)));
    }
    let options = usvg::Options {
        fontdb: Arc::new(fonts),
        ..usvg::Options::default()
    };
    usvg::Tree::from_str(svg, &options).map_err(|error| Failure::Renderer(error.to_string()))
}

#[cfg(test)]
#[path = "raster/tests.rs"]
mod tests;
