//! A real RabbitMQ broker on loopback: its own node name, ports, folder and
//! epmd, ended when it goes out of scope.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::process::Background;

/// Where Debian's package has the server and its tools.
const PROGRAMS: &str = "/usr/lib/rabbitmq/bin";
const START: Duration = Duration::from_secs(120);

/// A running broker with the management plugin.
#[derive(Debug)]
pub struct RabbitMq {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
    server: Background,
    agent: reqwest::blocking::Client,
    api: String,
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

impl RabbitMq {
    /// Starts a broker and waits until its management API answers.
    ///
    /// # Errors
    /// When it is not installed, or does not come up.
    pub fn start() -> Result<Self> {
        let program = PathBuf::from(PROGRAMS).join("rabbitmq-server");
        ensure!(
            program.exists(),
            "{} is missing: apt-get install rabbitmq-server",
            program.display()
        );
        let folder = tempfile::Builder::new().prefix("rabbitmq-").tempdir()?;
        let at = |name: &str| folder.path().join(name).display().to_string();
        let [amqp, http, distribution, epmd] =
            [free_port()?, free_port()?, free_port()?, free_port()?];
        std::fs::write(
            at("rabbitmq.conf"),
            format!(
                "listeners.tcp.default = 127.0.0.1:{amqp}\n\
                 management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {http}\n"
            ),
        )?;
        std::fs::write(
            at("enabled_plugins"),
            "[rabbitmq_management,rabbitmq_consistent_hash_exchange,rabbitmq_shovel,\
             rabbitmq_federation].\n",
        )?;
        let pairs = [
            ("HOME", at("")),
            ("ERL_EPMD_PORT", epmd.to_string()),
            ("ERL_EPMD_ADDRESS", "127.0.0.1".to_owned()),
            ("RABBITMQ_NODENAME", format!("graph{amqp}@localhost")),
            ("RABBITMQ_MNESIA_BASE", at("mnesia")),
            ("RABBITMQ_LOG_BASE", at("log")),
            ("RABBITMQ_LOGS", "-".to_owned()),
            ("RABBITMQ_CONFIG_FILE", at("rabbitmq")),
            ("RABBITMQ_CONF_ENV_FILE", at("none")),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", at("enabled_plugins")),
            ("RABBITMQ_PID_FILE", at("pid")),
            ("RABBITMQ_DIST_PORT", distribution.to_string()),
        ];
        let environment: Vec<(String, String)> = pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let mut command = Command::new(program);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let log = folder.path().join("server.log");
        let server = Background::start("rabbitmq-server", command, &log)?;
        // The agent wants one even for plain HTTP; a second call changes nothing.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let agent = reqwest::blocking::Client::builder()
            .timeout(Duration::from_secs(60))
            .build()?;
        let mut broker = RabbitMq {
            folder,
            environment,
            server,
            agent,
            api: format!("http://127.0.0.1:{http}"),
        };
        let (agent, url) = (broker.agent.clone(), format!("{}/api/overview", broker.api));
        broker.server.wait_until("the management API", START, |_| {
            match agent.get(&url).basic_auth("guest", Some("guest")).send() {
                Ok(answer) if answer.status().is_success() => Ok(()),
                Ok(answer) => Err(answer.status().to_string()),
                Err(error) => Err(error.to_string()),
            }
        })?;
        Ok(broker)
    }

    /// The URL of the management API, with its user.
    pub fn url(&self) -> String {
        self.api.replace("http://", "http://guest@")
    }

    /// A folder of its own, for exports.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Calls the management API.
    ///
    /// # Errors
    /// When the broker does not answer with JSON or nothing.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<(u16, Value)> {
        let method = method.parse().context("method")?;
        let mut request = (self.agent.request(method, format!("{}{path}", self.api)))
            .basic_auth("guest", Some("guest"));
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().with_context(|| path.to_owned())?;
        let status = answer.status().as_u16();
        let text = answer.text()?;
        let value = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).with_context(|| format!("{path}: {text}"))?
        };
        Ok((status, value))
    }

    /// Imports definitions.
    ///
    /// # Errors
    /// When the broker refuses them.
    pub fn import(&self, definitions: &Value) -> Result<()> {
        let (status, answer) = self.call("POST", "/api/definitions", Some(definitions))?;
        if status >= 300 {
            bail!("the broker refused the definitions: {status} {answer}");
        }
        Ok(())
    }

    /// Exports definitions with `rabbitmqctl`.
    ///
    /// # Errors
    /// When that fails.
    pub fn export_with_cli(&self) -> Result<PathBuf> {
        let path = self.folder.path().join("cli.json");
        let output = Command::new(PathBuf::from(PROGRAMS).join("rabbitmqctl"))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .args(["-q", "export_definitions"])
            .arg(&path)
            .output()?;
        ensure!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(path)
    }
}

impl Drop for RabbitMq {
    fn drop(&mut self) {
        let _ = self.server.terminate(Duration::from_secs(30));
        // The port mapper was started for this broker alone, on its own port.
        let mapper = Command::new("epmd")
            .args(["-kill"])
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .output();
        drop(mapper);
    }
}
