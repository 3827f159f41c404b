//! Writes a picture as one HTML file that needs nothing else: the SVG, a
//! script that pans, zooms, searches, focuses and filters, and the routing
//! tables from which it traces a message.
//!
//! What a name contains cannot become code: the SVG escapes it, the tables
//! are JSON without `<`, the script only ever sets text, and the page's
//! content security policy allows no connection at all.

pub mod tables;

use crate::picture::style::Theme;
use crate::scene::Scene;
use crate::svg;
use crate::text::visible;
use crate::xml::escaped;

const STYLE: &str = include_str!("html/page.css");
const ROUTE: &str = include_str!("html/route.js");
const PAGE: &str = include_str!("html/page.js");

/// The page. `tables` is what [`tables::of`] made of the same topology;
/// `filtered` tells that the picture does not show all of it.
pub fn document(
    scene: &Scene<'_>,
    options: svg::Options,
    tables: &serde_json::Value,
    filtered: bool,
) -> String {
    let title = visible(&scene.picture.title);
    let theme = match options.theme {
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    let picture = svg::document(scene, options);
    // `</script>` and `<!--` end or change a script element wherever they
    // stand; as an escape JSON reads them all the same.
    let tables = tables.to_string().replace('<', "\\u003c");
    let note = if filtered {
        "<p class=\"note\">Filters were applied to this picture. A trace follows all of the \
         definitions; what is not drawn is named in the list only.</p>"
    } else {
        ""
    };
    let mut out = String::with_capacity(picture.len() + tables.len() + 40_000);
    out.push_str("<!DOCTYPE html>\n<html lang=\"en\" data-theme=\"");
    out.push_str(theme);
    out.push_str(
        "\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
    );
    out.push_str(&escaped(&title).to_string());
    out.push_str("</title>\n<style>\n");
    out.push_str(STYLE);
    out.push_str("</style>\n</head>\n<body>\n");
    out.push_str(&include_str!("html/body.html").replace("<!--note-->", note));
    out.push_str("<main id=\"stage\" aria-label=\"picture\">\n");
    out.push_str(&picture);
    out.push_str("</main>\n<script type=\"application/json\" id=\"tables\">");
    out.push_str(&tables);
    out.push_str("</script>\n<script>\n");
    out.push_str(ROUTE);
    out.push_str("</script>\n<script>\n");
    out.push_str(PAGE);
    out.push_str("</script>\n</body>\n</html>\n");
    out
}

#[cfg(test)]
#[path = "html/tests.rs"]
mod tests;
