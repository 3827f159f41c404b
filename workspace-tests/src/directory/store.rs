//! The objects and what may be done to them: searching, the rules of
//! `userAccountControl`, rights.

use std::collections::{BTreeMap, BTreeSet};

use ldap3_proto::proto::{
    LdapFilter, LdapModify, LdapModifyType, LdapResultCode as Code, LdapSearchScope as Scope,
};

use super::lab::{self, BASE, Object};
use super::matching;

/// Ways to behave that a test can choose.
#[derive(Debug, Clone, Default)]
pub struct Behaviour {
    /// Take a simple bind in the clear; a real one refuses it.
    pub allow_plain_bind: bool,
    /// Answer success and lose `NO_AUTH_DATA_REQUIRED`, as a server that does
    /// not know the bit.
    pub drop_bit: bool,
    /// Be a read-only domain controller that refers writers to this URL.
    pub refer_writes_to: Option<String>,
    /// Before this many modify requests, let somebody else be faster.
    pub faster_writer: u32,
    /// Close the connection instead of answering, after this many modify requests.
    pub die_after_modifies: Option<u32>,
    /// Say that it is no Active Directory.
    pub other_product: bool,
    /// Answer every search with bytes that are not LDAP.
    pub nonsense: bool,
    /// Answer every search with the head of a message of two gigabytes.
    pub announce_gigabytes: bool,
}

/// An object as it is stored: attribute names compare without case.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    /// The distinguished name as written.
    pub dn: String,
    attributes: BTreeMap<String, (String, Vec<Vec<u8>>)>,
    password: Option<&'static str>,
}

impl Stored {
    /// All values of an attribute.
    pub(super) fn values(&self, name: &str) -> &[Vec<u8>] {
        self.attributes
            .get(&name.to_lowercase())
            .map_or(&[], |(_, values)| values.as_slice())
    }

    fn text(&self, name: &str) -> String {
        self.values(name)
            .first()
            .map(|value| String::from_utf8_lossy(value).into_owned())
            .unwrap_or_default()
    }

    fn set(&mut self, name: &str, value: &str) {
        let values = vec![value.as_bytes().to_vec()];
        self.attributes
            .insert(name.to_lowercase(), (name.to_owned(), values));
    }

    fn is(&self, class: &str) -> bool {
        self.values("objectClass")
            .iter()
            .any(|value| value.eq_ignore_ascii_case(class.as_bytes()))
    }
}

/// The name as it is compared: lower case, no spaces around separators.
fn key(dn: &str) -> String {
    dn.to_lowercase().replace(", ", ",")
}

/// The directory's data.
#[derive(Debug)]
pub struct Store {
    /// How it behaves.
    pub behaviour: Behaviour,
    /// How many modify requests came.
    pub modifies: u32,
    objects: BTreeMap<String, Stored>,
}

/// The outcome of a request: a code and the text a server adds.
pub(super) type Answer = (Code, String);

const UAC: &str = "userAccountControl";
/// The bits of MS-ADTS 2.2.16; others are dropped without a word.
const KNOWN_BITS: u32 = 0x0fff_3bfb;
const TYPE_BITS: u32 = 0x200 | 0x800 | 0x1000 | 0x2000;
/// What the right to write the attribute does not include (MS-SAMR 3.1.1.8.10).
const GUARDED_BITS: u32 = 0x2000 | 0x0008_0000 | 0x0100_0000 | 0x0400_0000;

impl Store {
    pub(super) fn new(objects: Vec<Object>) -> Self {
        let mut store = Store {
            behaviour: Behaviour::default(),
            modifies: 0,
            objects: BTreeMap::new(),
        };
        for object in objects {
            store.put(object);
        }
        store
    }

    /// Adds or replaces an object.
    pub fn put(&mut self, object: Object) {
        let attributes = object
            .attributes
            .into_iter()
            .map(|(name, values)| (name.to_lowercase(), (name.to_owned(), values)))
            .collect();
        let stored = Stored {
            dn: object.dn.clone(),
            attributes,
            password: object.password,
        };
        self.objects.insert(key(&object.dn), stored);
    }

    /// The first value of an attribute of an object, as text.
    pub fn value(&self, dn: &str, attribute: &str) -> Option<String> {
        self.objects
            .get(&key(dn))
            .map(|object| object.text(attribute))
    }

    /// Writes an attribute, as somebody else would.
    pub fn set(&mut self, dn: &str, attribute: &str, value: &str) {
        if let Some(object) = self.objects.get_mut(&key(dn)) {
            object.set(attribute, value);
        }
    }

    /// Checks a name and a password; gives the object of who it is.
    pub(super) fn authenticate(&self, name: &str, password: &str) -> Option<String> {
        let account = name.rsplit('\\').next().unwrap_or(name);
        let found = self.objects.values().find(|object| {
            key(&object.dn) == key(name)
                || object.text("userPrincipalName").eq_ignore_ascii_case(name)
                || (name.contains('\\')
                    && object.text("sAMAccountName").eq_ignore_ascii_case(account))
                || format!("{}@{}", object.text("sAMAccountName"), lab::DNS_NAME)
                    .eq_ignore_ascii_case(name)
        })?;
        (!password.is_empty() && found.password == Some(password)).then(|| found.dn.clone())
    }

    /// The objects below `base` that match, or why there can be none.
    pub(super) fn search(
        &self,
        base: &str,
        scope: &Scope,
        filter: &LdapFilter,
    ) -> Result<Vec<&Stored>, Answer> {
        let Some(root) = self.find(base) else {
            let known = base.to_lowercase().ends_with(&BASE.to_lowercase());
            return Err(if known || base.starts_with('<') {
                (Code::NoSuchObject, format!("No such Base DN: {base}"))
            } else {
                (Code::Referral, format!("ldap://{}/{base}", "example.test"))
            });
        };
        let root = key(&root.dn);
        let below = format!(",{root}");
        let within = |name: &str| match scope {
            Scope::Base => name == root,
            Scope::OneLevel => name
                .strip_suffix(&below)
                .is_some_and(|rest| !rest.contains(',')),
            Scope::Subtree => name == root || name.ends_with(&below),
            Scope::Children => name.ends_with(&below),
        };
        Ok(self
            .objects
            .iter()
            .filter(|(name, object)| within(name) && matching::matches(filter, object))
            .map(|(_, object)| object)
            .collect())
    }

    /// An object by its name, or by `<GUID=…>`.
    fn find(&self, name: &str) -> Option<&Stored> {
        if let Some(text) = name
            .strip_prefix("<GUID=")
            .and_then(|rest| rest.strip_suffix('>'))
        {
            let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
            return self
                .objects
                .values()
                .find(|object| guid_digits(object) == digits.to_lowercase());
        }
        self.objects.get(&key(name))
    }

    /// The attributes of an object that were asked for, computed ones too.
    pub(super) fn attributes(
        &self,
        object: &Stored,
        wanted: &[String],
        caller: &str,
        single: bool,
    ) -> Vec<(String, Vec<Vec<u8>>)> {
        let all = wanted.is_empty() || wanted.iter().any(|name| name == "*");
        let asked = |name: &str| wanted.iter().any(|other| other.eq_ignore_ascii_case(name));
        let mut found: Vec<_> = object
            .attributes
            .values()
            .filter(|(name, _)| all || asked(name))
            .cloned()
            .collect();
        if asked("allowedAttributesEffective") {
            let mut allowed = Vec::new();
            if self.may_write(caller, object) {
                allowed.push(UAC.as_bytes().to_vec());
            }
            if self.is_administrator(caller) || key(&object.dn) == key(caller) {
                allowed.push(b"description".to_vec());
            }
            if !allowed.is_empty() {
                found.push(("allowedAttributesEffective".to_owned(), allowed));
            }
        }
        // Computed for a search of one object only (MS-ADTS 3.1.1.4.5.19).
        if single && asked("tokenGroups") {
            found.push(("tokenGroups".to_owned(), self.token_groups(object)));
        }
        found
    }

    fn token_groups(&self, object: &Stored) -> Vec<Vec<u8>> {
        let mut sids: BTreeSet<Vec<u8>> = lab::common_sids().into();
        let mut names = vec![key(&object.dn)];
        while let Some(name) = names.pop() {
            for group in self.objects.values().filter(|other| other.is("group")) {
                let member = group
                    .values("member")
                    .iter()
                    .any(|value| key(&String::from_utf8_lossy(value)) == name);
                if member && sids.insert(group.values("objectSid")[0].clone()) {
                    names.push(key(&group.dn));
                }
            }
        }
        sids.into_iter().collect()
    }

    fn is_administrator(&self, caller: &str) -> bool {
        key(caller).starts_with("cn=administrator,")
    }

    fn may_write(&self, caller: &str, object: &Stored) -> bool {
        let delegated = key(caller).starts_with("cn=uacadmin,")
            && object.is("computer")
            && key(&object.dn).ends_with(&key(&format!(",OU=Servers,OU=Lab,{BASE}")));
        self.is_administrator(caller) || delegated
    }

    /// Changes an object; everything in the request or nothing.
    pub(super) fn modify(&mut self, caller: &str, dn: &str, changes: &[LdapModify]) -> Answer {
        self.modifies += 1;
        if let Some(url) = &self.behaviour.refer_writes_to {
            return (Code::Referral, format!("{url}/{dn}"));
        }
        if self.behaviour.faster_writer > 0 {
            self.behaviour.faster_writer -= 1;
            self.be_faster(dn);
        }
        let Some(object) = self.objects.get(&key(dn)) else {
            return (Code::NoSuchObject, format!("{dn} not found"));
        };
        if !self.may_write(caller, object) {
            let text = format!("Object {dn} has no write property access");
            return (Code::InsufficentAccessRights, text);
        }
        let stored = object.text(UAC);
        let trusted = self.is_administrator(caller);
        match decide(&stored, changes, trusted) {
            Err(answer) => answer,
            Ok(value) => {
                let kept = value & KNOWN_BITS;
                let kept = if self.behaviour.drop_bit {
                    kept & !0x0200_0000
                } else {
                    kept
                };
                self.set(dn, UAC, &kept.cast_signed().to_string());
                (Code::Success, String::new())
            }
        }
    }

    /// Somebody else flips ACCOUNTDISABLE.
    fn be_faster(&mut self, dn: &str) {
        if let Some(value) = self
            .value(dn, UAC)
            .and_then(|text| text.parse::<i32>().ok())
        {
            self.set(dn, UAC, &(value ^ 2).to_string());
        }
    }
}

fn guid_digits(object: &Stored) -> String {
    let Some([a, b, c, d, e, f, g, h, rest @ ..]) =
        object.values("objectGUID").first().map(Vec::as_slice)
    else {
        return String::new();
    };
    let mut digits = String::new();
    for byte in [d, c, b, a, f, e, h, g].into_iter().chain(rest) {
        digits.push_str(&format!("{byte:02x}"));
    }
    digits
}

/// The new value, or the refusal, exactly as a Samba domain controller gives it.
fn decide(stored: &str, changes: &[LdapModify], trusted: bool) -> Result<u32, Answer> {
    let refuse = |code: Code, text: &str| Err((code, text.to_owned()));
    let values = |operation: LdapModifyType| -> Vec<String> {
        changes
            .iter()
            .filter(|change| change.operation == operation)
            .flat_map(|change| &change.modification.vals)
            .map(|value| String::from_utf8_lossy(value).into_owned())
            .collect()
    };
    if changes
        .iter()
        .any(|change| !change.modification.atype.eq_ignore_ascii_case(UAC))
    {
        return refuse(
            Code::UnwillingToPerform,
            "only userAccountControl is kept here",
        );
    }
    let (deleted, added) = (values(LdapModifyType::Delete), values(LdapModifyType::Add));
    let wanted = match (
        deleted.as_slice(),
        added.as_slice(),
        values(LdapModifyType::Replace).as_slice(),
    ) {
        ([_], [], []) => {
            return refuse(Code::UnwillingToPerform, "the attribute cannot be deleted");
        }
        ([], [_], []) => return refuse(Code::AttributeOrValueExists, "single-valued"),
        // Deleting what is not there and adding what is: nothing happens.
        ([old], [new], []) if old != stored && new == stored => new.clone(),
        ([old], [_], []) if old != stored => {
            return refuse(
                Code::NoSuchAttribute,
                "no matching attribute value while deleting",
            );
        }
        ([_], [new], []) | ([], [], [new]) => new.clone(),
        _ => return refuse(Code::ConstraintViolation, "one value"),
    };
    let parse = |text: &str| -> Option<u32> {
        let number: i64 = text.parse().ok()?;
        i32::try_from(number)
            .map(i32::cast_unsigned)
            .or_else(|_| u32::try_from(number))
            .ok()
    };
    let (Some(old), Some(new)) = (parse(stored), parse(&wanted)) else {
        return refuse(
            Code::InvalidAttributeSyntax,
            "value does not conform to its syntax",
        );
    };
    if new & TYPE_BITS != old & TYPE_BITS {
        return refuse(
            Code::ObjectClassViolation,
            "the type of the account does not fit its class",
        );
    }
    if !trusted && (new & !old) & GUARDED_BITS != 0 {
        return refuse(
            Code::InsufficentAccessRights,
            "a right of the domain is missing",
        );
    }
    Ok(new)
}
