//! The protocol side: connections, binds, StartTLS, pages.

use std::collections::HashMap;
use std::net::TcpListener as StdListener;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{SinkExt as _, StreamExt as _};
use ldap3_proto::LdapCodec;
use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{
    LdapBindCred, LdapBindRequest, LdapBindResponse, LdapExtendedResponse, LdapMsg, LdapOp,
    LdapPartialAttribute, LdapResult, LdapResultCode as Code, LdapSearchRequest,
    LdapSearchResultEntry, LdapSearchResultReference, LdapSearchScope as Scope,
};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::codec::{Framed, FramedParts};

use super::lab::{BASE, DNS_NAME};
use super::store::{Answer, Store};

/// OID of StartTLS (RFC 4511 section 4.14.1).
const START_TLS: &str = "1.3.6.1.4.1.1466.20037";
/// MaxPageSize, beyond which a search without pages is cut off.
const LARGEST_RESULT: usize = 1000;
/// Controls that are understood.
const CONTROLS: &[&str] = &["1.2.840.113556.1.4.319"];

type Shared = Arc<Mutex<Store>>;

/// Takes connections until it is dropped.
pub(super) async fn accept(listener: StdListener, store: Shared, tls: TlsAcceptor, ldaps: bool) {
    let Ok(listener) = TcpListener::from_std(listener) else {
        return;
    };
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (store, tls) = (Arc::clone(&store), tls.clone());
        connections.spawn(async move {
            let _ = stream.set_nodelay(true);
            if ldaps {
                if let Ok(stream) = tls.accept(stream).await {
                    Connection::new(store, true).serve(stream).await;
                }
            } else if let Some(stream) = Connection::new(Arc::clone(&store), false)
                .serve(stream)
                .await
                && let Ok(stream) = tls.accept(stream).await
            {
                Connection::new(store, true).serve(stream).await;
            }
        });
    }
}

struct Connection {
    store: Shared,
    tls: bool,
    caller: Option<String>,
    /// The rest of paged searches, by cookie.
    pages: HashMap<Vec<u8>, Vec<LdapSearchResultEntry>>,
    next_cookie: u32,
}

/// What to do after a request.
enum Next {
    Answer(Vec<LdapMsg>),
    StartTls(LdapMsg),
    Raw(&'static [u8]),
    Close,
}

impl Connection {
    fn new(store: Shared, tls: bool) -> Self {
        Connection {
            store,
            tls,
            caller: None,
            pages: HashMap::new(),
            next_cookie: 0,
        }
    }

    /// Answers until the client leaves; gives the stream back for StartTLS.
    async fn serve<S: AsyncRead + AsyncWrite + Unpin>(mut self, stream: S) -> Option<S> {
        let mut framed = Framed::new(stream, LdapCodec::default());
        while let Some(Ok(request)) = framed.next().await {
            match self.answer(request) {
                Next::Answer(messages) => {
                    for message in messages {
                        framed.feed(message).await.ok()?;
                    }
                    framed.flush().await.ok()?;
                }
                Next::StartTls(message) => {
                    framed.send(message).await.ok()?;
                    let FramedParts { io, .. } = framed.into_parts();
                    return Some(io);
                }
                Next::Raw(bytes) => {
                    framed.get_mut().write_all(bytes).await.ok()?;
                    framed.get_mut().flush().await.ok()?;
                }
                Next::Close => return None,
            }
        }
        None
    }

    fn answer(&mut self, request: LdapMsg) -> Next {
        let id = request.msgid;
        let reply = |op: LdapOp| Next::Answer(vec![LdapMsg::new(id, op)]);
        match request.op {
            LdapOp::BindRequest(bind) => reply(LdapOp::BindResponse(self.bind(&bind))),
            LdapOp::SearchRequest(search) => self.search(id, &search, &request.ctrl),
            LdapOp::ModifyRequest(modify) => {
                if let Some(refusal) = self.refuse_controls(&request.ctrl) {
                    return reply(LdapOp::ModifyResponse(result(refusal)));
                }
                let Some(caller) = self.caller.clone() else {
                    return reply(LdapOp::ModifyResponse(result(unauthenticated())));
                };
                let mut store = self.lock();
                if let Some(left) = &mut store.behaviour.die_after_modifies {
                    if *left == 0 {
                        return Next::Close;
                    }
                    *left -= 1;
                }
                let answer = store.modify(&caller, &modify.dn, &modify.changes);
                reply(LdapOp::ModifyResponse(result(answer)))
            }
            LdapOp::ExtendedRequest(extended) => {
                let starts = extended.name == START_TLS && !self.tls;
                let answer = match (extended.name.as_str(), self.tls) {
                    (START_TLS, false) => (Code::Success, String::new()),
                    (START_TLS, true) => (Code::OperationsError, "TLS is there".to_owned()),
                    _ => (Code::ProtocolError, "unknown operation".to_owned()),
                };
                let op = LdapOp::ExtendedResponse(LdapExtendedResponse {
                    res: result(answer),
                    name: Some(extended.name),
                    value: None,
                });
                if starts {
                    Next::StartTls(LdapMsg::new(id, op))
                } else {
                    reply(op)
                }
            }
            LdapOp::UnbindRequest => Next::Close,
            LdapOp::AbandonRequest(_) => Next::Answer(Vec::new()),
            _ => Next::Close,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bind(&mut self, bind: &LdapBindRequest) -> LdapBindResponse {
        self.caller = None;
        let answer = match &bind.cred {
            LdapBindCred::Simple(password) => {
                if bind.dn.is_empty() && password.is_empty() {
                    (Code::Success, String::new())
                } else if !self.tls && !self.lock().behaviour.allow_plain_bind {
                    let text = "BindSimple: Transport encryption required.";
                    (Code::StrongerAuthRequired, text.to_owned())
                } else {
                    let caller = self.lock().authenticate(&bind.dn, password);
                    self.caller = caller;
                    if self.caller.is_some() {
                        (Code::Success, String::new())
                    } else {
                        let text = "80090308: LdapErr: DSID-0C0903A9, comment: \
                                    AcceptSecurityContext error, data 52e, v1db1";
                        (Code::InvalidCredentials, text.to_owned())
                    }
                }
            }
            LdapBindCred::SASL(_) | LdapBindCred::Unsupported => {
                (Code::AuthMethodNotSupported, "no SASL here".to_owned())
            }
        };
        LdapBindResponse {
            res: result(answer),
            saslcreds: None,
        }
    }

    fn refuse_controls(&self, controls: &[LdapControl]) -> Option<Answer> {
        controls.iter().find_map(|control| match control {
            LdapControl::Unknown {
                oid,
                criticality: true,
                ..
            } if !CONTROLS.contains(&oid.as_str()) => {
                let text = format!("Unsupported critical extension {oid}");
                Some((Code::UnavailableCriticalExtension, text))
            }
            _ => None,
        })
    }

    fn search(&mut self, id: i32, search: &LdapSearchRequest, controls: &[LdapControl]) -> Next {
        let done = |answer: Answer| {
            Next::Answer(vec![LdapMsg::new(
                id,
                LdapOp::SearchResultDone(result(answer)),
            )])
        };
        if self.lock().behaviour.nonsense && !search.base.is_empty() {
            // A message whose identifier is a set: valid BER, not LDAP.
            return Next::Raw(&[0x30, 0x04, 0x31, 0x00, 0x65, 0x00]);
        }
        if self.lock().behaviour.announce_gigabytes && !search.base.is_empty() {
            return Next::Raw(&[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]);
        }
        if let Some(refusal) = self.refuse_controls(controls) {
            return done(refusal);
        }
        if search.base.is_empty() && search.scope == Scope::Base {
            let op = LdapOp::SearchResultEntry(self.root());
            let end = LdapOp::SearchResultDone(result((Code::Success, String::new())));
            return Next::Answer(vec![LdapMsg::new(id, op), LdapMsg::new(id, end)]);
        }
        let Some(caller) = self.caller.clone() else {
            return done(unauthenticated());
        };
        let paging = controls.iter().find_map(|control| match control {
            LdapControl::SimplePagedResults { size, cookie } => Some((*size, cookie.clone())),
            _ => None,
        });
        let resumed = paging
            .as_ref()
            .filter(|(_, cookie)| !cookie.is_empty())
            .map(|(_, cookie)| self.pages.remove(cookie));
        let mut entries = match resumed {
            Some(Some(rest)) => rest,
            Some(None) => return done((Code::UnwillingToPerform, "unknown cookie".to_owned())),
            None => match self.entries(search, &caller) {
                Ok(entries) => entries,
                Err(answer) => return done(answer),
            },
        };
        let mut controls = Vec::new();
        let mut code = Code::Success;
        if let Some((size, _)) = paging {
            let size = usize::try_from(size).unwrap_or(0).clamp(1, LARGEST_RESULT);
            let mut cookie = Vec::new();
            if entries.len() > size {
                self.next_cookie += 1;
                cookie = self.next_cookie.to_be_bytes().to_vec();
                self.pages.insert(cookie.clone(), entries.split_off(size));
            }
            controls.push(LdapControl::SimplePagedResults { size: 0, cookie });
        } else if entries.len() > LARGEST_RESULT {
            entries.truncate(LARGEST_RESULT);
            code = Code::SizeLimitExceeded;
        }
        let mut messages: Vec<LdapMsg> = entries
            .into_iter()
            .map(|entry| LdapMsg::new(id, LdapOp::SearchResultEntry(entry)))
            .collect();
        let whole = search.scope == Scope::Subtree && search.base.eq_ignore_ascii_case(BASE);
        if whole && controls.iter().all(|control| !matches!(control, LdapControl::SimplePagedResults { cookie, .. } if !cookie.is_empty())) {
            let uris = vec![format!("ldap://{DNS_NAME}/CN=Configuration,{BASE}")];
            let op = LdapOp::SearchResultReference(LdapSearchResultReference { uris });
            messages.push(LdapMsg::new(id, op));
        }
        let end = LdapOp::SearchResultDone(result((code, String::new())));
        messages.push(LdapMsg::new_with_ctrls(id, end, controls));
        Next::Answer(messages)
    }

    fn entries(
        &self,
        search: &LdapSearchRequest,
        caller: &str,
    ) -> Result<Vec<LdapSearchResultEntry>, Answer> {
        let store = self.lock();
        let found = store.search(&search.base, &search.scope, &search.filter)?;
        let single = search.scope == Scope::Base;
        Ok(found
            .into_iter()
            .map(|object| LdapSearchResultEntry {
                dn: object.dn.clone(),
                attributes: store
                    .attributes(object, &search.attrs, caller, single)
                    .into_iter()
                    .map(|(atype, vals)| LdapPartialAttribute { atype, vals })
                    .collect(),
            })
            .collect())
    }

    fn root(&self) -> LdapSearchResultEntry {
        let behaviour = self.lock().behaviour.clone();
        let mut capabilities = vec!["1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1670"];
        if behaviour.refer_writes_to.is_some() {
            capabilities.push("1.2.840.113556.1.4.1920");
        }
        if behaviour.other_product {
            capabilities.clear();
        }
        let host = format!("dc1.{DNS_NAME}");
        let rows: [(&str, Vec<&str>); 3] = [
            ("defaultNamingContext", vec![BASE]),
            ("dnsHostName", vec![&host]),
            ("supportedCapabilities", capabilities),
        ];
        LdapSearchResultEntry {
            dn: String::new(),
            attributes: rows
                .into_iter()
                .map(|(name, values)| LdapPartialAttribute {
                    atype: name.to_owned(),
                    vals: values
                        .iter()
                        .map(|value| value.as_bytes().to_vec())
                        .collect(),
                })
                .collect(),
        }
    }
}

fn unauthenticated() -> Answer {
    let text = "Operation unavailable without authentication";
    (Code::OperationsError, text.to_owned())
}

/// A referral carries its URL where other answers carry a text.
fn result((code, text): Answer) -> LdapResult {
    let (message, referral) = if code == Code::Referral {
        (String::new(), vec![text])
    } else {
        (text, Vec::new())
    };
    LdapResult {
        code,
        matcheddn: String::new(),
        message,
        referral,
    }
}
