//! The outlines of nodes.

use crate::picture::style::Shape;

use crate::xml::num;

/// The outline of a node, filled, and lines within it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// The path of the outline.
    pub outer: String,
    /// The path of the lines inside, often empty.
    pub inner: String,
}

/// The outline in a box of this size, from (0, 0).
pub fn outline(shape: Shape, width: f64, height: f64) -> Outline {
    let (w, h) = (width, height);
    let middle = h / 2.0;
    let polygon = |points: &[(f64, f64)]| {
        let mut path = String::new();
        for (index, &(x, y)) in points.iter().enumerate() {
            path.push(if index == 0 { 'M' } else { 'L' });
            path.push_str(&format!("{} {}", num(x), num(y)));
        }
        path.push('Z');
        path
    };
    let plain = |outer| Outline {
        outer,
        inner: String::new(),
    };
    match shape {
        Shape::Circle | Shape::Ellipse => plain(rounded(w, h, middle)),
        Shape::Cloud => plain(rounded(w, h, 12.0_f64.min(middle))),
        Shape::Box => plain(rounded(w, h, 2.0)),
        Shape::RoundedBox => plain(rounded(w, h, 8.0_f64.min(middle))),
        Shape::DoubleBox => Outline {
            outer: rounded(w, h, 2.0),
            inner: format!("M4 0V{1}M{0} 0V{1}", num(w - 4.0), num(h)),
        },
        Shape::Trapezium => {
            let cut = h * 0.2;
            plain(polygon(&[(0.0, cut), (w, 0.0), (w, h), (0.0, h - cut)]))
        }
        Shape::Parallelogram => plain(polygon(&[(9.0, 0.0), (w, 0.0), (w - 9.0, h), (0.0, h)])),
        Shape::Diamond => {
            let point = (h * 0.5).min(w / 2.0);
            plain(polygon(&[
                (0.0, middle),
                (point, 0.0),
                (w - point, 0.0),
                (w, middle),
                (w - point, h),
                (point, h),
            ]))
        }
        Shape::Hexagon => {
            let point = 8.0;
            plain(polygon(&[
                (0.0, middle),
                (point, 0.0),
                (w - point, 0.0),
                (w, middle),
                (w - point, h),
                (point, h),
            ]))
        }
        Shape::Octagon => {
            let cut = (h * 0.3).min(10.0);
            plain(polygon(&[
                (0.0, cut),
                (cut, 0.0),
                (w - cut, 0.0),
                (w, cut),
                (w, h - cut),
                (w - cut, h),
                (cut, h),
                (0.0, h - cut),
            ]))
        }
        // A pipe: rounded at the left, its opening to be seen at the right.
        Shape::Cylinder => {
            let bulge = 6.0;
            let (radius_x, radius_y) = (num(bulge), num(middle));
            let (left, right, bottom) = (num(bulge), num(w - bulge), num(h));
            Outline {
                outer: format!(
                    "M{left} 0H{right}A{radius_x} {radius_y} 0 0 1 {right} {bottom}\
                     H{left}A{radius_x} {radius_y} 0 0 1 {left} 0Z"
                ),
                inner: format!("M{right} 0A{radius_x} {radius_y} 0 0 0 {right} {bottom}"),
            }
        }
        // A box with head and shoulders at the left.
        Shape::Person => {
            let (x, y) = (11.0, middle);
            Outline {
                outer: rounded(w, h, 6.0),
                inner: format!(
                    "M{0} {1}a3.2 3.2 0 1 1 0.1 0ZM{2} {3}c0 -7 11 -7 11 0Z",
                    num(x),
                    num(y - 0.5),
                    num(x - 5.5),
                    num(y + 7.5)
                ),
            }
        }
    }
}

fn rounded(w: f64, h: f64, radius: f64) -> String {
    let r = radius.min(w / 2.0).min(h / 2.0);
    let (radius, left, right, lower, bottom, width) =
        (num(r), num(r), num(w - r), num(h - r), num(h), num(w));
    format!(
        "M{left} 0H{right}A{radius} {radius} 0 0 1 {width} {radius}V{lower}\
         A{radius} {radius} 0 0 1 {right} {bottom}H{left}\
         A{radius} {radius} 0 0 1 0 {lower}V{radius}A{radius} {radius} 0 0 1 {left} 0Z"
    )
}
