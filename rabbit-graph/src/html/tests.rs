use proptest::prelude::*;

use super::*;
use crate::picture::Picture;
use crate::scene::sample::pictures;
use crate::{layout, scene};

fn page(picture: &Picture, tables: &serde_json::Value) -> String {
    let measured = scene::measure(picture);
    let layout = layout::lay_out(&measured.graph).unwrap();
    let scene = measured.placed(picture, layout);
    document(&scene, svg::Options::default(), tables, false)
}

proptest! {
    #[test]
    fn no_name_ends_a_script_or_begins_one(picture in pictures()) {
        let names: Vec<&str> = picture.nodes.iter().map(|node| &*node.name).collect();
        let tables = serde_json::json!({ "vhosts": {}, "names": names });
        let text = page(&picture, &tables);
        let lower = text.to_lowercase();
        // The tables, the rules and the page, each begun and ended once.
        prop_assert_eq!(lower.matches("<script").count(), 3);
        prop_assert_eq!(lower.matches("</script").count(), 3);
        prop_assert!(!lower.contains("<!--"));
        let start = text.find("id=\"tables\">").unwrap() + "id=\"tables\">".len();
        let end = text[start..].find("</script>").unwrap() + start;
        let read: serde_json::Value = serde_json::from_str(&text[start..end]).unwrap();
        prop_assert_eq!(read, tables);
    }
}

#[test]
fn the_page_refers_to_nothing_outside() {
    let text = page(&Picture::default(), &serde_json::json!({ "vhosts": {} }));
    for part in [STYLE, ROUTE, PAGE, include_str!("body.html")] {
        for scheme in [
            "http:",
            "https:",
            "//cdn",
            "@import",
            "fetch(",
            "XMLHttpRequest",
            "import(",
        ] {
            assert!(!part.contains(scheme), "{scheme}");
        }
    }
    assert!(text.contains("default-src 'none'"));
}
