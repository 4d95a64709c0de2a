//! The signatures that come with the program: every file of `signatures/`, by name.
//!
//! **Invariant:** the table holds each file of the folder once, in alphabetical order; a test walks the folder.

use crate::error::DetectError;
use crate::signature::Signature;

macro_rules! files {
    ($($id:literal)*) => {
        &[$(($id, include_str!(concat!("../signatures/", $id, ".toml")))),*]
    };
}

/// Every signature file: its id and its text.
pub const SIGNATURE_FILES: &[(&str, &str)] = files! {
    "ard"
    "bacnet"
    "bittorrent-dht"
    "bittorrent-dht-response"
    "chargen"
    "chargen-response"
    "citrix-browser"
    "cldap-response"
    "cldap-search"
    "coap-discovery"
    "db2-discovery"
    "digi-discovery"
    "dns-any"
    "dns-version"
    "dtls-hello"
    "gtp"
    "hping3"
    "ike"
    "ipid-54321"
    "ipmi"
    "kademlia"
    "l2tp"
    "masscan"
    "masscan-icmp"
    "masscan-udp"
    "mdns-discovery"
    "memcached"
    "memcached-response"
    "mirai"
    "mssql-browser"
    "nat-pmp"
    "netbios-nbstat"
    "netbios-response"
    "netis-backdoor"
    "nmap-ack"
    "nmap-os"
    "nmap-os-icmp"
    "nmap-os-udp"
    "nmap-payload"
    "nmap-stealth"
    "nmap-syn"
    "nmap-syn-old"
    "ntp-client"
    "ntp-mode6"
    "ntp-mode6-response"
    "ntp-mode7"
    "ntp-mode7-response"
    "ntp-monlist"
    "openvpn"
    "portmap"
    "portmap-response"
    "qotd"
    "quake-query"
    "quic"
    "realtek-udpserver"
    "rip"
    "sentinel"
    "sip"
    "sip-response"
    "sipvicious"
    "snmp"
    "snmp-public"
    "snmp-response"
    "source-query"
    "source-response"
    "special-source"
    "sport-6000"
    "ssdp-msearch"
    "ssdp-response"
    "stun-binding"
    "tftp"
    "ubiquiti-discovery"
    "vxworks-debug"
    "ws-discovery"
    "xdmcp"
    "zmap"
    "zmap-4"
    "zmap-4-icmp"
    "zmap-icmp"
    "zmap-payload"
    "zmap-udp"
};

/// The signatures of the program.
pub fn signatures() -> Result<Vec<Signature>, DetectError> {
    SIGNATURE_FILES.iter().map(|(id, text)| Signature::parse(id, text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_stands_in_the_table_in_order() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/signatures");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        files.sort();
        let mut table: Vec<String> = SIGNATURE_FILES.iter().map(|(id, _)| format!("{id}.toml")).collect();
        table.sort();
        assert_eq!(table, files);
        assert!(SIGNATURE_FILES.is_sorted_by_key(|(id, _)| *id));
    }
}
