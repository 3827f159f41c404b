//! Who is served, and with what.

use std::collections::BTreeSet;

use super::other_x64;
use crate::lint::model::{Edit, FILE_OPTION, Field, Setting, VENDOR_CLASS};
use crate::lint::{Context, Findings, names_file};
use crate::wire::arch::{Architecture, Transport};

/// Endings of programs that BIOS starts.
const BIOS_PROGRAMS: &[&str] = &[
    "pxelinux.0",
    ".kpxe",
    ".kkpxe",
    ".n12",
    "wdsnbp.com",
    ".pxe",
];
/// What nearly every network has.
const COMMON: &[u16] = &[0, 7];

/// The settings that name a file, with their scopes.
fn files<'r>(
    context: &Context<'r>,
) -> impl Iterator<Item = (usize, &'r Setting, &'r str)> + use<'r> {
    context
        .settings()
        .filter(|(_, setting)| setting.field.is_file() && setting.value.eaten.is_empty())
        .filter_map(|(scope, setting)| Some((scope, setting, setting.value.text()?)))
        .filter(|(_, _, text)| !text.is_empty())
}

fn is_url(text: &str) -> bool {
    let lower = text.trim_start().to_ascii_lowercase();
    lower.starts_with("http://") || lower.starts_with("https://")
}

pub(super) fn url_for_tftp(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (scope, setting, text) in files(context) {
        let applies = context.reading.applies(scope);
        let http = context.reading.transport(scope) == Some(Transport::Http);
        if !is_url(text) || applies.other || http {
            continue;
        }
        let message = "PXE firmware asks TFTP for a file of this name".to_owned();
        findings.about(scope, setting, message, Vec::new());
    }
}

pub(super) fn path_for_http(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (scope, setting, text) in files(context) {
        if !is_url(text) && context.reading.transport(scope) == Some(Transport::Http) {
            let message = format!("`{text}` is no URL");
            findings.about(scope, setting, message, Vec::new());
        }
    }
}

/// What option 60 says to the clients of a scope.
fn says(context: &Context<'_>, scope: usize, word: &[u8]) -> bool {
    context
        .inherited(scope, VENDOR_CLASS)
        .is_some_and(|setting| {
            setting.value.bytes.is_none() || setting.value.trimmed().starts_with(word)
        })
}

pub(super) fn http_client_missing(context: &Context<'_>, findings: &mut Findings<'_>) {
    if context.target.adds_http_client {
        return;
    }
    for scope in 0..context.reading.scopes.len() {
        let Some(setting) = names_file(context.reading, scope) else {
            continue;
        };
        if context.reading.transport(scope) != Some(Transport::Http)
            || says(context, scope, b"HTTPClient")
        {
            continue;
        }
        // Kea's options stand beside each other.
        let beside = context.reading.scopes[scope]
            .own(FILE_OPTION)
            .unwrap_or(setting);
        let edit = context.beside(scope, beside, VENDOR_CLASS, b"HTTPClient");
        let message = "option 60 is not sent to these clients".to_owned();
        findings.about(scope, setting, message, edit.into_iter().collect());
    }
}

pub(super) fn http_client_for_tftp(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (scope, setting) in context.settings() {
        if setting.field != VENDOR_CLASS || !setting.value.trimmed().starts_with(b"HTTPClient") {
            continue;
        }
        let applies = context.reading.applies(scope);
        if applies.other || context.reading.transport(scope) == Some(Transport::Http) {
            continue;
        }
        let message = "clients that boot over TFTP get it too".to_owned();
        findings.about(scope, setting, message, Vec::new());
    }
}

pub(super) fn half_of_x64(context: &Context<'_>, findings: &mut Findings<'_>) {
    let all = all_tests(context);
    for (number, scope) in context.reading.scopes.iter().enumerate() {
        for test in &scope.applies.tests {
            let Some(other) = other_x64(test.code).filter(|other| !all.contains(other)) else {
                continue;
            };
            let edit = test.twin.as_ref().map(|twin| Edit {
                span: twin.at,
                text: twin.text.clone(),
            });
            let message = format!("{} is served here, {other} nowhere", test.code);
            findings.about_scope(number, test.span, message, edit.into_iter().collect());
        }
    }
}

/// Every value of option 93 that is asked for anywhere.
fn all_tests(context: &Context<'_>) -> BTreeSet<u16> {
    let scopes = context.reading.scopes.iter();
    scopes
        .flat_map(|scope| scope.applies.tests.iter().map(|test| test.code))
        .collect()
}

pub(super) fn architecture_without_file(context: &Context<'_>, findings: &mut Findings<'_>) {
    let reading = context.reading;
    let tests = all_tests(context);
    let place = reading
        .scopes
        .iter()
        .enumerate()
        .find_map(|(number, scope)| Some((number, scope.applies.tests.first()?)));
    let Some((first, test)) = place else { return };
    // A file for everybody else covers the rest.
    let default = (0..reading.scopes.len()).any(|scope| {
        let applies = reading.applies(scope);
        let for_others = applies.tests.is_empty() && !applies.http && !applies.other;
        for_others && names_file(reading, scope).is_some()
    });
    let holds = holds_file(context);
    for (number, scope) in reading.scopes.iter().enumerate() {
        let Some(test) = scope.applies.tests.first() else {
            continue;
        };
        let inherits = [Field::File, FILE_OPTION]
            .iter()
            .any(|field| reading.effective(number, *field).is_some());
        if !holds[number] && !inherits && !scope.settings.is_empty() {
            let message = format!("{} gets no boot file here", Architecture(test.code));
            findings.about_scope(number, test.span, message, Vec::new());
        }
    }
    if default {
        return;
    }
    for code in COMMON {
        let served =
            tests.contains(code) || other_x64(*code).is_some_and(|other| tests.contains(&other));
        if !served {
            let message = format!("{} ({code}) gets no boot file", Architecture(*code));
            findings.about_scope(first, test.span, message, Vec::new());
        }
    }
}

/// For each scope, whether it or one within it names a file.
fn holds_file(context: &Context<'_>) -> Vec<bool> {
    let scopes = &context.reading.scopes;
    let mut holds = vec![false; scopes.len()];
    for number in 0..scopes.len() {
        let mut next = names_file(context.reading, number).map(|_| number);
        while let Some(scope) = next.filter(|scope| !holds[*scope]) {
            holds[scope] = true;
            next = scopes[scope].parent;
        }
    }
    holds
}

pub(super) fn file_of_another_kind(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (scope, setting, text) in files(context) {
        let codes = context.reading.architectures(scope);
        if codes.is_empty() || context.reading.applies(scope).other {
            continue;
        }
        let uefi = |code: &u16| matches!(code, 6..=11 | 15..=19 | 25..=30 | 37..=40);
        let lower = text.trim().to_ascii_lowercase();
        let message =
            if codes.iter().all(uefi) && BIOS_PROGRAMS.iter().any(|one| lower.ends_with(one)) {
                format!("`{text}` is a program for BIOS, and these clients are UEFI")
            } else if codes == [0] && lower.ends_with(".efi") {
                format!("`{text}` is a program for UEFI, and these clients are BIOS")
            } else {
                continue;
            };
        findings.about(scope, setting, message, Vec::new());
    }
}
