use tokio::io::{DuplexStream, duplex};

use super::*;

/// Turns every bit round and adds a mark, so that a mistake is seen.
struct Mirror;

const MARK: u8 = 0x5a;

impl Seal for Mirror {
    fn most(&self) -> usize {
        7
    }

    fn seal(&mut self, plain: &[u8]) -> Result<Vec<u8>, String> {
        let mut sealed: Vec<u8> = plain.iter().map(|byte| !byte).collect();
        sealed.push(MARK);
        Ok(sealed)
    }

    fn open(&mut self, sealed: &[u8]) -> Result<Vec<u8>, String> {
        match sealed.split_last() {
            Some((&MARK, rest)) => Ok(rest.iter().map(|byte| !byte).collect()),
            _ => Err("not sealed by the server".to_owned()),
        }
    }
}

struct Scene {
    library: DuplexStream,
    server: DuplexStream,
    broken: Arc<OnceLock<String>>,
    shelf: Arc<Shelf>,
}

fn scene(seal: Option<Box<dyn Seal>>) -> Scene {
    let (library, inner) = duplex(1 << 16);
    let (server, outer) = duplex(1 << 16);
    let broken = Arc::new(OnceLock::new());
    let shelf = Arc::new(Shelf::default());
    tokio::spawn(run(
        inner,
        Box::new(outer),
        seal,
        Arc::clone(&shelf),
        Arc::clone(&broken),
    ));
    Scene {
        library,
        server,
        broken,
        shelf,
    }
}

/// A message with this content.
fn message(content: &[u8]) -> Vec<u8> {
    let inner = [&[0x04, content.len() as u8][..], content].concat();
    [&[0x30, inner.len() as u8][..], &inner].concat()
}

async fn read(stream: &mut DuplexStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).await.unwrap();
    bytes
}

#[tokio::test]
async fn messages_that_share_a_frame_or_are_cut_by_it_all_arrive() {
    let messages: Vec<u8> = (0..50u8)
        .flat_map(|n| message(&vec![n; n as usize]))
        .collect();
    for sizes in [[1, 1], [3, 40], [200, 5], [usize::MAX, 1]] {
        let mut scene = scene(Some(Box::new(Mirror)));
        let (mut rest, mut wire) = (&messages[..], Vec::new());
        for size in sizes.iter().cycle() {
            let (part, more) = rest.split_at(*size.min(&rest.len()));
            let sealed = Mirror.seal(part).unwrap();
            wire.extend((sealed.len() as u32).to_be_bytes());
            wire.extend(sealed);
            rest = more;
            if rest.is_empty() {
                break;
            }
        }
        // In pieces that keep to no boundary at all.
        for piece in wire.chunks(11) {
            scene.server.write_all(piece).await.unwrap();
        }
        assert_eq!(read(&mut scene.library, messages.len()).await, messages);
    }
}

#[tokio::test]
async fn requests_are_sealed_in_buffers_of_the_size_that_the_server_takes() {
    let mut scene = scene(Some(Box::new(Mirror)));
    let request = message(b"twenty bytes of text");
    scene.library.write_all(&request).await.unwrap();
    let mut opened = Vec::new();
    while opened.len() < request.len() {
        let length = read(&mut scene.server, 4).await.try_into().unwrap();
        let sealed = read(&mut scene.server, u32::from_be_bytes(length) as usize).await;
        assert!(sealed.len() <= 8);
        opened.extend(Mirror.open(&sealed).unwrap());
    }
    assert_eq!(opened, request);
}

/// What the connection is said to have ended with.
async fn reason(mut scene: Scene) -> String {
    let mut rest = Vec::new();
    scene.library.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"", "nothing of it reaches the library");
    scene.broken.get().cloned().unwrap_or_default()
}

#[tokio::test]
async fn what_is_not_ldap_ends_the_connection_with_its_reason() {
    for (bytes, part) in [
        (&b"HTTP/1.1 400"[..], "not LDAP"),
        (
            &[0x30, 0x84, 0x7f, 0, 0, 0],
            "announced a message of 2130706432 bytes",
        ),
    ] {
        let mut plain = scene(None);
        plain.server.write_all(bytes).await.unwrap();
        let reason = reason(plain).await;
        assert!(reason.contains(part), "{reason}");
    }
}

#[tokio::test]
async fn what_was_not_sealed_by_the_server_ends_the_connection() {
    for (bytes, part) in [
        (&[0, 0, 0, 1, 0][..], "not sealed by the server"),
        (&[0x7f, 0, 0, 0], "sealed buffer of"),
        // Plain LDAP where sealed buffers should be.
        (&[0x30, 0x0c, 0x02, 0x01], "sealed buffer of"),
    ] {
        let mut scene = scene(Some(Box::new(Mirror)));
        scene.server.write_all(bytes).await.unwrap();
        let reason = reason(scene).await;
        assert!(reason.contains(part), "{reason}");
    }
}

#[tokio::test]
async fn a_server_that_leaves_in_the_middle_of_a_message_has_closed() {
    let mut scene = scene(None);
    scene.server.write_all(&message(b"abc")[..4]).await.unwrap();
    scene.server.shutdown().await.unwrap();
    assert_eq!(reason(scene).await, CLOSED);
}

#[tokio::test]
async fn entries_lie_on_the_shelf_when_the_end_of_their_search_arrives() {
    // CN=a without attributes, then a search that is done, both for request 9.
    let entry = b"\x30\x0d\x02\x01\x09\x64\x08\x04\x04CN=a\x30\x00";
    let done = b"\x30\x0c\x02\x01\x09\x65\x07\x0a\x01\x00\x04\x00\x04\x00";
    let mut scene = scene(None);
    scene
        .server
        .write_all(&[&entry[..], entry, done].concat())
        .await
        .unwrap();
    assert_eq!(read(&mut scene.library, done.len()).await, done);
    let dns: Vec<String> = scene
        .shelf
        .take(9)
        .into_iter()
        .map(|entry| entry.dn)
        .collect();
    assert_eq!(dns, ["CN=a", "CN=a"]);
}

#[tokio::test]
async fn an_entry_that_is_none_ends_the_connection() {
    let mut scene = scene(None);
    let entry = b"\x30\x07\x02\x01\x09\x64\x02\x30\x00";
    scene.server.write_all(entry).await.unwrap();
    let reason = reason(scene).await;
    assert!(reason.contains("not LDAP"), "{reason}");
}
