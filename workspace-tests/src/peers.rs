//! Real peers: started, waited for, and gone when they go out of scope.

pub mod browser;
#[cfg(target_os = "linux")]
pub mod debian;
#[cfg(target_os = "linux")]
pub mod dhcpd;
#[cfg(target_os = "linux")]
pub mod dnsmasq;
#[cfg(target_os = "linux")]
pub mod firmware;
#[cfg(target_os = "linux")]
pub mod kea;
#[cfg(target_os = "linux")]
pub mod pxe;
pub mod rabbitmq;
pub mod samba;
pub mod starttls;
#[cfg(target_os = "linux")]
pub mod tcpdump;
#[cfg(target_os = "linux")]
pub mod tftpd;
pub mod tls;
#[cfg(target_os = "linux")]
pub mod udhcpd;
