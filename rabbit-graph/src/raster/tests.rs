use super::*;

fn svg(width: f64, height: f64, text: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         font-family=\"{}\"><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\
         <text x=\"10\" y=\"30\" font-size=\"20\" fill=\"#000\">{text}</text></svg>",
        text::FAMILY
    )
}

fn dark_pixels(png: &[u8]) -> usize {
    let pixmap = Pixmap::decode_png(png).unwrap();
    pixmap
        .pixels()
        .iter()
        .filter(|pixel| pixel.red() < 128)
        .count()
}

#[test]
fn text_is_drawn_with_the_bundled_font() {
    let empty = png(&svg(200.0, 50.0, ""), 1.0).unwrap();
    let full = png(&svg(200.0, 50.0, "orders"), 1.0).unwrap();
    assert_eq!(dark_pixels(&empty), 0);
    assert!(dark_pixels(&full) > 100);
}

#[test]
fn a_large_picture_is_drawn_smaller_and_a_huge_one_refused() {
    let drawn = png(&svg(9_000.0, 5_000.0, "x"), 2.0).unwrap();
    let pixmap = Pixmap::decode_png(&drawn).unwrap();
    assert!(f64::from(pixmap.width()) * f64::from(pixmap.height()) <= MOST_PIXELS * 1.01);
    assert!(pixmap.width() > 9_000);
    assert_eq!(
        png(&svg(20_000.0, 20_000.0, "x"), 1.0),
        Err(Failure::TooLarge(20_000.0, 20_000.0))
    );
}

#[test]
fn a_pdf_is_one_and_the_same_every_time() {
    let first = pdf(&svg(200.0, 50.0, "orders")).unwrap();
    assert!(first.starts_with(b"%PDF-"));
    assert_eq!(first, pdf(&svg(200.0, 50.0, "orders")).unwrap());
    // Larger than any page may be.
    assert!(pdf(&svg(50_000.0, 50.0, "orders")).is_ok());
}
