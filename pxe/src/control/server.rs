//! Answers over the local socket. Who may ask is what the socket's
//! permissions say.

use std::io;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::sync::{Semaphore, oneshot};

use crate::dhcp::leases::Lease;
use crate::error::{Error, Kind};
use crate::log::Log;
use crate::status::{self, Ask, LONGEST_ASK};
use crate::sys::clock::unix_millis;
use crate::sys::runtime::{Rounds, place};
use crate::sys::stop::Stop;
use crate::timeline::Id;

/// Askers at once.
const MOST: usize = 16;
/// Time to ask, and to take a piece of the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks at what is new.
const PACE: Duration = Duration::from_millis(500);
/// How long nobody new is let in when the system cannot.
const PAUSE: Duration = Duration::from_secs(1);

/// What only the loop that has the leases can answer.
#[derive(Debug)]
pub(crate) enum Question {
    /// All of them.
    List(oneshot::Sender<Vec<Lease>>),
    /// Take those of a client, or of an address, back. Answered when that is
    /// durable, with those that were lent.
    Release(Id, oneshot::Sender<Result<Vec<Lease>, String>>),
}

/// Where such questions go.
pub(crate) trait Desk: Send + Sync {
    /// Takes a question, to be answered soon.
    fn put(&self, question: Question);
}

/// What is told over the socket.
pub(crate) struct Hall {
    /// Every client's boot.
    pub log: Arc<Log>,
    /// The leases, where there are any.
    pub desk: Option<Arc<dyn Desk>>,
}

/// What the server waits on, opened before the first asker is let in.
#[derive(Debug)]
pub(crate) struct Waiting {
    rounds: Rounds,
    listener: tokio::net::UnixListener,
}

impl Waiting {
    /// For a listener.
    ///
    /// # Errors
    /// When there is no descriptor left.
    pub(crate) fn open(listener: UnixListener, stop: &Stop) -> io::Result<Waiting> {
        listener.set_nonblocking(true)?;
        let rounds = Rounds::open(&listener, stop)?;
        let listener = {
            let _within = rounds.enter();
            tokio::net::UnixListener::from_std(listener)?
        };
        Ok(Waiting { rounds, listener })
    }
}

/// Answers until told to stop.
///
/// # Errors
/// When the listener cannot be used.
pub(crate) fn run(waiting: Waiting, hall: Hall) -> io::Result<()> {
    let Waiting { rounds, listener } = waiting;
    let hall = Arc::new(hall);
    rounds.run(async |told| {
        let places = Arc::new(Semaphore::new(MOST));
        loop {
            let Some(place) = place(&places, told).await else {
                return Ok(());
            };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = told.readable() => return Ok(()),
            };
            let Ok((stream, _)) = accepted else {
                // Out of descriptors: the asker waits in the backlog.
                if tokio::time::timeout(PAUSE, told.readable()).await.is_ok() {
                    return Ok(());
                }
                continue;
            };
            let hall = Arc::clone(&hall);
            tokio::spawn(async move {
                let _place = place;
                // How an asker goes is its own business.
                let _ = attend(stream, &hall).await;
            });
        }
    })
}

async fn attend(mut stream: UnixStream, hall: &Hall) -> io::Result<()> {
    let line = tokio::time::timeout(PATIENCE, line_of(&mut stream)).await??;
    let ask: Ask = match line.parse() {
        Ok(ask) => ask,
        Err(why) => {
            let error = Error::new(Kind::Usage, "request", why);
            return say(&mut stream, &error.to_json()).await;
        }
    };
    let now = unix_millis();
    let answer = match ask {
        Ask::Watch => return watch(stream, hall).await,
        Ask::Status => status::snapshot(&hall.log.timeline.snapshot(now)),
        Ask::Client(id) => match hall.log.timeline.detail(id, now) {
            Some(detail) => status::detail(&detail),
            None => Error::new(
                Kind::Input,
                id.to_string(),
                "nothing is known of this client",
            )
            .hint("`pxe watch` shows who was heard of; the longest silent are forgotten")
            .to_json(),
        },
        Ask::Leases => leases(hall).await,
        Ask::Release(id) => release(hall, id).await,
    };
    say(&mut stream, &answer).await
}

/// A line, or as much as fits one.
async fn line_of(stream: &mut UnixStream) -> io::Result<String> {
    let mut line = Vec::new();
    while line.len() < LONGEST_ASK {
        let byte = match stream.read_u8().await {
            Ok(b'\n') => break,
            Ok(byte) => byte,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        };
        line.push(byte);
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

async fn say(stream: &mut UnixStream, value: &Value) -> io::Result<()> {
    let line = format!("{value}\n");
    // A piece at a time: who reads slowly is waited for, who does not read
    // is not.
    for piece in line.as_bytes().chunks(64 * 1024) {
        tokio::time::timeout(PATIENCE, stream.write_all(piece)).await??;
    }
    Ok(())
}

async fn watch(mut stream: UnixStream, hall: &Hall) -> io::Result<()> {
    let mut since = None;
    loop {
        let now = unix_millis();
        let news = hall.log.timeline.news(since, now);
        since = Some(news.number);
        say(&mut stream, &status::news(&news, now)).await?;
        // Nothing more is said by the asker; it can only go.
        let mut byte = [0];
        if let Ok(gone) = tokio::time::timeout(PACE, stream.read(&mut byte)).await {
            return gone.map(drop);
        }
    }
}

fn no_leases() -> Value {
    Error::new(
        Kind::Input,
        "mode",
        "this service gives no addresses, so it has no leases",
    )
    .hint("only `mode = \"full\"` in `[dhcp]` does")
    .to_json()
}

fn no_answer() -> Value {
    Error::new(Kind::System, "leases", "the service is about to stop").to_json()
}

async fn leases(hall: &Hall) -> Value {
    let Some(desk) = &hall.desk else {
        return no_leases();
    };
    let (sender, answer) = oneshot::channel();
    desk.put(Question::List(sender));
    match answer.await {
        Ok(leases) => status::leases(&leases, unix_millis()),
        Err(_) => no_answer(),
    }
}

async fn release(hall: &Hall, id: Id) -> Value {
    let Some(desk) = &hall.desk else {
        return no_leases();
    };
    let (sender, answer) = oneshot::channel();
    desk.put(Question::Release(id, sender));
    match answer.await {
        Ok(Ok(released)) => {
            tracing::info!(target: "pxe::dhcp", client = %id, leases = released.len(), "released by hand");
            let addresses: Vec<String> = released
                .iter()
                .map(|lease| lease.address.to_string())
                .collect();
            json!({"released": addresses})
        }
        Ok(Err(why)) => Error::new(Kind::System, id.to_string(), "cannot be released")
            .because(why)
            .hint("the log of the service says more")
            .to_json(),
        Err(_) => no_answer(),
    }
}
