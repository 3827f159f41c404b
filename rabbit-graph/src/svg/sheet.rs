//! The style sheet of an SVG: classes for the kinds that are in the picture.

use std::fmt::Write as _;

use crate::picture::style::{Arrow, Dash, Theme};
use crate::picture::{Legend, Mark, NodeKind};
use crate::scene;

/// The classes of a node of this kind.
pub fn class(kind: NodeKind) -> String {
    match kind.shape_id() {
        Some(shape) => format!("{} {shape}", kind.id()),
        None => kind.id().to_owned(),
    }
}

/// The rules for a picture with these kinds.
pub fn css(theme: Theme, legend: &Legend) -> String {
    let palette = theme.palette();
    let mut css = String::new();
    let mut rule = |selector: &str, declarations: &str| {
        let _ = writeln!(css, "{selector} {{ {declarations} }}");
    };
    let font = |font: crate::text::Font| {
        let weight = match font.weight {
            crate::text::Weight::Regular => "",
            crate::text::Weight::Bold => " font-weight: bold;",
        };
        format!("font-size: {}px;{weight}", font.size)
    };
    rule(".ground", &format!("fill: {}", palette.background));
    rule(
        "text",
        &format!("fill: {}; {}", palette.text, font(scene::NAME)),
    );
    rule(".heading", &font(scene::HEADING));
    rule(
        ".vhost rect",
        &format!(
            "fill: {}; stroke: {}",
            palette.cluster_fill, palette.cluster_line
        ),
    );
    rule(
        ".group rect",
        &format!(
            "fill: {}; stroke: {}; stroke-dasharray: 5 3",
            palette.group_fill, palette.cluster_line
        ),
    );
    rule(
        ".cluster text",
        &format!("fill: {}; {}", palette.faint, font(scene::CLUSTER)),
    );
    rule(".node path", "stroke-width: 1.3");
    rule(".node .inner", "fill: none");
    rule(
        ".node .kind",
        &format!("fill: {}; {}", palette.faint, font(scene::KIND)),
    );
    rule(
        "rect.badge",
        &format!("fill: none; stroke: {}; stroke-width: 0.8", palette.faint),
    );
    rule(
        "text.badge",
        &format!(
            "fill: {}; text-anchor: middle; {}",
            palette.faint,
            font(scene::BADGE)
        ),
    );
    rule(".edge path", "fill: none");
    rule(".edge text", &font(scene::LABEL));
    rule(
        ".edge rect",
        &format!("fill: {}; fill-opacity: 0.92", palette.background),
    );
    rule(
        ".legend .frame",
        &format!(
            "fill: {}; stroke: {}",
            palette.background, palette.cluster_line
        ),
    );
    rule(
        ".legend .entry",
        &format!("fill: {}; {}", palette.text, font(scene::LABEL)),
    );
    for &kind in &legend.nodes {
        let style = theme.node(kind);
        let selector: String = class(kind)
            .split(' ')
            .map(|class| format!(".{class}"))
            .collect();
        let dash = if style.dashed {
            "; stroke-dasharray: 5 3"
        } else {
            ""
        };
        rule(
            &format!("{selector} path"),
            &format!("fill: {}; stroke: {}{dash}", style.fill, style.line),
        );
        if style.text != palette.text {
            rule(
                &format!("{selector} text"),
                &format!("fill: {}", style.text),
            );
        }
    }
    for &kind in &legend.edges {
        let style = theme.edge(kind);
        let (width, dash) = dash(style.dash);
        let name = kind.id();
        rule(
            &format!(".edge.{name} path"),
            &format!("stroke: {}; stroke-width: {width}{dash}", style.color),
        );
        rule(
            &format!(".edge.{name} text"),
            &format!("fill: {}", style.color),
        );
        rule(
            &format!(".head.{name} path"),
            &head(style.arrow, style.color, palette.background),
        );
        for &mark in &legend.marks {
            let color = theme.mark(mark).0;
            rule(
                &format!(".head.{name}.{} path", mark.id()),
                &head(style.arrow, color, palette.background),
            );
        }
    }
    for &mark in &legend.marks {
        let color = theme.mark(mark).0;
        let name = mark.id();
        let faint = if mark == Mark::Removed {
            "; opacity: 0.75"
        } else {
            ""
        };
        rule(
            &format!(".node.{name} path"),
            &format!("stroke: {color}; stroke-width: 2.6{faint}"),
        );
        rule(
            &format!(".edge.{name} path"),
            &format!("stroke: {color}; stroke-width: 2.6"),
        );
        rule(
            &format!(".edge.{name} text"),
            &format!("fill: {color}; font-weight: bold"),
        );
        rule(
            &format!(".cluster.{name} rect"),
            &format!("stroke: {color}; stroke-width: 2.6"),
        );
        rule(&format!(".{name} circle.sign"), &format!("fill: {color}"));
    }
    if !legend.marks.is_empty() {
        rule(
            "text.sign",
            &format!(
                "fill: {}; text-anchor: middle; font-size: 13px; font-weight: bold",
                palette.background
            ),
        );
    }
    css
}

fn dash(dash: Dash) -> (f64, &'static str) {
    match dash {
        Dash::Solid => (1.3, ""),
        Dash::Dashed => (1.5, "; stroke-dasharray: 7 4"),
        Dash::Dotted => (1.6, "; stroke-dasharray: 2 3"),
        Dash::Bold => (2.4, ""),
    }
}

/// Hollow heads are filled with the ground, so that the line does not show
/// through.
fn head(arrow: Arrow, color: &str, ground: &str) -> String {
    let fill = match arrow {
        Arrow::Empty | Arrow::HollowDiamond => ground,
        Arrow::Normal | Arrow::Diamond | Arrow::Vee | Arrow::Dot => color,
    };
    format!("fill: {fill}; stroke: {color}; stroke-width: 1; stroke-linejoin: round")
}
