//! What it costs to tell the timelines of clients that boot: of none, of new
//! ones, with all taken that there is room for, and while somebody looks.

use std::process::Command;

use anyhow::{Context as _, Result};
use workspace_tests::load::usage;
use workspace_tests::netns::{Host, pair};
use workspace_tests::peers::kea::perfdhcp;
use workspace_tests::process::Background;

use super::{COMMON_RATE, SERVER, Server, at_rate, ratio};
use crate::{Args, median, say};

/// Option 60, `PXEClient:Arch:00000:UNDI:002001`: by it a machine boots.
const CLASS: [&str; 2] = [
    "-o",
    "60,505845436c69656e743a417263683a30303030303a554e44493a303032303031",
];
/// More clients than timelines are remembered of, and none of those that are
/// measured.
const FILL: &str = "-r 2500 -p 3 -R 60000 -W 1000000 -b mac=02:0d:00:00:00:00";

#[derive(Debug, Clone, Copy)]
struct Crowd {
    name: &'static str,
    server: Server,
    boots: bool,
    full: bool,
    watched: bool,
}

const PLAIN: Crowd = Crowd {
    name: "pxe, clients that do not boot",
    server: Server::Pxe,
    boots: false,
    full: false,
    watched: false,
};

const CROWDS: [Crowd; 5] = [
    PLAIN,
    Crowd {
        name: "pxe, clients that boot",
        boots: true,
        ..PLAIN
    },
    Crowd {
        name: "pxe, clients that boot, all timelines taken",
        boots: true,
        full: true,
        ..PLAIN
    },
    Crowd {
        name: "pxe, the same, and the status asked for twice a second",
        boots: true,
        full: true,
        watched: true,
        ..PLAIN
    },
    Crowd {
        name: "Kea, clients that boot",
        server: Server::Kea,
        boots: true,
        ..PLAIN
    },
];

/// Microseconds of the processor for an exchange, the crowds one after the
/// other in each round.
pub(super) fn costs(args: &Args) -> Result<()> {
    let mut found = vec![Vec::new(); CROWDS.len()];
    for _ in 0..args.rounds {
        for (crowd, costs) in CROWDS.iter().zip(&mut found) {
            costs.push(cost(args, *crowd)?);
        }
    }
    say(&format!(
        "timelines, {COMMON_RATE} exchanges/s | CPU us an exchange | against clients that do not boot |"
    ));
    say("--- | --- | --- |");
    for (crowd, costs) in CROWDS.iter().zip(&found) {
        let ratios: Vec<f64> = costs.iter().zip(&found[0]).map(|(a, b)| a / b).collect();
        say(&format!(
            "{} | {:.0} | {:.2} |",
            crowd.name,
            median(costs),
            median(&ratios)
        ));
    }
    Ok(())
}

fn cost(args: &Args, crowd: Crowd) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let (host, clients) = pair(("server", "10.77.0.1/16"), ("clients", "10.77.255.254/16"))?;
    let tables = format!(
        "\n[boot]\nbios = 'boot/x86/wdsnbp.com'\n\n[http]\nroot = \"{}\"\nstatus = true\n\
         status-from = [\"10.77.0.0/16\"]\n",
        folder.path().display()
    );
    let process = crowd.server.start(args, &host, folder.path(), &tables)?;
    let words = |load: Vec<String>| -> Vec<String> {
        let class = CLASS.iter().filter(|_| crowd.boots);
        class.map(ToString::to_string).chain(load).collect()
    };
    if crowd.full {
        let fill = FILL.split(' ').map(str::to_owned).collect();
        perfdhcp(&clients, &words(fill), SERVER)?;
    }
    let _watching = crowd
        .watched
        .then(|| watch(&clients, folder.path()))
        .transpose()?;
    let before = usage::processor_seconds(process.id())?;
    let counted = perfdhcp(&clients, &words(at_rate(args, COMMON_RATE)), SERVER)?;
    let seconds = usage::processor_seconds(process.id())? - before;
    Ok(seconds * 1e6 / ratio(counted.acks.max(1), 1))
}

/// Asks for the status twice a second, as a page that is open does.
fn watch(host: &Host, folder: &std::path::Path) -> Result<Background> {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!(
        "while curl -sSf -o /dev/null http://{SERVER}/status.json; do sleep 0.5; done"
    ));
    host.start("watch", shell, &folder.join("watch.log"))
        .context("hint: apt-get install curl")
}
