//! The `Range` header (RFC 9110 §14.2). One range is served; several, or
//! what cannot be read, are answered with the whole file, as the RFC allows.

/// What of a file a client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    All,
    /// These bytes, both ends included.
    Part {
        /// The first byte, counted from 0.
        first: u64,
        /// The last byte.
        last: u64,
    },
    /// Bytes behind its end.
    Beyond,
}

/// What a header asks for, of a file of `size` bytes.
pub fn wanted(header: Option<&[u8]>, size: u64) -> Wanted {
    let spec = header
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .and_then(|text| text.trim().strip_prefix("bytes="))
        .and_then(|spec| spec.split_once('-'));
    let Some((first, last)) = spec else {
        return Wanted::All;
    };
    let number = |text: &str| {
        let text = text.trim();
        (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<u64>().unwrap_or(u64::MAX))
    };
    match (number(first), number(last)) {
        (Some(first), _) if first >= size && (last.trim().is_empty() || number(last).is_some()) => {
            Wanted::Beyond
        }
        (Some(first), Some(last)) if first <= last => Wanted::Part {
            first,
            last: last.min(size - 1),
        },
        (Some(first), None) if last.trim().is_empty() => Wanted::Part {
            first,
            last: size - 1,
        },
        // The last so many bytes.
        (None, Some(0)) if first.trim().is_empty() => Wanted::Beyond,
        (None, Some(count)) if first.trim().is_empty() && size > 0 => Wanted::Part {
            first: size.saturating_sub(count),
            last: size - 1,
        },
        _ => Wanted::All,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_read_and_everything_else_is_the_whole_file() {
        let part = |first, last| Wanted::Part { first, last };
        for (header, expected) in [
            ("bytes=0-99", part(0, 99)),
            ("bytes=100-", part(100, 999)),
            ("bytes=-10", part(990, 999)),
            ("bytes=-5000", part(0, 999)),
            ("bytes=500-5000", part(500, 999)),
            ("bytes=999-999", part(999, 999)),
            ("bytes=1000-", Wanted::Beyond),
            ("bytes=1000-1001", Wanted::Beyond),
            ("bytes=99999999999999999999-", Wanted::Beyond),
            ("bytes=-0", Wanted::Beyond),
            ("bytes=5-4", Wanted::All),
            ("bytes=0-1,5-6", Wanted::All),
            ("bytes=a-b", Wanted::All),
            ("bytes=-", Wanted::All),
            ("lines=1-2", Wanted::All),
            ("", Wanted::All),
        ] {
            assert_eq!(wanted(Some(header.as_bytes()), 1000), expected, "{header}");
        }
        assert_eq!(wanted(None, 1000), Wanted::All);
        assert_eq!(wanted(Some(b"bytes=0-0"), 0), Wanted::Beyond);
        assert_eq!(wanted(Some(b"bytes=-1"), 0), Wanted::All);
    }
}
