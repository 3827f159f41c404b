//! Who gets which answer: a responder that takes a message, where it came
//! from and the time, and gives back what to send and what to remember. Pure.

pub mod boot;
pub mod client;
mod full;
pub mod leases;
pub mod limiter;
pub mod network;
mod proxy;
pub mod responder;
pub mod rules;
pub mod settings;
pub mod silence;
