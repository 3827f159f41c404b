use proptest::prelude::*;

use super::*;

#[test]
fn names_of_files_are_safe_and_tell_virtual_hosts_apart() {
    let long_a = "x".repeat(200);
    let long_b = format!("{long_a}y");
    let names = [
        "/", "_", "shop", "Shop", "a/b", "a_b", "", "~", "..", ".", "ä", "a b", &long_a, &long_b,
    ];
    let files: Vec<String> = names.iter().map(|name| file_name::of(name)).collect();
    let mut unique: Vec<String> = files.iter().map(|file| file.to_lowercase()).collect();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), names.len(), "{files:?}");
    assert_eq!(files[0], "_");
    assert_eq!(files[2], "shop");
}

proptest! {
    #[test]
    fn no_name_leaves_the_folder(name: String) {
        let file = file_name::of(&name);
        prop_assert!(!file.contains(['/', '\\', '\0', ':', '%', '#', '?', ' ']) && file.len() < 110);
        prop_assert!(!file.starts_with('.'));
    }

    #[test]
    fn no_name_breaks_a_table(name: String) {
        for cell in [markdown::name(&name), plain(&name)] {
            prop_assert!(!cell.contains(['\n', '\r']), "{}", cell);
            prop_assert!(!cell.contains('|'), "{}", cell);
        }
        prop_assert!(!plain(&name).contains(['<', '>', '`', '*', '_', '[', '@', '\\']));
    }
}
