//! From a picture to the bytes of a format that shows it.

use clap::ValueEnum;

use crate::error::{Error, Kind, Result};
use crate::graphviz::{self, Engine};
use crate::layout::{self, MOST_EDGES, MOST_NODES, MOST_PIECES, TooLarge};
use crate::picture::Picture;
use crate::picture::style::Theme;
use crate::scene::{self, Scene};
use crate::{graphml, html, mermaid, node_link, raster, svg};

/// Formats that are shown, or read by other tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drawn {
    Svg,
    Png,
    Pdf,
    Html,
    Mermaid,
    Graphml,
    Json,
}

/// Where things go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum LayoutName {
    #[default]
    Builtin,
    Dot,
    Sfdp,
}

/// How a picture is to look.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    pub(super) theme: Theme,
    pub(super) legend: bool,
    pub(super) layout: LayoutName,
}

/// What a page can trace messages by.
#[derive(Debug, Default)]
pub(super) struct Tracing {
    pub(super) tables: serde_json::Value,
    pub(super) filtered: bool,
}

/// Pixels of a PNG for each pixel of CSS: sharp on paper and on fine screens.
const PNG_SCALE: f64 = 2.0;

/// The picture in a format; `tracing` is made only where it is used.
pub(super) fn render(
    picture: &Picture,
    format: Drawn,
    look: Look,
    tracing: impl FnOnce() -> Tracing,
) -> Result<Vec<u8>> {
    match format {
        Drawn::Mermaid => mermaid::write(picture, look.theme)
            .map(String::into_bytes)
            .map_err(no_mermaid),
        Drawn::Graphml => Ok(graphml::write(picture).into_bytes()),
        Drawn::Json => {
            let mut text = format!("{:#}", node_link::document(picture));
            text.push('\n');
            Ok(text.into_bytes())
        }
        Drawn::Html => {
            let scene = place(picture, look.layout)?;
            let Tracing { tables, filtered } = tracing();
            Ok(html::document(&scene, options(look), &tables, filtered).into_bytes())
        }
        Drawn::Svg => Ok(svg(picture, look)?.into_bytes()),
        Drawn::Png => raster::png(&svg(picture, look)?, PNG_SCALE).map_err(no_raster),
        Drawn::Pdf => raster::pdf(&svg(picture, look)?).map_err(no_raster),
    }
}

/// The picture as SVG.
pub(super) fn svg(picture: &Picture, look: Look) -> Result<String> {
    let scene = place(picture, look.layout)?;
    Ok(svg::document(&scene, options(look)))
}

fn options(look: Look) -> svg::Options {
    svg::Options {
        theme: look.theme,
        legend: look.legend,
    }
}

fn place(picture: &Picture, layout: LayoutName) -> Result<Scene<'_>> {
    let measured = scene::measure(picture);
    let places = match layout {
        LayoutName::Builtin => layout::lay_out(&measured.graph).map_err(no_layout)?,
        LayoutName::Dot => graphviz::lay_out(&measured.graph, Engine::Dot)?,
        LayoutName::Sfdp => graphviz::lay_out(&measured.graph, Engine::Sfdp)?,
    };
    Ok(measured.placed(picture, places))
}

fn smaller(error: Error) -> Error {
    error
        .hint("draw a part: --vhost NAME, or --focus NAME with --depth 2")
        .hint("--collapse draws objects of the same shape and neighbourhood as one")
}

fn no_layout(error: TooLarge) -> Error {
    let what = match error {
        TooLarge::Nodes(count) => {
            format!("{count} objects are more than the built-in layout takes ({MOST_NODES})")
        }
        TooLarge::Edges(count) => {
            format!("{count} edges are more than the built-in layout takes ({MOST_EDGES})")
        }
        TooLarge::Pieces => format!(
            "the edges cross more columns than the built-in layout takes ({MOST_PIECES} pieces)"
        ),
    };
    smaller(Error::new(Kind::Input, "the picture", what))
        .hint("-T dot has no limit, and --layout sfdp leaves the layout to Graphviz")
}

fn no_mermaid(error: mermaid::TooLarge) -> Error {
    let what = match error {
        mermaid::TooLarge::Edges(count) => format!(
            "{count} edges are more than Mermaid draws on GitHub ({})",
            mermaid::MOST_EDGES
        ),
        mermaid::TooLarge::Characters(count) => format!(
            "{count} characters are more than Mermaid reads on GitHub ({})",
            mermaid::MOST_CHARACTERS
        ),
    };
    smaller(Error::new(Kind::Input, "the picture", what)).hint("-T svg has room for more")
}

fn no_raster(failure: raster::Failure) -> Error {
    match failure {
        raster::Failure::TooLarge(width, height) => smaller(Error::new(
            Kind::Input,
            "the picture",
            format!("{width:.0} by {height:.0} is too large for a PNG that can be read"),
        ))
        .hint("-T pdf and -T svg have no such limit"),
        raster::Failure::Renderer(why) => {
            Error::new(Kind::System, "the picture", "cannot be rendered").because(why)
        }
    }
}
