//! The objects of the test domain: NFS servers, people in few and in many
//! groups, those who may write and those who may not, and what must not be
//! touched.

/// The base of the domain.
pub const BASE: &str = "DC=lab,DC=example,DC=test";
/// The DNS name of the domain.
pub const DNS_NAME: &str = "lab.example.test";
/// The password of everybody but the administrator.
pub const PASSWORD: &str = "Us3r-Passw0rd!";
/// The password of the administrator.
pub const ADMINISTRATOR_PASSWORD: &str = "Adm1n-Passw0rd!";
/// The domain part of every SID.
const DOMAIN_SID: &str = "S-1-5-21-1004336348-1177238915-682003330";
/// The groups bob is in: five in six directly, the rest through another.
const GROUPS_OF_BOB: u32 = 600;

/// Common names that a program which pastes names or filters together gets
/// wrong, and their form in a distinguished name.
pub const HARD_NAMES: [(&str, &str); 5] = [
    ("Comma, Inc", r"Comma\, Inc"),
    ("#Hash \"Quoted\"", r#"\#Hash \"Quoted\""#),
    ("Müller Straße 東京", "Müller Straße 東京"),
    ("Star*(Paren)", "Star*(Paren)"),
    (r"Back\slash+Plus", r"Back\\slash\+Plus"),
];

/// An object: its name, its classes and its attributes.
#[derive(Debug, Clone)]
pub struct Object {
    /// The distinguished name.
    pub dn: String,
    /// The attributes, in the order of the schema's users.
    pub attributes: Vec<(&'static str, Vec<Vec<u8>>)>,
    /// The password of those who can log on.
    pub password: Option<&'static str>,
}

impl Object {
    fn new(dn: String, classes: &[&str], relative_id: Option<u32>) -> Self {
        let mut object = Object {
            dn,
            attributes: Vec::new(),
            password: None,
        };
        for class in classes {
            object.add("objectClass", class);
        }
        object.add_bytes("objectGUID", guid(&object.dn));
        if let Some(id) = relative_id {
            object.add_bytes("objectSid", sid(&format!("{DOMAIN_SID}-{id}")));
        }
        object.add("whenChanged", "20261121053534.0Z");
        object
    }

    /// Adds a value.
    pub fn add(&mut self, attribute: &'static str, value: &str) {
        self.add_bytes(attribute, value.as_bytes().to_vec());
    }

    fn add_bytes(&mut self, attribute: &'static str, value: Vec<u8>) {
        match self
            .attributes
            .iter_mut()
            .find(|(name, _)| *name == attribute)
        {
            Some((_, values)) => values.push(value),
            None => self.attributes.push((attribute, vec![value])),
        }
    }

    fn set(&mut self, attribute: &'static str, value: &str) {
        self.attributes.retain(|(name, _)| *name != attribute);
        self.add(attribute, value);
    }

    fn with(mut self, attributes: &[(&'static str, &str)]) -> Self {
        for (attribute, value) in attributes {
            self.add(attribute, value);
        }
        self
    }
}

/// A GUID that depends on the name alone, so that two runs agree.
fn guid(dn: &str) -> Vec<u8> {
    // FNV-1a, twice with different offsets: distinct is all it has to be.
    [0xcbf2_9ce4_8422_2325_u64, 0x9ae1_6a3b_2f90_404f]
        .iter()
        .flat_map(|offset| {
            dn.bytes()
                .fold(*offset, |hash, byte| {
                    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
                })
                .to_le_bytes()
        })
        .collect()
}

/// The stored form of a SID (MS-DTYP 2.4.2.2).
pub(super) fn sid(text: &str) -> Vec<u8> {
    let numbers: Vec<u32> = text
        .split('-')
        .skip(2)
        .filter_map(|part| part.parse().ok())
        .collect();
    let (authority, rest) = numbers.split_first().expect("an authority");
    let mut bytes = vec![1, rest.len() as u8, 0, 0];
    bytes.extend(authority.to_be_bytes());
    bytes.extend(rest.iter().flat_map(|part| part.to_le_bytes()));
    bytes
}

/// The SIDs that everybody in the domain has beside their groups'.
pub(super) fn common_sids() -> [Vec<u8>; 2] {
    [sid(&format!("{DOMAIN_SID}-513")), sid("S-1-5-32-545")]
}

const COMPUTER: &[&str] = &["top", "person", "organizationalPerson", "user", "computer"];
const USER: &[&str] = &["top", "person", "organizationalPerson", "user"];

/// Everything.
pub fn objects() -> Vec<Object> {
    let mut objects = vec![Object::new(
        BASE.to_owned(),
        &["top", "domain", "domainDNS"],
        None,
    )];
    for path in [
        "OU=Lab",
        "OU=Servers,OU=Lab",
        "OU=Workstations,OU=Lab",
        "OU=People,OU=Lab",
        "OU=Groups,OU=Lab",
        "OU=Service,OU=Lab",
        "OU=Domain Controllers",
        "CN=Users",
    ] {
        let class = if path.starts_with("OU") {
            "organizationalUnit"
        } else {
            "container"
        };
        objects.push(Object::new(format!("{path},{BASE}"), &["top", class], None));
    }
    objects.extend(protected());
    objects.extend(people());
    objects.extend(computers());
    objects.extend(groups());
    objects
}

/// What must not be touched.
fn protected() -> Vec<Object> {
    let controllers = format!("OU=Domain Controllers,{BASE}");
    let critical = ("isCriticalSystemObject", "TRUE");
    vec![
        Object::new(format!("CN=DC1,{controllers}"), COMPUTER, Some(1000)).with(&[
            ("sAMAccountName", "DC1$"),
            ("userAccountControl", "532480"),
            ("primaryGroupID", "516"),
            critical,
            ("dNSHostName", "dc1.lab.example.test"),
            ("servicePrincipalName", "ldap/dc1.lab.example.test"),
            ("servicePrincipalName", "host/dc1.lab.example.test"),
        ]),
        Object::new(format!("CN=RODC1,{controllers}"), COMPUTER, Some(1001)).with(&[
            ("sAMAccountName", "RODC1$"),
            ("userAccountControl", "83890176"),
            ("primaryGroupID", "521"),
            ("dNSHostName", "rodc1.lab.example.test"),
            ("servicePrincipalName", "nfs/rodc1.lab.example.test"),
        ]),
        Object::new(format!("CN=krbtgt,CN=Users,{BASE}"), USER, Some(502)).with(&[
            ("sAMAccountName", "krbtgt"),
            ("userAccountControl", "514"),
            ("primaryGroupID", "513"),
            critical,
            ("servicePrincipalName", "kadmin/changepw"),
        ]),
        Object::new(format!("CN=OTHER$,CN=Users,{BASE}"), USER, Some(1002)).with(&[
            ("sAMAccountName", "OTHER$"),
            ("userAccountControl", "2080"),
            ("primaryGroupID", "513"),
        ]),
    ]
}

fn people() -> Vec<Object> {
    let person = |name: &str, folder: &str, id: u32, flags: &str| {
        let mut object = Object::new(format!("CN={name},{folder},{BASE}"), USER, Some(id)).with(&[
            ("sAMAccountName", name),
            ("userPrincipalName", &format!("{name}@{DNS_NAME}")),
            ("userAccountControl", flags),
            ("primaryGroupID", "513"),
            (
                "objectCategory",
                &format!("CN=Person,CN=Schema,CN=Configuration,{BASE}"),
            ),
        ]);
        object.password = Some(PASSWORD);
        object
    };
    let folk = "OU=People,OU=Lab";
    let service = "OU=Service,OU=Lab";
    let mut administrator = person("Administrator", "CN=Users", 500, "512");
    administrator.password = Some(ADMINISTRATOR_PASSWORD);
    administrator.add("isCriticalSystemObject", "TRUE");
    let mut storage = person("svc-nfs", service, 1107, "66048");
    storage.add("servicePrincipalName", "nfs/nfs-cluster.lab.example.test");
    storage.add("msDS-SupportedEncryptionTypes", "24");
    vec![
        administrator,
        person("alice", folk, 1103, "66048"),
        person("bob", folk, 1104, "66048"),
        person("uacadmin", folk, 1105, "66048"),
        person("nobody2", folk, 1106, "66048"),
        storage,
        person("oldnopac", service, 1108, "33620480"),
    ]
}

fn computers() -> Vec<Object> {
    let computer = |name: &str, folder: &str, id: u32, flags: u32, classes: &[&str]| {
        let host = format!("{}.{DNS_NAME}", name.to_lowercase());
        let dn = format!("CN={name},OU={folder},OU=Lab,{BASE}");
        let mut object = Object::new(dn, COMPUTER, Some(id)).with(&[
            ("sAMAccountName", &format!("{name}$")),
            ("userAccountControl", &flags.to_string()),
            ("primaryGroupID", "515"),
            ("isCriticalSystemObject", "FALSE"),
            ("dNSHostName", &host),
            ("msDS-SupportedEncryptionTypes", "24"),
        ]);
        for class in classes {
            object.add("servicePrincipalName", &format!("{class}/{host}"));
            object.add("servicePrincipalName", &format!("{class}/{name}"));
        }
        object
    };
    let mut computers = Vec::new();
    // Two accounts that claim one name.
    for (number, id) in [(1, 2100), (2, 2101)] {
        let mut twin = computer(&format!("TWIN{number}"), "Servers", id, 4096, &["host"]);
        let class = if number == 1 { "nfs" } else { "host" };
        twin.add("servicePrincipalName", &format!("{class}/twin.{DNS_NAME}"));
        computers.push(twin);
    }
    // A storage head whose object is not called as the host is.
    let mut filer = computer("FILER-OBJ", "Servers", 2102, 4096, &[]);
    filer.set("dNSHostName", &format!("storage.{DNS_NAME}"));
    filer.add("servicePrincipalName", &format!("nfs/storage.{DNS_NAME}"));
    computers.push(filer);
    // Names that are hard to quote.
    for (number, (_, rdn)) in (0..).zip(HARD_NAMES) {
        let mut hard = computer(rdn, "Servers", 2110 + number, 4096, &[]);
        let host = format!("hard{number}.{DNS_NAME}");
        hard.set("sAMAccountName", &format!("HARD{number}$"));
        hard.set("dNSHostName", &host);
        hard.add("servicePrincipalName", &format!("nfs/{host}"));
        computers.push(hard);
    }
    for number in 1..=50 {
        let id = 2000 + number;
        computers.push(match number {
            1..=11 => {
                let extra = match number {
                    9 => 0x0200_0000,  // already without a PAC
                    10 => 0x2,         // disabled
                    11 => 0x0008_0000, // trusted for delegation
                    _ => 0,
                };
                let name = format!("NFS{number:02}");
                computer(&name, "Servers", id, 4096 + extra, &["host", "nfs"])
            }
            12..=20 => computer(&format!("SRV{number}"), "Servers", id, 4096, &["host"]),
            _ => computer(&format!("WKS{number}"), "Workstations", id, 4096, &["host"]),
        });
    }
    computers
}

fn groups() -> Vec<Object> {
    let group = |name: String, id: u32, members: Vec<String>| {
        let mut object = Object::new(
            format!("CN={name},OU=Groups,OU=Lab,{BASE}"),
            &["top", "group"],
            Some(id),
        )
        .with(&[("sAMAccountName", &name), ("groupType", "-2147483646")]);
        for member in members {
            object.add("member", &format!("{member},OU=Lab,{BASE}"));
        }
        object
    };
    let mut groups = vec![group(
        "uac-writers".to_owned(),
        3000,
        vec!["CN=uacadmin,OU=People".to_owned()],
    )];
    for number in 1..=3 {
        let members = vec!["CN=alice,OU=People".to_owned()];
        groups.push(group(format!("team-{number}"), 3000 + number, members));
    }
    let direct = GROUPS_OF_BOB * 5 / 6;
    for number in 1..=GROUPS_OF_BOB {
        let member = if number <= direct {
            "CN=bob,OU=People".to_owned()
        } else {
            format!("CN=proj-{:04},OU=Groups", number - direct)
        };
        groups.push(group(
            format!("proj-{number:04}"),
            4000 + number,
            vec![member],
        ));
    }
    groups
}
