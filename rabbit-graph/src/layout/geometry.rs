//! Points, boxes and the lines of edges.

/// Width and height.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Size {
    /// From left to right.
    pub width: f64,
    /// From top to bottom.
    pub height: f64,
}

impl Size {
    /// A size.
    pub fn new(width: f64, height: f64) -> Self {
        Size { width, height }
    }
}

/// A place; `y` grows downwards, as in SVG.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Point {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

impl Point {
    /// A place.
    pub fn new(x: f64, y: f64) -> Self {
        Point { x, y }
    }
}

/// A box: its upper left corner and its size.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rect {
    /// The left side.
    pub x: f64,
    /// The upper side.
    pub y: f64,
    /// From left to right.
    pub width: f64,
    /// From top to bottom.
    pub height: f64,
}

impl Rect {
    /// The right side.
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// The lower side.
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// The middle.
    pub fn center(&self) -> Point {
        Point::new(self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    pub(super) fn shift(&mut self, dx: f64, dy: f64) {
        self.x += dx;
        self.y += dy;
    }
}

/// A piece of a line, from where the piece before it ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Segment {
    /// Straight to a point.
    Line(Point),
    /// A cubic Bézier curve: two control points and the end.
    Curve(Point, Point, Point),
}

impl Segment {
    /// Where the piece ends.
    pub fn end(&self) -> Point {
        match *self {
            Segment::Line(end) | Segment::Curve(_, _, end) => end,
        }
    }
}

/// The line of an edge, from its source to its target.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Path {
    /// Where it begins.
    pub start: Point,
    /// Its pieces.
    pub segments: Vec<Segment>,
    /// Where the label goes, if the edge has one.
    pub label: Option<Rect>,
}

impl Path {
    /// Where it ends.
    pub fn end(&self) -> Point {
        self.segments.last().map_or(self.start, Segment::end)
    }

    pub(super) fn line_to(&mut self, to: Point) {
        if self.end() == to {
            return;
        }
        // Two straight pieces on one level are one.
        if let Some(Segment::Line(last)) = self.segments.last().copied() {
            let before = match self.segments.len() {
                1 => self.start,
                count => self.segments[count - 2].end(),
            };
            if before.y == last.y && last.y == to.y && (before.x < last.x) == (last.x < to.x) {
                self.segments.pop();
            }
        }
        self.segments.push(Segment::Line(to));
    }

    /// A curve that leaves and arrives level.
    pub(super) fn swing_to(&mut self, to: Point) {
        let from = self.end();
        if from.y == to.y {
            self.line_to(to);
            return;
        }
        let middle = (from.x + to.x) / 2.0;
        self.segments.push(Segment::Curve(
            Point::new(middle, from.y),
            Point::new(middle, to.y),
            to,
        ));
    }

    pub(super) fn shift(&mut self, dx: f64, dy: f64) {
        self.start = Point::new(self.start.x + dx, self.start.y + dy);
        let moved = |point: Point| Point::new(point.x + dx, point.y + dy);
        for segment in &mut self.segments {
            *segment = match *segment {
                Segment::Line(end) => Segment::Line(moved(end)),
                Segment::Curve(one, two, end) => Segment::Curve(moved(one), moved(two), moved(end)),
            };
        }
        if let Some(label) = &mut self.label {
            label.shift(dx, dy);
        }
    }

    /// The same line walked from its end.
    pub(super) fn reversed(&self) -> Path {
        let mut points = vec![self.start];
        points.extend(self.segments.iter().map(Segment::end));
        let segments = self
            .segments
            .iter()
            .enumerate()
            .rev()
            .map(|(index, segment)| match *segment {
                Segment::Line(_) => Segment::Line(points[index]),
                Segment::Curve(one, two, _) => Segment::Curve(two, one, points[index]),
            })
            .collect();
        Path {
            start: self.end(),
            segments,
            label: self.label,
        }
    }

    /// Continues with another line that begins where this one ends.
    pub(super) fn append(&mut self, other: Path) {
        debug_assert!(
            self.segments.is_empty()
                || (self.end().x - other.start.x).abs() + (self.end().y - other.start.y).abs()
                    < 1e-6,
            "the second line begins where the first one ends"
        );
        self.segments.extend(other.segments);
        self.label = self.label.or(other.label);
    }
}
