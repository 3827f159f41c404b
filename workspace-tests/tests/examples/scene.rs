//! A folder with the files that examples name, and the tools, which say how
//! they ended.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use workspace_tests::bins::{self, TOOLS, workspace};
use workspace_tests::peers::tls::Authority;
use workspace_tests::process::type_into;

/// How long a tool may be at work, in seconds: a server would be for ever.
const LIMIT: u32 = 6;

/// The folder of one example.
pub(crate) struct Scene(TempDir);

/// What became of an example.
pub(crate) struct Ran {
    /// Of each tool that was started, in the order of their ends.
    pub(crate) statuses: Vec<i32>,
    /// What was printed to both outputs.
    pub(crate) said: String,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let scene = Scene(tempfile::tempdir().unwrap());
        scene.programs();
        scene.boot();
        scene.certificates();
        scene.broker();
        scene.domain();
        scene
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn copy(&self, name: &str, from: &str) {
        self.write(name, fs::read(workspace().join(from)).unwrap());
    }

    fn program(&self, name: &str, script: &str) {
        self.write(name, script);
        let path = self.path().join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn programs(&self) {
        for tool in TOOLS {
            let script = format!(
                "#!/bin/sh\ntimeout -s TERM {LIMIT} {} \"$@\"\nstatus=$?\n\
                 echo $status >> {}\nexit $status\n",
                bins::tool(tool).display(),
                self.path().join("statuses").display()
            );
            self.program(&format!("bin/{tool}"), &script);
        }
        // What would touch this machine, or never end.
        for name in ["systemctl", "journalctl", "editor"] {
            self.program(&format!("bin/{name}"), "#!/bin/sh\n");
        }
        let capture = "#!/bin/sh\nexec timeout 1 /usr/bin/tcpdump \"$@\"\n";
        self.program("bin/tcpdump", capture);
        self.write(".local/share/bash-completion/completions/.keep", "");
        self.write(".config/fish/completions/.keep", "");
    }

    fn boot(&self) {
        let root = self.path().join("srv/tftp");
        let config = format!(
            "interface = \"eth0\"\n[tftp]\nroot = \"{}\"\n[boot]\nuefi-x64 = 'grubx64.efi'\n\
             [dhcp]\nmode = \"full\"\nleases = \"{}\"\n\
             [dhcp.pool]\nrange = \"10.0.0.100-10.0.0.150\"\n",
            root.display(),
            self.path().join("leases").display()
        );
        self.write("srv/tftp/grubx64.efi", [0; 9000]);
        self.write("boot/grubx64.efi", [0; 9000]);
        self.write("boot/pxelinux.0", [0; 4000]);
        for name in ["pxe.toml", "etc/pxe/pxe.toml"] {
            self.write(name, &config);
        }
        self.copy("classroom.toml", "docs/data/classroom.toml");
        self.copy("boot.pcap", "pxe/tests/captures/uefi-boots.pcap");
        for name in ["dhcpd.conf", "etc/dhcp/dhcpd.conf"] {
            self.copy(name, "docs/data/dhcpd.conf");
        }
        self.write("kea-dhcp4.conf", "{ \"Dhcp4\": { \"subnet4\": [] } }");
    }

    fn certificates(&self) {
        let authority = Authority::new().unwrap();
        let files = authority.issue("www.example.org", 2045).unwrap();
        let read = |path: &Path| fs::read_to_string(path).unwrap();
        for name in ["our-ca.pem", "ca.pem", "root.pem"] {
            self.write(name, read(&authority.ca_file()));
        }
        for name in [
            "fullchain.pem",
            "chain.pem",
            "etc/ssl/private/www.pem",
            "etc/letsencrypt/live/www.example.org/fullchain.pem",
        ] {
            self.write(name, read(&files.chain));
        }
        self.write("secret.txt", "secret\n");
        let made = Command::new("openssl")
            .args(["pkcs12", "-export", "-passout", "pass:secret", "-in"])
            .arg(&files.chain)
            .arg("-inkey")
            .arg(&files.key)
            .arg("-out")
            .arg(self.path().join("keystore.p12"))
            .status()
            .unwrap();
        assert!(made.success());
        self.write("hosts.txt", "www.example.org\n");
        for name in ["hosts.toml", "etc/certcheck/hosts.toml"] {
            self.copy(name, "docs/data/hosts.toml");
        }
        self.write("var/lib/prometheus/node-exporter/.keep", "");
        self.write("var/lib/node_exporter/.keep", "");
        for name in ["fetch.py", "fetch-mended.py"] {
            self.copy(name, &format!("docs/data/{name}"));
        }
        self.program("backup.py", "#!/bin/sh\ncurl -sS --cacert $4 $2\n");
        self.program("fetch", "#!/bin/sh\ncurl -sS --cacert $SSL_CERT_FILE $1\n");
    }

    /// The shop, and what else help speaks of.
    fn broker(&self) {
        let shop = fs::read(workspace().join("rabbit-graph/tests/data/shop.json")).unwrap();
        let mut shop: Value = serde_json::from_slice(&shop).unwrap();
        let mut add = |what: &str, one: Value| shop[what].as_array_mut().unwrap().push(one);
        for vhost in ["/", "orders"] {
            add("vhosts", json!({ "name": vhost }));
        }
        for exchange in ["shop", "orders"] {
            let exchange = json!({"name": exchange, "vhost": "/", "type": "topic",
                "durable": true, "auto_delete": false, "internal": false, "arguments": {}});
            add("exchanges", exchange);
        }
        let queue = json!({"name": "payment.capture", "vhost": "orders", "durable": true,
            "auto_delete": false, "arguments": {}});
        add("queues", queue);
        add(
            "users",
            json!({"name": "billing", "password_hash": "", "tags": []}),
        );
        let shop = shop.to_string();
        for name in [
            "definitions.json",
            "committed.json",
            "old.json",
            "new.json",
            "changed.json",
        ] {
            self.write(name, &shop);
        }
        self.write("export.json", &shop);
        let packed = Command::new("gzip")
            .arg(self.path().join("export.json"))
            .status()
            .unwrap();
        assert!(packed.success());
        for name in ["before.json", "after.json"] {
            self.copy(name, &format!("docs/data/{name}"));
        }
        self.write("waivers.toml", "");
        let cases = r#"[{"id": "paid", "vhost": "shop", "exchange": "payments", "routing_key": "payment.refund.card"}]"#;
        self.write("cases.json", cases);
    }

    fn domain(&self) {
        let record = json!({"time": "2026-11-21T05:35:34Z", "who": "admin@EXAMPLE.COM",
            "server": "dc1.example.com", "dn": "CN=NFS01,OU=Servers,DC=example,DC=com",
            "guid": "65787000-0000-0000-0000-525400123456", "old": "4096", "new": "33558528"});
        for name in [
            "journal.jsonl",
            "nfs01.jsonl",
            ".local/state/ad-pac/20261121T053534Z-4711.jsonl",
        ] {
            self.write(name, format!("{record}\n"));
        }
        // A keytab without keys.
        self.write("etc/krb5.keytab", [5, 2]);
        let kerberos = "[libdefaults]\n default_realm = EXAMPLE.COM\n";
        self.write("etc/krb5.conf", kerberos);
    }

    /// Runs an example as it stands, with this folder as the root of what it
    /// names.
    pub(crate) fn run(&self, example: &str) -> Ran {
        let mut line = example.to_owned();
        for folder in ["/etc/", "/var/", "/srv/"] {
            let here = format!(" {}{folder}", self.path().display());
            line = line.replace(&format!(" {folder}"), &here);
        }
        let mut shell = Command::new("bash");
        shell.env_clear();
        let output = type_into(&mut shell, &line, &self.path().join("bin"))
            .current_dir(self.path())
            .env("HOME", self.path())
            .env("LANG", "C.UTF-8")
            .env("PXE_CONFIG", self.path().join("pxe.toml"))
            .env("KRB5_CONFIG", self.path().join("etc/krb5.conf"))
            .env("AD_PAC_PASSWORD", "wrong")
            .env("RABBIT_GRAPH_PASSWORD", "wrong")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let statuses = fs::read_to_string(self.path().join("statuses")).unwrap_or_default();
        Ran {
            statuses: statuses.lines().map(|line| line.parse().unwrap()).collect(),
            said: String::from_utf8_lossy(&output.stdout).into_owned(),
        }
    }
}
