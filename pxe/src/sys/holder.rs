//! Who has a port: the socket tables of the kernel name a socket by its
//! inode, and the process that has a descriptor of it has the port.

use std::fs;

/// The kinds of port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    /// UDP.
    Udp,
    /// TCP, listening.
    Tcp,
}

/// `name (process 123)`, as far as this process may see it.
pub(crate) fn of_port(table: Table, port: u16) -> Option<String> {
    let name = match table {
        Table::Udp => "udp",
        Table::Tcp => "tcp",
    };
    let inodes: Vec<String> = [name.to_owned(), format!("{name}6")]
        .iter()
        .filter_map(|file| fs::read_to_string(format!("/proc/self/net/{file}")).ok())
        .flat_map(|text| inodes(&text, table, port))
        .collect();
    let wanted: Vec<String> = inodes
        .iter()
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let process: u32 = entry.file_name().to_str()?.parse().ok()?;
        let has = fs::read_dir(entry.path().join("fd"))
            .ok()?
            .flatten()
            .filter_map(|fd| fs::read_link(fd.path()).ok())
            .any(|target| {
                wanted
                    .iter()
                    .any(|socket| target.as_os_str() == socket.as_str())
            });
        let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
        has.then(|| format!("{} (process {process})", name.trim()))
    })
}

/// The inodes of the sockets on a port.
fn inodes(text: &str, table: Table, port: u16) -> Vec<String> {
    const LISTEN: &str = "0A";
    let inode = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let local = words.get(1)?.rsplit_once(':')?.1;
        let here = u16::from_str_radix(local, 16).ok()? == port;
        let open = table == Table::Udp || *words.get(3)? == LISTEN;
        (here && open).then(|| words.get(9).map(|inode| (*inode).to_owned()))?
    };
    text.lines().skip(1).filter_map(inode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_of_our_own_is_found_with_our_name() {
        let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = udp.local_addr().unwrap().port();
        let holder = of_port(Table::Udp, port).unwrap();
        let us = format!("(process {})", std::process::id());
        assert!(holder.ends_with(&us), "{holder}");
        assert_eq!(of_port(Table::Tcp, port), None);
        drop(udp);
        assert_eq!(of_port(Table::Udp, port), None);
    }
}
