//! Real peers: started, waited for, and gone when they go out of scope.

pub mod samba;
