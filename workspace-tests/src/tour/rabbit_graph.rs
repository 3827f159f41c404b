//! The topology of an order system, exported from a real broker, as a
//! picture.

use anyhow::{Result, ensure};

use super::{Stage, Step, expect_part};

pub(super) const STEP: Step = Step {
    tool: "rabbit-graph",
    title: "draw the topology of an order system that a RabbitMQ broker exported",
    run,
};

/// Exported from a broker by its management API; the passwords in it are
/// planted, and must not show up anywhere.
const DEFINITIONS: &str = "workspace-tests/fixtures/order-system.json";
const PLANTED: &[&str] = &["warehouse-secret", "hub-secret", "c2VjcmV0LWhhc2g"];

fn run(stage: &mut Stage) -> Result<()> {
    let dot = stage.folder().join("order-system.dot");
    let dot_name = dot.to_string_lossy().into_owned();
    let args = ["draw", DEFINITIONS, "-o", &dot_name, "--legend"];
    stage.run("rabbit-graph", &args, &[], 0)?;
    let text = std::fs::read_to_string(&dot)?;
    // Set by a policy: no argument of the queue says so.
    expect_part(
        &text,
        "\"queue/orders/order.create\" -> \"exchange/orders/dead-letters\"",
    )?;
    expect_part(&text, "all: country=de, format=xml")?;
    for secret in PLANTED {
        ensure!(!text.contains(secret), "a password is in {dot_name}");
    }
    stage.say(&format!(
        "{dot_name} shows {} exchanges, queues and brokers, with the dead-letter ways that",
        text.matches("[label=").count()
    ));
    stage.say("policies set, and without the passwords of the definitions.");

    // No Graphviz from here on: the layout is the tool's own.
    let picture = stage.folder().join("order-system.svg");
    let page = stage.folder().join("order-system.html");
    for file in [&picture, &page] {
        let name = file.to_string_lossy().into_owned();
        let args = ["draw", DEFINITIONS, "-o", &name, "--legend"];
        stage.run("rabbit-graph", &args, &[], 0)?;
        let text = std::fs::read_to_string(file)?;
        expect_part(&text, "data-id=\"queue/orders/order.create\"")?;
        expect_part(
            &text,
            "class=\"edge dead-letter\" data-source=\"queue/orders/order.create\" \
             data-target=\"exchange/orders/dead-letters\"",
        )?;
        for secret in PLANTED {
            ensure!(!text.contains(secret), "a password is in {name}");
        }
    }
    stage.say(&format!(
        "Open {} in a browser; {} can also be searched, and traces messages.",
        picture.display(),
        page.display()
    ));
    Ok(())
}
