//! From JSON text to [`Definitions`]: one pass, nothing buffered twice.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::{
    Binding, Definitions, Exchange, Format, GlobalParameter, Parameter, Permission, Policy, Queue,
    Text, TopicPermission, User, Vhost, fault, secret,
};
use crate::error::Result;

/// Reads an export. `subject` is the name of the file for error messages.
///
/// # Errors
/// When the text is not JSON, or not an object of sections as brokers write
/// them; the error names file, line and column, shows the place, and knows
/// the usual mistakes.
pub fn read<'a>(subject: &str, text: &'a [u8]) -> Result<Definitions<'a>> {
    // Editors on Windows put a byte order mark in front.
    let offset = if text.starts_with(b"\xEF\xBB\xBF") {
        3
    } else {
        0
    };
    let body = &text[offset..];
    // Texts are known to be UTF-8 if the whole is, which is faster to find
    // out; where it is not, the other way tells the place.
    let definitions = match std::str::from_utf8(body) {
        Ok(text) => whole(serde_json::Deserializer::from_str(text)),
        Err(_) => whole(serde_json::Deserializer::from_slice(body)),
    };
    let definitions = definitions.map_err(|error| fault::explain(subject, body, &error))?;
    if !definitions.recognised {
        return Err(fault::not_definitions(subject, &definitions));
    }
    Ok(definitions)
}

fn whole<'a, R: serde_json::de::Read<'a>>(
    mut json: serde_json::Deserializer<R>,
) -> serde_json::Result<Definitions<'a>> {
    let definitions = Definitions::deserialize(&mut json)?;
    json.end()?;
    Ok(definitions)
}

impl<'a> Deserialize<'a> for Text<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyText(PhantomData))
    }
}

/// A string; `null` is the empty one, and numbers and booleans, which a
/// templating tool may have left unquoted, are their own text.
struct AnyText<'a>(PhantomData<&'a str>);

impl<'a> Visitor<'a> for AnyText<'a> {
    type Value = Text<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }
    fn visit_borrowed_str<E: de::Error>(self, text: &'a str) -> Result<Text<'a>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'a>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
    fn visit_string<E: de::Error>(self, text: String) -> Result<Text<'a>, E> {
        Ok(Text(Cow::Owned(text)))
    }
    fn visit_unit<E: de::Error>(self) -> Result<Text<'a>, E> {
        Ok(Text::default())
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Text<'a>, E> {
        self.visit_string(value.to_string())
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Text<'a>, E> {
        self.visit_string(value.to_string())
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Text<'a>, E> {
        self.visit_string(value.to_string())
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Text<'a>, E> {
        self.visit_string(value.to_string())
    }
}

/// A boolean, also as a string; `null` is absent.
struct Flag(Option<bool>);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyFlag;
        impl Visitor<'_> for AnyFlag {
            type Value = Flag;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false")
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Flag, E> {
                Ok(Flag(Some(value)))
            }
            fn visit_unit<E: de::Error>(self) -> Result<Flag, E> {
                Ok(Flag(None))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Flag, E> {
                match text {
                    "true" => Ok(Flag(Some(true))),
                    "false" => Ok(Flag(Some(false))),
                    "" | "undefined" => Ok(Flag(None)),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }
        }
        deserializer.deserialize_any(AnyFlag)
    }
}

/// A whole number, also as a string; `null` is 0.
struct Number(i64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyNumber;
        impl Visitor<'_> for AnyNumber {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Number, E> {
                Ok(Number(value))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Number, E> {
                Ok(Number(i64::try_from(value).unwrap_or(i64::MAX)))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Number, E> {
                if value.fract() == 0.0 {
                    // Saturates, which keeps the order of priorities.
                    Ok(Number(value as i64))
                } else {
                    Err(E::invalid_value(de::Unexpected::Float(value), &self))
                }
            }
            fn visit_unit<E: de::Error>(self) -> Result<Number, E> {
                Ok(Number(0))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                text.parse()
                    .map(Number)
                    .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(AnyNumber)
    }
}

/// `tags`: a list, or until 3.9 a text with commas.
struct Tags(Vec<String>);

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyTags;
        impl<'de> Visitor<'de> for AnyTags {
            type Value = Tags;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of tags")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Tags, E> {
                Ok(Tags(
                    (text.split([',', ' ']))
                        .map(str::trim)
                        .filter(|tag| !tag.is_empty())
                        .map(str::to_owned)
                        .collect(),
                ))
            }
            fn visit_unit<E: de::Error>(self) -> Result<Tags, E> {
                Ok(Tags(Vec::new()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tags, A::Error> {
                let mut tags = Vec::new();
                while let Some(tag) = list.next_element::<Text<'_>>()? {
                    tags.push(tag.0.into_owned());
                }
                Ok(Tags(tags))
            }
        }
        let mut tags = deserializer.deserialize_any(AnyTags)?;
        tags.0.sort();
        tags.0.dedup();
        Ok(tags)
    }
}

/// An object of a section, filled key by key. By hand rather than by derive,
/// because a repeated key must not refuse the file: like most readers, the
/// last one counts.
trait Shape<'a>: Default {
    const WHAT: &'static str;
    fn field<A: MapAccess<'a>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error>;
}

struct Item<S>(PhantomData<S>);

impl<'a, S: Shape<'a>> DeserializeSeed<'a> for Item<S> {
    type Value = S;
    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<S, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a, S: Shape<'a>> Visitor<'a> for Item<S> {
    type Value = S;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {} (an object)", S::WHAT)
    }
    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<S, A::Error> {
        let mut shape = S::default();
        while let Some(name) = map.next_key::<Text<'a>>()? {
            shape.field(&name, &mut map)?;
        }
        Ok(shape)
    }
}

/// A list of such objects; `null` and `{}` are empty ones.
struct Section<'v, S>(&'v mut Vec<S>);

impl<'a, S: Shape<'a>> DeserializeSeed<'a> for Section<'_, S> {
    type Value = ();
    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a, S: Shape<'a>> Visitor<'a> for Section<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of objects, each a {}", S::WHAT)
    }
    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        match map.next_key::<Text<'_>>()? {
            None => Ok(()),
            Some(_) => Err(de::Error::invalid_type(de::Unexpected::Map, &self)),
        }
    }
    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(shape) = list.next_element_seed(Item(PhantomData))? {
            self.0.push(shape);
        }
        Ok(())
    }
}

fn skip<'a, A: MapAccess<'a>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(drop)
}

fn text<'a, A: MapAccess<'a>>(map: &mut A) -> Result<Text<'a>, A::Error> {
    map.next_value()
}

/// A text that may be absent; old exports write `"undefined"` for that.
fn option<'a, A: MapAccess<'a>>(map: &mut A) -> Result<Option<Text<'a>>, A::Error> {
    map.next_value::<Option<Text<'a>>>()
}

fn flag<'a, A: MapAccess<'a>>(map: &mut A) -> Result<Option<bool>, A::Error> {
    map.next_value::<Flag>().map(|flag| flag.0)
}

impl<'a> Shape<'a> for Vhost<'a> {
    const WHAT: &'static str = "virtual host";
    fn field<A: MapAccess<'a>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "name" => self.name = text(map)?,
            "description" => self.description = option(map)?,
            "default_queue_type" => self.default_queue_type = option(map)?,
            "metadata" => self.metadata = secret::mask_table(map.next_value()?),
            "limits" => self.limits = map.next_value()?,
            _ => skip(map)?,
        }
        Ok(())
    }
}

impl<'a> Shape<'a> for User<'a> {
    const WHAT: &'static str = "user";
    fn field<A: MapAccess<'a>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "name" => self.name = text(map)?,
            "tags" => self.tags = map.next_value::<Tags>()?.0,
            "hashing_algorithm" => self.hashing_algorithm = option(map)?,
            "limits" => self.limits = map.next_value()?,
            "password" | "password_hash" => {
                self.has_password |= map.next_value::<Option<IgnoredAny>>()?.is_some();
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

impl<'a> Shape<'a> for Permission<'a> {
    const WHAT: &'static str = "permission";
    fn field<A: MapAccess<'a>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "user" => self.user = text(map)?,
            "vhost" => self.vhost = option(map)?,
            "configure" => self.configure = text(map)?,
            "write" => self.write = text(map)?,
            "read" => self.read = text(map)?,
            _ => skip(map)?,
        }
        Ok(())
    }
}

impl<'a> Shape<'a> for TopicPermission<'a> {
    const WHAT: &'static str = "topic permission";
    fn field<A: MapAccess<'a>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "user" => self.user = text(map)?,
            "vhost" => self.vhost = option(map)?,
            "exchange" => self.exchange = text(map)?,
            "write" => self.write = text(map)?,
            "read" => self.read = text(map)?,
            _ => skip(map)?,
        }
        Ok(())
    }
}

impl<'a> Shape<'a> for Parameter<'a> {
    const WHAT: &'static str = "parameter";
    fn field<A: MapAccess<'a>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "component" => self.component = text(map)?,
            "vhost" => self.vhost = option(map)?,
            "name" => self.name = text(map)?,
            "value" => self.value = secret::mask_named(map.next_value()?),
            _ => skip(map)?,
        }
        Ok(())
    }
}

impl<'a> Shape<'a> for GlobalParameter<'a> {
    const WHAT: &'static str = "global parameter";
    fn field<A: MapAccess<'a>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "name" => self.name = text(map)?,
            "value" => self.value = secret::mask_named(map.next_value()?),
            _ => skip(map)?,
        }
        Ok(())
    }
}

impl<'a> Shape<'a> for Policy<'a> {
    const WHAT: &'static str = "policy";
    fn field<A: MapAccess<'a>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "vhost" => self.vhost = option(map)?,
            "name" => self.name = text(map)?,
            "pattern" => self.pattern = text(map)?,
            // Exports write a dash; the HTTP API also takes an underscore.
            "apply-to" | "apply_to" => self.apply_to = option(map)?,
            "definition" => self.definition = secret::mask_table(map.next_value()?),
            "priority" => self.priority = map.next_value::<Number>()?.0,
            _ => skip(map)?,
        }
        Ok(())
    }
}

impl<'a> Shape<'a> for Queue<'a> {
    const WHAT: &'static str = "queue";
    fn field<A: MapAccess<'a>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "vhost" => self.vhost = option(map)?,
            "name" => self.name = text(map)?,
            "durable" => self.durable = flag(map)?,
            "auto_delete" => self.auto_delete = flag(map)?.unwrap_or_default(),
            "exclusive" => self.exclusive = flag(map)?.unwrap_or_default(),
            "type" => self.queue_type = option(map)?,
            "arguments" => self.arguments = secret::mask_table(map.next_value()?),
            _ => skip(map)?,
        }
        Ok(())
    }
}

impl<'a> Shape<'a> for Exchange<'a> {
    const WHAT: &'static str = "exchange";
    fn field<A: MapAccess<'a>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "vhost" => self.vhost = option(map)?,
            "name" => self.name = text(map)?,
            "type" => self.exchange_type = text(map)?,
            "durable" => self.durable = flag(map)?,
            "auto_delete" => self.auto_delete = flag(map)?.unwrap_or_default(),
            "internal" => self.internal = flag(map)?.unwrap_or_default(),
            "arguments" => self.arguments = secret::mask_table(map.next_value()?),
            _ => skip(map)?,
        }
        Ok(())
    }
}

impl<'a> Shape<'a> for Binding<'a> {
    const WHAT: &'static str = "binding";
    fn field<A: MapAccess<'a>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "vhost" => self.vhost = option(map)?,
            "source" => self.source = text(map)?,
            "destination" => self.destination = text(map)?,
            "destination_type" => self.to_exchange = &*text(map)? == "exchange",
            "routing_key" => self.routing_key = text(map)?,
            "arguments" => self.arguments = map.next_value()?,
            _ => skip(map)?,
        }
        Ok(())
    }
}

impl<'a> Deserialize<'a> for Definitions<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Sections(PhantomData))
    }
}

struct Sections<'a>(PhantomData<&'a str>);

impl<'a> Visitor<'a> for Sections<'a> {
    type Value = Definitions<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with sections such as \"queues\" and \"bindings\"")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Definitions<'a>, A::Error> {
        let mut found = Definitions::default();
        let mut rabbit_version = None;
        let mut own = Vhost::default();
        while let Some(name) = map.next_key::<Text<'a>>()? {
            let mut known = true;
            match &*name {
                "rabbitmq_version" => found.version = option(&mut map)?,
                "rabbit_version" => rabbit_version = option(&mut map)?,
                "rabbitmq_definition_format" => {
                    if &*text(&mut map)? == "single_virtual_host" {
                        found.format = Format::SingleVirtualHost;
                    }
                }
                "original_vhost_name" => found.original_vhost = option(&mut map)?,
                "original_cluster_name" => found.cluster_name = option(&mut map)?,
                "product_name" | "product_version" | "explanation" => {
                    known = false;
                    skip(&mut map)?;
                }
                // A single virtual host describes itself at the top.
                "description" | "default_queue_type" | "metadata" | "limits" => {
                    known = false;
                    own.field(&name, &mut map)?;
                }
                "vhosts" => map.next_value_seed(Section(&mut found.vhosts))?,
                "users" => map.next_value_seed(Section(&mut found.users))?,
                "permissions" => map.next_value_seed(Section(&mut found.permissions))?,
                "topic_permissions" => {
                    map.next_value_seed(Section(&mut found.topic_permissions))?;
                }
                "parameters" => map.next_value_seed(Section(&mut found.parameters))?,
                "global_parameters" => {
                    map.next_value_seed(Section(&mut found.global_parameters))?;
                }
                "policies" => map.next_value_seed(Section(&mut found.policies))?,
                "queues" => map.next_value_seed(Section(&mut found.queues))?,
                "exchanges" => map.next_value_seed(Section(&mut found.exchanges))?,
                "bindings" => map.next_value_seed(Section(&mut found.bindings))?,
                _ => {
                    known = false;
                    skip(&mut map)?;
                    found.unknown_sections.push(name);
                }
            }
            found.recognised |= known;
        }
        found.version = found.version.or(rabbit_version);
        if found.format == Format::SingleVirtualHost && found.vhosts.is_empty() {
            own.name = found.original_vhost.clone().unwrap_or(Text("/".into()));
            found.vhosts.push(own);
        }
        found.unknown_sections.sort();
        found.unknown_sections.dedup();
        Ok(found)
    }
}

#[cfg(test)]
#[path = "read/tests.rs"]
mod tests;
