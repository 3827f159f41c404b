//! What only the operating system can do: sockets that know the interface,
//! files opened beneath a folder, signals, rights given up. No protocol here.

pub(crate) mod activation;
pub(crate) mod beside;
pub(crate) mod clock;
pub(crate) mod descriptors;
pub(crate) mod echo;
pub(crate) mod folder;
pub(crate) mod holder;
pub(crate) mod local;
pub(crate) mod net;
pub(crate) mod notify;
pub(crate) mod pid_file;
pub(crate) mod privileges;
pub(crate) mod root;
pub(crate) mod runtime;
pub(crate) mod sandbox;
pub(crate) mod sink;
pub(crate) mod stop;
