//! What only the operating system can do: sockets that know the interface,
//! files opened beneath a folder, signals, rights given up. No protocol here.

pub mod activation;
pub mod beside;
pub mod clock;
pub mod descriptors;
pub mod echo;
pub mod folder;
pub mod holder;
pub mod local;
pub mod net;
pub mod notify;
pub mod pid_file;
pub mod privileges;
pub mod root;
pub mod runtime;
pub mod sandbox;
pub mod sink;
pub mod stop;
