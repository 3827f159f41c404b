//! What only the operating system can do: sockets that know the interface,
//! files opened beneath a folder, signals. No protocol here.

pub mod net;
pub mod notify;
pub mod privileges;
pub mod root;
pub mod stop;
