use super::*;

#[test]
fn a_flood_gives_a_bounded_number_of_lines_and_its_count() {
    let restraint = Restraint::default();
    let start = Instant::now();
    let written = (0..3000).filter(|_| restraint.admit(start)).count();
    assert_eq!(written, LINES as usize);
    assert_eq!(restraint.held_back(start), None, "the window is not over");
    let later = start + WINDOW;
    assert_eq!(restraint.held_back(later), Some(3000 - u64::from(LINES)));
    assert_eq!(restraint.held_back(later), None, "said once");
    assert!(restraint.admit(later));
}

#[test]
fn what_is_held_back_is_not_forgotten_when_the_next_window_begins() {
    let restraint = Restraint::default();
    let start = Instant::now();
    for _ in 0..=LINES {
        restraint.admit(start);
    }
    assert!(restraint.admit(start + WINDOW));
    assert_eq!(restraint.held_back(start + WINDOW * 2), Some(1));
}
