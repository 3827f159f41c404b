use proptest::prelude::*;

use super::*;

const FONT: Font = Font::regular(10.0);

#[test]
fn the_bundled_faces_can_be_read_and_differ() {
    // Widths from the advance tables of the fonts: i is 455 and W 1933 of
    // 2048 units in the regular face.
    assert_eq!(FONT.width("i"), 455.0 * 10.0 / 2048.0);
    assert_eq!(FONT.width("W"), 1933.0 * 10.0 / 2048.0);
    assert!(Font::bold(10.0).width("orders") > FONT.width("orders"));
}

#[test]
fn characters_without_a_glyph_still_have_a_width() {
    assert_eq!(FONT.width("訂"), 10.0);
    assert_eq!(FONT.width("\u{301}"), 0.0);
    assert!(FONT.width("ᚠ") > 0.0);
}

#[test]
fn a_long_name_keeps_both_its_ends() {
    let name = "com.example.orders.very-long-name-of-a-queue.dead-letter";
    let short = FONT.shortened(name, 120.0);
    assert!(
        short.starts_with("com.ex") && short.ends_with("letter"),
        "{short}"
    );
    assert!(FONT.width(&short) <= 120.0);
}

#[test]
fn lines_break_after_the_marks_in_names() {
    let lines = FONT.wrapped("com.example.billing.invoices.overdue", 100.0, 2);
    assert_eq!(lines, ["com.example.billing.", "invoices.overdue"]);
}

#[test]
fn what_cannot_be_seen_is_made_visible() {
    assert_eq!(visible("plain ünïcode 訂單"), "plain ünïcode 訂單");
    assert_eq!(visible("a\nb\0\u{202e}c"), "a⏎b\\u{0}\\u{202e}c");
}

proptest! {
    #[test]
    fn no_line_is_wider_than_asked(text in "\\PC{0,80}", limit in 40.0..200.0_f64, lines in 1..4_usize) {
        let wrapped = FONT.wrapped(&text, limit, lines);
        prop_assert!(!wrapped.is_empty() && wrapped.len() <= lines);
        for line in wrapped {
            prop_assert!(FONT.width(&line) <= limit + 1e-6, "{} in {}", line, limit);
        }
    }

    #[test]
    fn a_text_that_fits_is_left_alone(text in "[a-z.]{0,12}") {
        prop_assert_eq!(FONT.shortened(&text, 400.0), text.as_str());
        prop_assert_eq!(FONT.wrapped(&text, 400.0, 3), vec![text]);
    }
}
