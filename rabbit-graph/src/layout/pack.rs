//! Puts boxes beside and above each other so that the whole is neither a
//! strip nor a tower.

use super::{Point, Size};

/// Between boxes.
pub(super) const MARGIN: f64 = 26.0;
/// Width to height, as near as it gets: what fits a page or a screen.
const SHAPE: f64 = 1.5;

/// What is to be packed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub(super) size: Size,
    /// Nothing may stand to its left or right.
    pub(super) alone: bool,
}

/// The place of each item and the size of the whole.
pub(super) fn pack(items: &[Item], margin: f64) -> (Vec<Point>, Size) {
    let area: f64 = items
        .iter()
        .map(|item| (item.size.width + margin) * (item.size.height + margin))
        .sum();
    let widest = items.iter().map(|item| item.size.width).fold(0.0, f64::max);
    let width = widest.max((area * SHAPE).sqrt());

    // Tall ones first, so that what follows fits beside them.
    let mut sequence: Vec<usize> = (0..items.len()).collect();
    sequence.sort_by(|&one, &two| items[two].size.height.total_cmp(&items[one].size.height));

    let mut places = vec![Point::default(); items.len()];
    let mut whole = Size::default();
    let mut shelf: Option<Shelf> = None;
    let mut next_y = 0.0;
    for index in sequence {
        let Item { size, alone } = items[index];
        let fitting = shelf
            .as_mut()
            .filter(|_| !alone)
            .and_then(|shelf| shelf.place(size, width, margin));
        let place = match fitting {
            Some(place) => place,
            None => {
                let y = next_y;
                next_y = y + size.height + margin;
                shelf = Some(Shelf {
                    y,
                    height: size.height,
                    x: 0.0,
                    width: size.width,
                    filled: size.height,
                    closed: alone,
                });
                Point::new(0.0, y)
            }
        };
        places[index] = place;
        whole.width = whole.width.max(place.x + size.width);
        whole.height = whole.height.max(place.y + size.height);
    }
    (places, whole)
}

/// A row of columns; its first item is its tallest.
struct Shelf {
    y: f64,
    height: f64,
    /// The column that is being filled.
    x: f64,
    width: f64,
    filled: f64,
    closed: bool,
}

impl Shelf {
    fn place(&mut self, size: Size, limit: f64, margin: f64) -> Option<Point> {
        if self.closed {
            return None;
        }
        let below = self.filled + margin;
        if below + size.height <= self.height && self.x + size.width <= limit {
            self.filled = below + size.height;
            self.width = self.width.max(size.width);
            return Some(Point::new(self.x, self.y + below));
        }
        let x = self.x + self.width + margin;
        if x + size.width <= limit && size.height <= self.height {
            self.x = x;
            self.width = size.width;
            self.filled = size.height;
            return Some(Point::new(x, self.y));
        }
        None
    }
}

/// Boxes without connections, as a table: the places and the whole.
pub(super) fn table(sizes: &[Size], wanted_width: f64) -> (Vec<Point>, Size) {
    const GAP: f64 = 14.0;
    let width = sizes.iter().map(|size| size.width).fold(0.0, f64::max);
    let height = sizes.iter().map(|size| size.height).fold(0.0, f64::max);
    let area = (width + GAP) * (height + GAP) * sizes.len() as f64;
    let wide = wanted_width.max((area * SHAPE).sqrt());
    let columns = (((wide + GAP) / (width + GAP)).floor() as usize).clamp(1, sizes.len().max(1));
    let rows = sizes.len().div_ceil(columns);
    let places = (0..sizes.len())
        .map(|index| {
            // Down the columns, so that names in order are read as a list.
            let (column, row) = (index / rows.max(1), index % rows.max(1));
            Point::new(column as f64 * (width + GAP), row as f64 * (height + GAP))
        })
        .collect();
    let columns = sizes.len().div_ceil(rows.max(1));
    let size = Size::new(
        (columns as f64 * (width + GAP) - GAP).max(0.0),
        (rows as f64 * (height + GAP) - GAP).max(0.0),
    );
    (places, size)
}
