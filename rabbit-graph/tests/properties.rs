//! What must hold for every input: nothing panics, the order of the file
//! changes no byte of any output, and no secret gets out.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use proptest::prelude::*;
use rabbit_graph::definitions::{Definitions, clean, read};
use rabbit_graph::filter::Selection;
use rabbit_graph::picture::style::Theme;
use rabbit_graph::picture::{Picture, Show, build};
use rabbit_graph::topology::{Topology, Version, VhostId};
use rabbit_graph::{
    diff, dot, graphml, handbook, html, layout, lint, mermaid, node_link, raster, scene, svg, who,
};
use serde_json::{Map, Value as Json, json};

/// Names as hostile as JSON allows, out of few, so that they meet.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(vec![
            "a", "b", "orders.new", "orders.dead", "amq.topic", "amq.direct", "",
            "quote\" back\\slash", "<b>&amp;'</b>", "line\nbreak\ttab", "-->|x|", "]]>", "]\"; }",
            "\u{202e}right to left", "\u{0}nul\u{1b}[31m", "訂單", "a/b%2Fc", "`#*_{}[]", "</script><!--",
        ])
        .prop_map(str::to_owned),
        1 => any::<String>().prop_map(|text| text.chars().take(12).collect()),
    ]
}

fn value() -> impl Strategy<Value = Json> {
    prop_oneof![
        any::<i64>().prop_map(Json::from),
        any::<bool>().prop_map(Json::from),
        (-1e9..1e9).prop_map(|number: f64| json!(number)),
        name().prop_map(Json::from),
        Just(Json::Null),
        prop::collection::vec(name(), 0..3).prop_map(Json::from),
        Just(json!({})),
        Just(json!([])),
    ]
}

fn arguments() -> impl Strategy<Value = Json> {
    let keys = prop::sample::select(vec![
        "x-dead-letter-exchange",
        "x-dead-letter-routing-key",
        "alternate-exchange",
        "x-queue-type",
        "x-match",
        "x-max-length",
        "dead-letter-exchange",
        "max-length",
        "federation-upstream-set",
        "h",
    ]);
    prop::collection::vec((keys, value()), 0..3).prop_map(|entries| {
        Json::Object(
            entries
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        )
    })
}

fn object() -> impl Strategy<Value = Json> {
    let vhost = prop::sample::select(vec!["/", "v", ""]);
    let kind = prop::sample::select(vec![
        "direct",
        "fanout",
        "topic",
        "headers",
        "x-consistent-hash",
        "breaker",
    ]);
    (
        (vhost, name(), name(), name(), name()),
        kind,
        arguments(),
        any::<[bool; 4]>(),
        0_i64..3,
    )
        .prop_map(|((vhost, name, source, destination, key), kind, arguments, flags, priority)| {
            json!({
                "vhost": vhost, "name": name, "type": kind, "durable": flags[0], "auto_delete": flags[1],
                "internal": flags[2], "arguments": arguments, "source": source, "destination": destination,
                "destination_type": if flags[3] { "queue" } else { "exchange" }, "routing_key": key,
                "pattern": key, "apply-to": "all", "definition": arguments, "priority": priority,
                "user": name, "configure": "", "write": key, "read": ".*", "tags": [source],
                "component": if flags[0] { "shovel" } else { "operator_policy" },
                "value": {"src-uri": "amqp://", "src-queue": source, "dest-uri": "amqp://other", "dest-queue": key,
                    "pattern": key, "definition": arguments},
            })
        })
}

const SECTIONS: [&str; 9] = [
    "vhosts",
    "users",
    "permissions",
    "topic_permissions",
    "parameters",
    "policies",
    "queues",
    "exchanges",
    "bindings",
];

/// Sections with the same kind of object in each: every reader takes the
/// fields that it knows.
fn definitions() -> impl Strategy<Value = Json> {
    prop::collection::vec(prop::collection::vec(object(), 0..6), SECTIONS.len()).prop_map(|lists| {
        let mut sections = Map::new();
        sections.insert("rabbitmq_version".to_owned(), json!("3.13.7"));
        for (name, list) in SECTIONS.iter().zip(lists) {
            // Queue types are no exchange types.
            let list = list.into_iter().map(|mut object| {
                if *name == "queues" {
                    object["type"] = json!("classic");
                }
                object
            });
            sections.insert((*name).to_owned(), list.collect());
        }
        Json::Object(sections)
    })
}

/// The same sections and objects in another order.
fn shuffled(definitions: &Json, order: &[usize]) -> Json {
    let sections = definitions.as_object().unwrap();
    let mixed = |count: usize, salt: usize| -> Vec<usize> {
        let mut places: Vec<usize> = (0..count).collect();
        for at in (1..count).rev() {
            places.swap(at, order[(at + salt) % order.len()] % (at + 1));
        }
        places
    };
    let names: Vec<&String> = sections.keys().collect();
    (mixed(names.len(), 0).into_iter())
        .map(|at| {
            let list = match &sections[names[at]] {
                Json::Array(list) => mixed(list.len(), at)
                    .into_iter()
                    .map(|at| list[at].clone())
                    .collect(),
                other => other.clone(),
            };
            (names[at].clone(), list)
        })
        .collect::<Map<_, _>>()
        .into()
}

fn topology(text: &str) -> Topology {
    Topology::new(read("test", text.as_bytes()).unwrap())
}

fn drawn(picture: &Picture, tables: &Json) -> Vec<(&'static str, Vec<u8>)> {
    let mut outputs = Vec::new();
    let mut text = Vec::new();
    let options = dot::Options {
        legend: true,
        ..dot::Options::default()
    };
    dot::write(picture, options, &mut text).unwrap();
    outputs.push(("dot", text));
    let measured = scene::measure(picture);
    let places = layout::lay_out(&measured.graph).unwrap();
    let scene = measured.placed(picture, places);
    let options = svg::Options {
        theme: Theme::Dark,
        legend: true,
    };
    outputs.push(("svg", svg::document(&scene, options).into_bytes()));
    outputs.push((
        "html",
        html::document(&scene, options, tables, false).into_bytes(),
    ));
    let mermaid = mermaid::write(picture, Theme::Light).unwrap_or_default();
    outputs.push(("mermaid", mermaid.into_bytes()));
    outputs.push(("graphml", graphml::write(picture).into_bytes()));
    outputs.push((
        "json",
        node_link::document(picture).to_string().into_bytes(),
    ));
    outputs
}

/// Everything that is made of definitions, by name.
fn outputs(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let topology = topology(text);
    let show = Show {
        permissions: true,
        configure: true,
        arguments: true,
        policies: true,
    };
    let mut picture = build(&topology, &Selection::all(&topology), show);
    let tables = html::tables::of(&topology, &picture);
    let mut outputs = drawn(&picture, &tables);
    picture.collapse();
    picture.group_by_prefix(".");
    outputs.extend(drawn(&picture, &tables));
    let findings = lint::check(&topology, Some(Version::NEWEST));
    outputs.push(("lint", format!("{findings:?}").into_bytes()));
    let sarif = lint::sarif::document("test", &findings).to_string();
    outputs.push(("sarif", sarif.into_bytes()));
    let waivers = lint::waivers::write(&findings).unwrap();
    outputs.push(("waivers", waivers.into_bytes()));
    let nothing = Topology::new(Definitions::default());
    let differences = diff::between(&nothing, &topology);
    outputs.push(("diff", format!("{differences:?}").into_bytes()));
    let access = who::access(&topology, None);
    outputs.push(("who", format!("{access:?}").into_bytes()));
    let told: Vec<handbook::Finding> = (findings.iter())
        .map(|finding| handbook::Finding {
            vhost: finding.vhost.clone(),
            rule: finding.rule.to_owned(),
            severity: finding.severity.name().to_owned(),
            object: finding.object.clone(),
            message: finding.message.clone(),
        })
        .collect();
    for at in 0..topology.vhosts.len() as u32 {
        let page = handbook::page(&topology, VhostId(at), Ok("picture.svg"), &told);
        outputs.push(("docs", page.into_bytes()));
    }
    outputs.push(("docs", handbook::index(&topology, &told).into_bytes()));
    outputs.push((
        "fetch",
        clean("test", text.as_bytes()).unwrap().into_bytes(),
    ));
    outputs
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_the_file_changes_no_byte(
        definitions in definitions(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 7),
    ) {
        let order: Vec<usize> = order.iter().map(|it| it.index(1 << 20)).collect();
        let one = outputs(&definitions.to_string());
        let other = outputs(&shuffled(&definitions, &order).to_string());
        for ((name, one), (_, other)) in one.iter().zip(&other) {
            prop_assert!(
                one == other,
                "{}:\n{}\n{}",
                name,
                String::from_utf8_lossy(one),
                String::from_utf8_lossy(other)
            );
        }
        prop_assert_eq!(one.len(), other.len());
    }

    #[test]
    fn a_topology_does_not_differ_from_itself_and_waivers_accept_all_it_has(
        definitions in definitions(),
    ) {
        let topology = topology(&definitions.to_string());
        prop_assert_eq!(diff::between(&topology, &topology), vec![]);
        let findings = lint::check(&topology, None);
        let text = lint::waivers::write(&findings).unwrap();
        let waivers = lint::waivers::read("waivers.toml", &text).unwrap();
        let (left, waived) = lint::waivers::apply(findings.clone(), &waivers);
        prop_assert_eq!(left, vec![]);
        prop_assert_eq!(waived, findings.len());
    }

    #[test]
    fn any_json_is_read_or_refused(value in any_json()) {
        let text = value.to_string();
        if let Ok(definitions) = read("test", text.as_bytes()) {
            drop(Topology::new(definitions));
            outputs(&text);
        }
    }
}

/// Any JSON at all, with the names of sections and fields among its keys.
fn any_json() -> impl Strategy<Value = Json> {
    let key = prop_oneof![
        prop::sample::select(SECTIONS.to_vec()).prop_map(str::to_owned),
        prop::sample::select(vec![
            "name",
            "vhost",
            "arguments",
            "tags",
            "value",
            "definition",
            "limits"
        ])
        .prop_map(str::to_owned),
        name(),
    ];
    let leaf = prop_oneof![value(), object()];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::vec((key.clone(), inner), 0..8)
                .prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    })
}

#[test]
fn pixels_and_pages_do_not_depend_on_the_order_either() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/small.json");
    let definitions: Json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let rasters = |definitions: &Json| {
        let topology = topology(&definitions.to_string());
        let picture = build(&topology, &Selection::all(&topology), Show::default());
        let measured = scene::measure(&picture);
        let places = layout::lay_out(&measured.graph).unwrap();
        let svg = svg::document(&measured.placed(&picture, places), svg::Options::default());
        [raster::png(&svg, 1.0).unwrap(), raster::pdf(&svg).unwrap()]
    };
    let order = [3, 1, 4, 1, 5, 9, 2];
    assert!(rasters(&definitions) == rasters(&shuffled(&definitions, &order)));
}
