//! The few DER elements that are read and patched here.

/// Splits the first element off: tag, content, rest.
pub(crate) fn element(input: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (header, content, rest) = split(input)?;
    Some((*header.first()?, content, rest))
}

/// Splits the first element off: header (tag and length), content, rest.
pub(crate) fn split(input: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let first = usize::from(*input.get(1)?);
    let (header, length) = if first < 0x80 {
        (2, first)
    } else {
        let octets = first & 0x7f;
        if !(1..=4).contains(&octets) {
            return None;
        }
        let length = input
            .get(2..2 + octets)?
            .iter()
            .fold(0usize, |length, octet| length << 8 | usize::from(*octet));
        (2 + octets, length)
    };
    let end = header.checked_add(length)?;
    Some((
        input.get(..header)?,
        input.get(header..end)?,
        input.get(end..)?,
    ))
}

/// An element with this tag and content.
pub(crate) fn encode(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match content.len() {
        length @ 0..0x80 => out.push(length.to_le_bytes()[0]),
        length => {
            let octets = length.to_be_bytes();
            let used = &octets[octets.iter().take_while(|octet| **octet == 0).count()..];
            out.push(0x80 | used.len().to_le_bytes()[0]);
            out.extend_from_slice(used);
        }
    }
    out.extend_from_slice(content);
    out
}
