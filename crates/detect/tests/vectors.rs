//! The test vectors V1 to V25 (docs/rules.md), from bytes through the decoder to class and tags.
//!
//! Every source is a documentation address, so every packet also has the tag `special-source`.

mod support;

use teiten_detect::classifier::Classifier;

/// One packet that begins with its IP header.
struct Vector {
    id: &'static str,
    hex: &'static str,
    class: &'static str,
    /// The one tag beside `special-source`, or none.
    tag: &'static str,
    not: &'static [&'static str],
}

const VECTORS: &[Vector] = &[
    Vector {
        id: "V1",
        hex: "4500002cd4310000f506055ec6336407c00002019c4101bb1a2b3c4d000000006002ffffb7750000020405b4",
        class: "scan-syn",
        tag: "zmap",
        not: &["masscan", "mirai", "ipid-54321", "zmap-4"],
    },
    Vector {
        id: "V2",
        hex: "450000347a11000032062277c6336407c0000201afc801bb9e3779b9000000008002ffffb95f0000020405b40103030801010402",
        class: "scan-syn",
        tag: "zmap-4",
        not: &["zmap", "ipid-54321", "masscan", "mirai"],
    },
    Vector {
        id: "V3",
        hex: "45000028a37e0000f0063b15c6336407c0000201cb201f90deadbeef000000005002040037580000",
        class: "scan-syn",
        tag: "masscan",
        not: &["zmap", "zmap-4", "mirai", "nmap-syn"],
    },
    Vector {
        id: "V4",
        hex: "4500002ca37e0000f0063b11c6336407c0000201cb201f90deadbeef00000000600204011f9b0000020405b4",
        class: "scan-syn",
        tag: "masscan",
        not: &["zmap", "zmap-4", "nmap-syn"],
    },
    Vector {
        id: "V5",
        hex: "450000281234000030068c60c6336407c00002017a690017c00002010000000050023a984c8c0000",
        class: "scan-syn",
        tag: "mirai",
        not: &["masscan", "zmap"],
    },
    Vector {
        id: "V6a",
        hex: "4500002c5c2100002b06476fc6336407c0000201df8500165a17c3e90000000060020400aa4d0000020405b4",
        class: "scan-syn",
        tag: "nmap-syn",
        not: &["masscan", "zmap", "mirai"],
    },
    Vector {
        id: "V6b",
        hex: "4500002c0c7e000033068f0ac6336407c0000209df8600165a16c3e80000000060020400aa460000020405b4",
        class: "scan-syn",
        tag: "nmap-syn",
        not: &["masscan", "zmap", "mirai"],
    },
    Vector {
        id: "V7",
        hex: "45000028010000006b066294c6336407c0000201177000161000000000000000500240005c200000",
        class: "scan-syn",
        tag: "sport-6000",
        not: &["masscan", "mirai", "zmap"],
    },
    Vector {
        id: "V8a",
        hex: "45000028222200003c067072c6336407c00002010d8000505b081f7400000000500210002b5a0000",
        class: "scan-syn",
        tag: "",
        not: &["masscan", "mirai", "zmap", "nmap-syn"],
    },
    Vector {
        id: "V8b",
        hex: "45000028222200003c067026c6336407c000024d0f9f01bb16e31d6b00000000500210006db20000",
        class: "scan-syn",
        tag: "",
        not: &["masscan", "mirai", "zmap", "nmap-syn"],
    },
    Vector {
        id: "V9",
        hex: "4500002c0000000034069a90c6336407c00002010050c82211111111222222236012390843f80000020405b4",
        class: "backscatter-tcp",
        tag: "",
        not: &["zmap", "masscan", "mirai", "nmap-syn"],
    },
    Vector {
        id: "V10",
        hex: "450000280000000034069a94c6336407c00002010050c822000000002222222350140000b6dc0000",
        class: "backscatter-tcp",
        tag: "",
        not: &["zmap", "masscan", "mirai", "nmap-syn"],
    },
    Vector {
        id: "V11",
        hex: "450000280000000034069a94c6336407c00002010050c822000000010000000050030200f9310000",
        class: "scan-stealth",
        tag: "",
        not: &["zmap", "masscan", "mirai", "nmap-stealth"],
    },
    Vector {
        id: "V12",
        hex: "450000460000000032119c6bc6336407c0000201003530390032e0c53fa2818300010000000000000871786b7a6a74627603777777076578616d706c6503636f6d0000010001",
        class: "backscatter-udp",
        tag: "",
        not: &["dns-any"],
    },
    Vector {
        id: "V13",
        hex: "450000460000000032119c6bc6336407c0000201003530390032e0c53fa3818200010000000000000871786b7a6a74627603777777076578616d706c6503636f6d0000010001",
        class: "backscatter-udp",
        tag: "",
        not: &["dns-any"],
    },
    Vector {
        id: "V14",
        hex: "450000460000000032119c6bc6336407c0000201003530390032e1413fa4810500010000000000000871786b7a6a74627603777777076578616d706c6503636f6d0000010001",
        class: "backscatter-udp",
        tag: "",
        not: &["dns-any"],
    },
    Vector {
        id: "V15",
        hex: "450000380000000032019c89c6336407c000020103036b1300000000450000464321000031115a4ac0000201c63364073039003500326149",
        class: "backscatter-icmp",
        tag: "",
        not: &["zmap", "masscan"],
    },
    Vector {
        id: "V16",
        hex: "450000380000000032018abacb007109c00002010b00e8480000000045000028000000000106cd94c0000201c6336407c822005022222222",
        class: "backscatter-icmp",
        tag: "",
        not: &["zmap", "masscan"],
    },
    Vector {
        id: "V17",
        hex: "4500003a0000000040118e77c6336407c00002010fa00fa10026c324000000000000000031000000000000000000000000000000000000000000",
        class: "udp-unknown",
        tag: "",
        not: &["zmap"],
    },
    Vector {
        id: "V18",
        hex: "4500003b0000000032119c76c6336407c00002017a029c4000276c2c3fa2818300010000000000000161076578616d706c6503636f6d0000010001",
        class: "backscatter-udp",
        tag: "",
        not: &["dns-any"],
    },
    Vector {
        id: "V19",
        hex: "4500002c0000201028118675c6336407c0000201000000000000000000000000000000000000000000000000",
        class: "ip-other",
        tag: "",
        not: &["zmap"],
    },
    Vector {
        id: "V20",
        hex: "4500002c0000200028118685c6336407c0000201000100020018137f00000000000000000000000000000000",
        class: "udp-unknown",
        tag: "",
        not: &["zmap"],
    },
    Vector {
        id: "V21",
        hex: "45000030d4310000f501055fc6336407c0000201080011a74a3b9c1d0000000000000000000000000000000000000000",
        class: "scan-icmp",
        tag: "zmap",
        not: &["masscan", "zmap-4"],
    },
    Vector {
        id: "V22",
        hex: "4500004c11110000f001cd63c6336407c000020108006f5fdeadbeef08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637",
        class: "scan-icmp",
        tag: "masscan",
        not: &["zmap", "zmap-4"],
    },
    Vector {
        id: "V23",
        hex: "45000034000000002806a688c6336407c00002019c410016555500000000000088c200038775f7f503030a01020405b404020101",
        class: "scan-syn",
        tag: "nmap-os",
        not: &["nmap-syn", "zmap", "mirai"],
    },
    Vector {
        id: "V24",
        hex: "45000028000000004006f6cdc0000201c00002010001000200000001000000005002040027dc0000",
        class: "spoofed",
        tag: "",
        not: &["mirai", "zmap"],
    },
];

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("vectors are hexadecimal"))
        .collect()
}

#[test]
fn every_vector_has_its_class_and_its_tool_and_no_other() {
    let mut classifier = Classifier::builtin().unwrap();
    let frames: Vec<Vec<u8>> = VECTORS.iter().map(|vector| bytes(vector.hex)).collect();
    let packets = support::classified(&frames, &mut classifier);
    let mut wrong = Vec::new();
    for (row, vector) in VECTORS.iter().enumerate() {
        let tags: Vec<&str> = packets.tags.get(row).unwrap_or_default().split(' ').collect();
        let own: Vec<&str> =
            tags.iter().copied().filter(|tag| !tag.is_empty() && *tag != "special-source").collect();
        let expected: Vec<&str> = [vector.tag].into_iter().filter(|tag| !tag.is_empty()).collect();
        let class = packets.class.get(row).unwrap_or_default();
        if class != vector.class || own != expected || vector.not.iter().any(|tag| tags.contains(tag)) {
            wrong.push(format!("{}: {class} {tags:?}", vector.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// V25: UDP to the port of a service, with a beginning of rules D88 to D88v; class and the tag that must be there.
const PAYLOADS: &[(u16, u16, &str, &str, &str)] = &[
    (40000, 123, "1700032a00000000", "scan-udp", "ntp-monlist"),
    (40000, 123, "e30004fa00010000", "scan-udp", ""),
    (40000, 1900, "4d2d534541524348202a20485454502f312e310d0a", "scan-udp", "ssdp-msearch"),
    (40000, 11211, "000100000001000073746174730d0a", "scan-udp", "memcached"),
    (40000, 389, "30840000002d02010163840000002404000a0100", "scan-udp", "cldap-search"),
    (40000, 161, "302902010004067075626c6963a01c0204ffffffff", "scan-udp", "snmp-public"),
    (40000, 19, "01", "scan-udp", "chargen"),
    (40000, 17, "0d0a", "scan-udp", "qotd"),
    (40000, 5683, "40017d70bb2e77656c6c2d6b6e6f776e04636f7265", "scan-udp", "coap-discovery"),
    (40000, 3702, "3c3a2f3e0a", "scan-udp", "ws-discovery"),
    (40000, 3283, "0014000103", "scan-udp", "ard"),
    (40000, 10001, "01000000", "scan-udp", "ubiquiti-discovery"),
    (40000, 1434, "02", "scan-udp", "mssql-browser"),
    (40000, 69, "00012f61006e6574617363696900", "scan-udp", "tftp"),
    (40000, 111, "1aa9ffe10000000000000002000186a00000000200000004", "scan-udp", "portmap"),
    (40000, 137, "e5d80000000100000000000020434b41414141414141", "scan-udp", "netbios-nbstat"),
    (40000, 443, "16feff000000000000000000", "scan-udp", "dtls-hello"),
    (40000, 3478, "000100002112a442000000000000000000000000", "scan-udp", "stun-binding"),
    (40000, 1194, "38000102030405060700000000 00", "scan-udp", "openvpn"),
    (5060, 5060, "4f5054494f4e53207369703a", "scan-udp", "sip"),
    (500, 500, "6c5fa713751f334f00000000000000000110020000000000", "scan-udp", "ike"),
    (6881, 6881, "64313a6164323a696432303a", "scan-udp", "bittorrent-dht"),
    (40000, 27015, "ffffffff54536f7572636520456e67696e6520517565727900", "scan-udp", "source-query"),
    (40000, 27960, "ffffffff676574737461747573", "scan-udp", "quake-query"),
    (40000, 520, "0101", "scan-udp", "rip"),
    (40000, 177, "00010002000100", "scan-udp", "xdmcp"),
    (40000, 623, "0600ff07", "scan-udp", "ipmi"),
    (40000, 47808, "810a00", "scan-udp", "bacnet"),
    (40000, 5351, "0000", "scan-udp", "nat-pmp"),
    (40000, 1701, "c802003c", "scan-udp", "l2tp"),
    (40000, 17185, "5a5a5a5a000000000000000255555555", "scan-udp", "vxworks-debug"),
    (40000, 523, "44423247455441444452", "scan-udp", "db2-discovery"),
    (40000, 1604, "1e00013002fda8e3", "scan-udp", "citrix-browser"),
    (40000, 5093, "7a00", "scan-udp", "sentinel"),
    (40000, 2362, "44494749", "scan-udp", "digi-discovery"),
    (40000, 53413, "0a00", "scan-udp", "netis-backdoor"),
    (40000, 4672, "e460", "scan-udp", "kademlia"),
    (40000, 2123, "32010004", "scan-udp", "gtp"),
    (
        40000,
        5353,
        "000000000001000000000000095f7365727669636573075f646e732d7364045f756470056c6f63616c00000c0001",
        "scan-udp",
        "mdns-discovery",
    ),
    (40000, 53, "34ef0100000100000000000007564552534 94f4e0442494e440000100003", "scan-udp", "zmap-payload"),
    (40000, 53, "12340100000100000000000007 76657273696f6e0462696e640000100003", "scan-udp", "dns-version"),
    (123, 40000, "d700032a00060048", "backscatter-udp", "ntp-mode7-response"),
    (1900, 40000, "485454502f312e3120323030204f4b0d0a", "backscatter-udp", "ssdp-response"),
    (11211, 40000, "00010000000100005354415420706964", "backscatter-udp", "memcached-response"),
    (161, 40000, "3082010a02010104067075626c6963a28200fb", "backscatter-udp", "snmp-response"),
    (389, 40000, "308400000b8d02010164840000", "backscatter-udp", "cldap-response"),
    (40000, 40001, "0123456789abcdef", "udp-unknown", ""),
];

/// An IPv4 and UDP packet around a payload; no decoder of ours looks at checksums.
fn udp(src_port: u16, dst_port: u16, payload: &[u8]) -> Vec<u8> {
    let length = |header: usize| ((payload.len() + header) as u16).to_be_bytes();
    let mut bytes = vec![0x45, 0];
    bytes.extend(length(28));
    bytes.extend([0x11, 0x11, 0, 0, 50, 17, 0, 0, 198, 51, 100, 7, 192, 0, 2, 1]);
    bytes.extend(src_port.to_be_bytes());
    bytes.extend(dst_port.to_be_bytes());
    bytes.extend(length(8));
    bytes.extend([0, 0]);
    bytes.extend(payload);
    bytes
}

#[test]
fn a_udp_payload_of_section_5_is_a_request_or_a_response_of_its_protocol() {
    let mut classifier = Classifier::builtin().unwrap();
    let frames: Vec<Vec<u8>> =
        PAYLOADS.iter().map(|(src, dst, hex, _, _)| udp(*src, *dst, &bytes(&hex.replace(' ', "")))).collect();
    let packets = support::classified(&frames, &mut classifier);
    let mut wrong = Vec::new();
    for (row, (src, dst, _, class, tag)) in PAYLOADS.iter().enumerate() {
        let tags = packets.tags.get(row).unwrap_or_default();
        let has_tag = tag.is_empty() || tags.split(' ').any(|it| it == *tag);
        if packets.class.get(row) != Some(class) || !has_tag {
            wrong.push(format!("{src} > {dst} {tag}: {:?} {tags}", packets.class.get(row)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
