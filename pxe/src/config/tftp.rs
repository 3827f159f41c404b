//! `[tftp]`.

use toml::Spanned;

use super::convert::{at_least_one, listen, networks, port, unknown};
use super::locate::Place;
use super::{Engine, Tftp, Upload, raw};
use crate::error::Result;
use crate::tftp::upload::Rules;
use crate::tftp::{admission, negotiate};

const LARGEST_FILE: u64 = 64 << 20;
const LARGEST_TOTAL: u64 = 1 << 30;

pub(super) fn tftp(place: &Place<'_>, raw: &raw::Tftp) -> Result<Tftp> {
    let engine = match raw
        .engine
        .as_ref()
        .map(|engine| (engine, engine.get_ref().as_str()))
    {
        None | Some((_, "segmenting")) => Engine::Segmenting,
        Some((_, "portable")) => Engine::Portable,
        Some((span, other)) => {
            return Err(unknown(
                place,
                span,
                other,
                "engine",
                &["segmenting", "portable"],
            ));
        }
    };
    let limits = negotiate::Limits::default();
    let bounds = admission::Bounds::default();
    let block = raw
        .block_size
        .as_ref()
        .map_or(limits.block, |size| *size.get_ref());
    if let Some(size) = raw
        .block_size
        .as_ref()
        .filter(|_| !(512..=65464).contains(&block))
    {
        return Err(place
            .error(
                &size.span(),
                format!("block size {block} is not from 512 to 65464"),
            )
            .hint("1468 fills an Ethernet frame"));
    }
    let window = raw
        .window_size
        .as_ref()
        .map_or(limits.window, |size| *size.get_ref());
    if let Some(size) = raw.window_size.as_ref().filter(|_| window == 0) {
        return Err(place
            .error(&size.span(), "a window has at least one block")
            .hint("leave it out for the default of 64"));
    }
    Ok(Tftp {
        root: raw.root.get_ref().into(),
        port: port(place, raw.port.as_ref(), 69)?,
        listen: listen(place, raw.listen.as_ref())?,
        engine,
        limits: negotiate::Limits { block, window },
        bounds: admission::Bounds {
            per_client: at_least_one(place, raw.transfers_per_client.as_ref(), bounds.per_client)?,
            in_all: at_least_one(place, raw.transfers.as_ref(), bounds.in_all)?,
        },
        upload: raw
            .upload
            .as_ref()
            .map(|upload| self::upload(place, upload, engine))
            .transpose()?,
    })
}

fn upload(place: &Place<'_>, raw: &Spanned<raw::Upload>, engine: Engine) -> Result<Upload> {
    if engine == Engine::Portable {
        return Err(place
            .error(&raw.span(), "the portable engine takes no uploads")
            .hint("leave `engine` out for the default one, or remove this table"));
    }
    let upload = raw.get_ref();
    let size_or = |text: &Option<Spanned<String>>, default| match text {
        Some(text) => size(place, text),
        None => Ok(default),
    };
    Ok(Upload {
        folder: upload.folder.get_ref().into(),
        rules: Rules {
            from: networks(place, &upload.from)?,
            largest_file: size_or(&upload.largest_file, LARGEST_FILE)?,
            largest_total: size_or(&upload.largest_total, LARGEST_TOTAL)?,
            overwrite: upload.overwrite,
        },
    })
}

/// `4096`, `512K`, `100M`, `2G`.
fn size(place: &Place<'_>, text: &Spanned<String>) -> Result<u64> {
    let value = text.get_ref().trim();
    let (digits, shift) = match value.chars().next_back() {
        Some('K') => (&value[..value.len() - 1], 10),
        Some('M') => (&value[..value.len() - 1], 20),
        Some('G') => (&value[..value.len() - 1], 30),
        _ => (value, 0),
    };
    digits
        .parse::<u64>()
        .ok()
        .filter(|number| *number > 0)
        .and_then(|number| number.checked_mul(1 << shift))
        .ok_or_else(|| {
            place
                .error(
                    &text.span(),
                    format!("`{}` is not a size", value.escape_debug()),
                )
                .hint("write it as \"512K\", \"100M\" or \"2G\"")
        })
}
