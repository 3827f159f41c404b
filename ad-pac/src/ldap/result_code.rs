//! Result codes (RFC 4511 section 4.1.9) with what a user can do about them.

use std::fmt;

/// How a directory answered a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ResultCode(pub u32);

macro_rules! codes {
    ($($name:ident = $code:literal, $text:literal;)*) => {
        impl ResultCode {
            $(#[doc = concat!("`", $text, "`")] pub const $name: ResultCode = ResultCode($code);)*
        }

        const NAMES: &[(u32, &str)] = &[$(($code, $text)),*];
    };
}

codes! {
    SUCCESS = 0, "success";
    OPERATIONS_ERROR = 1, "operationsError";
    PROTOCOL_ERROR = 2, "protocolError";
    TIME_LIMIT_EXCEEDED = 3, "timeLimitExceeded";
    SIZE_LIMIT_EXCEEDED = 4, "sizeLimitExceeded";
    AUTH_METHOD_NOT_SUPPORTED = 7, "authMethodNotSupported";
    STRONGER_AUTH_REQUIRED = 8, "strongerAuthRequired";
    REFERRAL = 10, "referral";
    ADMIN_LIMIT_EXCEEDED = 11, "adminLimitExceeded";
    UNAVAILABLE_CRITICAL_EXTENSION = 12, "unavailableCriticalExtension";
    CONFIDENTIALITY_REQUIRED = 13, "confidentialityRequired";
    NO_SUCH_ATTRIBUTE = 16, "noSuchAttribute";
    UNDEFINED_ATTRIBUTE_TYPE = 17, "undefinedAttributeType";
    CONSTRAINT_VIOLATION = 19, "constraintViolation";
    ATTRIBUTE_OR_VALUE_EXISTS = 20, "attributeOrValueExists";
    INVALID_ATTRIBUTE_SYNTAX = 21, "invalidAttributeSyntax";
    NO_SUCH_OBJECT = 32, "noSuchObject";
    INVALID_DN_SYNTAX = 34, "invalidDNSyntax";
    INAPPROPRIATE_AUTHENTICATION = 48, "inappropriateAuthentication";
    INVALID_CREDENTIALS = 49, "invalidCredentials";
    INSUFFICIENT_ACCESS_RIGHTS = 50, "insufficientAccessRights";
    BUSY = 51, "busy";
    UNAVAILABLE = 52, "unavailable";
    UNWILLING_TO_PERFORM = 53, "unwillingToPerform";
    OBJECT_CLASS_VIOLATION = 65, "objectClassViolation";
    OTHER = 80, "other";
}

impl ResultCode {
    /// The name RFC 4511 gives it.
    pub fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(code, _)| *code == self.0)
            .map_or("unknown", |(_, name)| name)
    }

    /// What can be done about it, given the diagnostic text that came along.
    pub fn hint(self, diagnostic: &str) -> &'static str {
        match self {
            ResultCode::INVALID_CREDENTIALS => bad_logon(diagnostic),
            ResultCode::STRONGER_AUTH_REQUIRED => {
                "the directory wants TLS or a sealed connection: use --ldaps or --starttls, or a \
                 Kerberos ticket"
            }
            ResultCode::CONFIDENTIALITY_REQUIRED => {
                "the directory wants TLS: use --ldaps or --starttls"
            }
            ResultCode::INSUFFICIENT_ACCESS_RIGHTS => {
                "the account needs the right to write userAccountControl on this object; \
                 delegate it on the container, or use another account"
            }
            ResultCode::REFERRAL => {
                "this server does not hold a writable copy; name one with --server"
            }
            ResultCode::NO_SUCH_OBJECT => "check the name, and --base",
            ResultCode::OPERATIONS_ERROR => {
                "the directory wants an authenticated user first: use --bind-user or a ticket"
            }
            ResultCode::SIZE_LIMIT_EXCEEDED | ResultCode::ADMIN_LIMIT_EXCEEDED => {
                "narrow the search with --base or --filter"
            }
            ResultCode::TIME_LIMIT_EXCEEDED | ResultCode::BUSY | ResultCode::UNAVAILABLE => {
                "try again later, or name another server with --server"
            }
            ResultCode::AUTH_METHOD_NOT_SUPPORTED | ResultCode::INAPPROPRIATE_AUTHENTICATION => {
                "this server does not take that kind of logon; use the other: --bind-user, or a \
                 Kerberos ticket"
            }
            ResultCode::INVALID_DN_SYNTAX => {
                "write a distinguished name with backslashes before , + \" < > ; in values"
            }
            _ => "-vv shows what was asked and answered",
        }
    }
}

/// Directories put a Windows error code into the text (MS-ADTS 3.1.1.3.4.7).
fn bad_logon(diagnostic: &str) -> &'static str {
    let data = diagnostic.split_once("data ").map_or("", |(_, rest)| {
        rest.split(|c: char| !c.is_ascii_hexdigit())
            .next()
            .unwrap_or("")
    });
    match data {
        "525" => "there is no such user",
        "530" => "the user may not log on at this time",
        "531" => "the user may not log on from this machine",
        "532" => "the password has expired",
        "533" => "the user account is disabled",
        "701" => "the user account has expired",
        "773" => "the user must change the password first",
        "775" => "the user account is locked out",
        _ => "check the user name (user@realm, DOMAIN\\user or a DN) and the password",
    }
}

/// `insufficientAccessRights (50)`
impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_name_and_a_hint() {
        for (code, name) in NAMES {
            assert_eq!(ResultCode(*code).name(), *name);
            assert!(!ResultCode(*code).hint("").is_empty());
        }
        assert_eq!(ResultCode(4711).to_string(), "unknown (4711)");
    }

    #[test]
    fn the_reason_of_a_failed_logon_is_read_from_the_diagnostic_text() {
        let text = "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 533, v1db1";
        assert_eq!(
            ResultCode::INVALID_CREDENTIALS.hint(text),
            "the user account is disabled"
        );
        for text in ["", "data ", "data zz"] {
            assert!(
                ResultCode::INVALID_CREDENTIALS
                    .hint(text)
                    .starts_with("check the user name")
            );
        }
    }
}
