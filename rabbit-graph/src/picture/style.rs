//! Colours, shapes and dashes, the same in every format.
//!
//! The hues are those of Okabe and Ito, which colour-blind readers tell
//! apart; every kind also has a shape or a dash of its own, so that a
//! monochrome printer loses nothing.

use super::{EdgeKind, ExchangeShape, Mark, NodeKind, QueueShape};

/// Light for paper, dark for screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Dark on white.
    #[default]
    Light,
    /// Light on near-black.
    Dark,
}

/// The colours around the objects, as `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Behind everything.
    pub background: &'static str,
    /// Names.
    pub text: &'static str,
    /// Second lines, badges.
    pub faint: &'static str,
    /// The frame of a cluster.
    pub cluster_line: &'static str,
    /// Behind a virtual host.
    pub cluster_fill: &'static str,
    /// Behind a group in a virtual host.
    pub group_fill: &'static str,
}

/// How a node is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeStyle {
    /// The outline.
    pub shape: Shape,
    /// `#rrggbb` inside.
    pub fill: &'static str,
    /// `#rrggbb` of the outline.
    pub line: &'static str,
    /// `#rrggbb` of the text.
    pub text: &'static str,
    /// Whether the outline is dashed (missing objects, remote ends).
    pub dashed: bool,
}

/// Outlines that every format can draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Default exchange.
    Circle,
    /// Direct exchange.
    Ellipse,
    /// Fanout exchange: wide at the exit.
    Trapezium,
    /// Topic exchange.
    Diamond,
    /// Headers exchange.
    Hexagon,
    /// One of several.
    Octagon,
    /// Other exchange: a slanted box.
    Parallelogram,
    /// Classic queue.
    Box,
    /// Quorum queue: a box with doubled sides, several copies.
    DoubleBox,
    /// Stream: a cylinder.
    Cylinder,
    /// Other queue.
    RoundedBox,
    /// Remote broker.
    Cloud,
    /// User.
    Person,
}

/// How an edge is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EdgeStyle {
    /// `#rrggbb`.
    pub color: &'static str,
    /// Line and gap.
    pub dash: Dash,
    /// The head.
    pub arrow: Arrow,
}

/// Line patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dash {
    /// One line.
    Solid,
    /// Strokes.
    Dashed,
    /// Dots.
    Dotted,
    /// One wide line.
    Bold,
}

/// Arrow heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrow {
    /// A filled triangle.
    Normal,
    /// A hollow triangle.
    Empty,
    /// A filled diamond.
    Diamond,
    /// A hollow diamond.
    HollowDiamond,
    /// An open angle.
    Vee,
    /// A dot.
    Dot,
}

impl Theme {
    /// The colours around the objects.
    pub fn palette(self) -> Palette {
        match self {
            Theme::Light => Palette {
                background: "#ffffff",
                text: "#1b1f24",
                faint: "#57606a",
                cluster_line: "#b4bcc6",
                cluster_fill: "#f6f8fa",
                group_fill: "#eceff3",
            },
            Theme::Dark => Palette {
                background: "#15191f",
                text: "#eef1f5",
                faint: "#a3adb9",
                cluster_line: "#4a5563",
                cluster_fill: "#1c222a",
                group_fill: "#252d37",
            },
        }
    }

    /// How a node of this kind is drawn.
    pub fn node(self, kind: NodeKind) -> NodeStyle {
        // (shape, fill light, line light, fill dark, line dark)
        let (shape, light_fill, light_line, dark_fill, dark_line) = match kind {
            NodeKind::Exchange(ExchangeShape::Default) => {
                (Shape::Circle, "#eceff3", "#57606a", "#333c47", "#a3adb9")
            }
            NodeKind::Exchange(ExchangeShape::Direct) => {
                (Shape::Ellipse, "#d6eafa", "#0072b2", "#123a55", "#56b4e9")
            }
            NodeKind::Exchange(ExchangeShape::Fanout) => {
                (Shape::Trapezium, "#fdebc8", "#b87400", "#4d3608", "#e69f00")
            }
            NodeKind::Exchange(ExchangeShape::Topic) => {
                (Shape::Diamond, "#d3efe6", "#00785a", "#0b4335", "#2fc79a")
            }
            NodeKind::Exchange(ExchangeShape::Headers) => {
                (Shape::Hexagon, "#f5e1ec", "#a3467c", "#4a2138", "#dd95bd")
            }
            NodeKind::Exchange(ExchangeShape::OneOf) => {
                (Shape::Octagon, "#faf6cc", "#857a00", "#454107", "#f0e442")
            }
            NodeKind::Exchange(ExchangeShape::Other) => (
                Shape::Parallelogram,
                "#eceff3",
                "#57606a",
                "#333c47",
                "#a3adb9",
            ),
            NodeKind::Queue(QueueShape::Classic) => {
                (Shape::Box, "#ffffff", "#3c4650", "#2a323c", "#c4ccd6")
            }
            NodeKind::Queue(QueueShape::Quorum) => {
                (Shape::DoubleBox, "#ffffff", "#0072b2", "#2a323c", "#56b4e9")
            }
            NodeKind::Queue(QueueShape::Stream) => {
                (Shape::Cylinder, "#ffffff", "#00785a", "#2a323c", "#2fc79a")
            }
            NodeKind::Queue(QueueShape::Other) => (
                Shape::RoundedBox,
                "#ffffff",
                "#57606a",
                "#2a323c",
                "#a3adb9",
            ),
            NodeKind::MissingExchange => {
                (Shape::Ellipse, "#ffffff", "#c2410c", "#15191f", "#ff8a4c")
            }
            NodeKind::MissingQueue => (Shape::Box, "#ffffff", "#c2410c", "#15191f", "#ff8a4c"),
            NodeKind::Remote => (Shape::Cloud, "#f3edf7", "#6f4a86", "#372a40", "#c39bd8"),
            NodeKind::User => (Shape::Person, "#f4efe6", "#6b5b3e", "#3b3323", "#d0bd95"),
        };
        let dashed = matches!(
            kind,
            NodeKind::MissingExchange | NodeKind::MissingQueue | NodeKind::Remote
        );
        let (fill, line) = match self {
            Theme::Light => (light_fill, light_line),
            Theme::Dark => (dark_fill, dark_line),
        };
        NodeStyle {
            shape,
            fill,
            line,
            text: self.palette().text,
            dashed,
        }
    }

    /// How an edge of this kind is drawn.
    pub fn edge(self, kind: EdgeKind) -> EdgeStyle {
        let (light, dark, dash, arrow) = match kind {
            EdgeKind::Binding => ("#3c4650", "#c4ccd6", Dash::Solid, Arrow::Normal),
            EdgeKind::ExchangeBinding => ("#0072b2", "#56b4e9", Dash::Bold, Arrow::Normal),
            EdgeKind::Alternate => ("#b87400", "#e69f00", Dash::Dashed, Arrow::Empty),
            EdgeKind::DeadLetter => ("#c2410c", "#ff8a4c", Dash::Dashed, Arrow::Diamond),
            EdgeKind::Shovel => ("#6f4a86", "#c39bd8", Dash::Bold, Arrow::Vee),
            EdgeKind::Federation => ("#6f4a86", "#c39bd8", Dash::Dotted, Arrow::Vee),
            EdgeKind::MayWrite => ("#6b5b3e", "#d0bd95", Dash::Dotted, Arrow::Normal),
            EdgeKind::MayRead => ("#00785a", "#2fc79a", Dash::Dotted, Arrow::Empty),
            EdgeKind::MayConfigure => ("#57606a", "#a3adb9", Dash::Dotted, Arrow::Dot),
        };
        EdgeStyle {
            color: match self {
                Theme::Light => light,
                Theme::Dark => dark,
            },
            dash,
            arrow,
        }
    }

    /// The colour of a mark, and the sign that tells it without colour.
    pub fn mark(self, mark: Mark) -> (&'static str, &'static str) {
        match (mark, self) {
            (Mark::Added, Theme::Light) => ("#0072b2", "+"),
            (Mark::Added, Theme::Dark) => ("#56b4e9", "+"),
            (Mark::Removed, Theme::Light) => ("#c2410c", "−"),
            (Mark::Removed, Theme::Dark) => ("#ff8a4c", "−"),
            (Mark::Changed, Theme::Light) => ("#857a00", "~"),
            (Mark::Changed, Theme::Dark) => ("#f0e442", "~"),
        }
    }
}
