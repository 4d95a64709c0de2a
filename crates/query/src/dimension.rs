//! By what packets can be counted: one list of dimensions, for the command line, the API and pages.

use teiten_model::column::Privacy;

/// A way to divide packets.
#[derive(Debug, Clone, Copy)]
pub struct Dimension {
    /// Name in `--by` and in `top`.
    pub name: &'static str,
    /// Plural, as `top` takes it.
    pub plural: &'static str,
    /// Columns of the answer and the expressions that give them, over packets and over rollups alike.
    pub parts: &'static [(&'static str, &'static str)],
    /// Columns that a table must have to answer.
    pub needs: &'static [&'static str],
    /// Who may divide by it.
    pub privacy: Privacy,
    /// One sentence.
    pub doc: &'static str,
}

const ICMP_AS_ONE: &str = "CASE WHEN ip_proto IN (1, 58) THEN NULL ELSE dst_port END";

/// Every dimension.
pub const DIMENSIONS: &[Dimension] = &[
    Dimension {
        name: "port",
        plural: "ports",
        parts: &[("proto", "ip_proto"), ("port", ICMP_AS_ONE)],
        needs: &["ip_proto", "dst_port"],
        privacy: Privacy::Open,
        doc: "Destination port; ICMP as a whole is one line.",
    },
    Dimension {
        name: "country",
        plural: "countries",
        parts: &[("country", "src_country")],
        needs: &["src_country"],
        privacy: Privacy::Open,
        doc: "Country of the source.",
    },
    Dimension {
        name: "source",
        plural: "sources",
        parts: &[("src", "src"), ("src6", "src6")],
        needs: &["src", "src6"],
        privacy: Privacy::Source,
        doc: "Source address.",
    },
    Dimension {
        name: "as",
        plural: "ases",
        parts: &[("asn", "src_asn")],
        needs: &["src_asn"],
        privacy: Privacy::Open,
        doc: "AS of the source.",
    },
    Dimension {
        name: "class",
        plural: "classes",
        parts: &[("class", "class")],
        needs: &["class"],
        privacy: Privacy::Open,
        doc: "Traffic class.",
    },
    Dimension {
        name: "tag",
        plural: "tags",
        parts: &[("tag", "tag")],
        needs: &["tags"],
        privacy: Privacy::Open,
        doc: "Tool or family named by a signature; packets without a tag are left out.",
    },
    Dimension {
        name: "actor",
        plural: "actors",
        parts: &[("actor", "actor")],
        needs: &["actor"],
        privacy: Privacy::Open,
        doc: "Organisation that openly scans.",
    },
    Dimension {
        name: "group",
        plural: "groups",
        parts: &[("group", "sensor_group")],
        needs: &["sensor_group"],
        privacy: Privacy::Open,
        doc: "Group of the sensor.",
    },
    Dimension {
        name: "sensor",
        plural: "sensors",
        parts: &[("sensor", "sensor")],
        needs: &["sensor"],
        privacy: Privacy::Sensor,
        doc: "Sensor.",
    },
    Dimension {
        name: "srcport",
        plural: "srcports",
        parts: &[("proto", "ip_proto"), ("port", "src_port")],
        needs: &["ip_proto", "src_port"],
        privacy: Privacy::Open,
        doc: "Source port.",
    },
    Dimension {
        name: "protocol",
        plural: "protocols",
        parts: &[("proto", "ip_proto")],
        needs: &["ip_proto"],
        privacy: Privacy::Open,
        doc: "Protocol above IP.",
    },
    Dimension {
        name: "icmp",
        plural: "icmps",
        parts: &[("icmp_type", "icmp_type"), ("icmp_code", "icmp_code"), ("proto", "ip_proto")],
        needs: &["icmp_type", "icmp_code", "ip_proto"],
        privacy: Privacy::Open,
        doc: "ICMP or ICMPv6 type and code.",
    },
    Dimension {
        name: "flags",
        plural: "flags",
        parts: &[("flags", "tcp_flags")],
        needs: &["tcp_flags"],
        privacy: Privacy::Open,
        doc: "TCP flags.",
    },
    Dimension {
        name: "window",
        plural: "windows",
        parts: &[("window", "tcp_window")],
        needs: &["tcp_window"],
        privacy: Privacy::Open,
        doc: "TCP window.",
    },
    Dimension {
        name: "ttl",
        plural: "ttls",
        parts: &[("ttl", "ttl")],
        needs: &["ttl"],
        privacy: Privacy::Open,
        doc: "Time to live.",
    },
    Dimension {
        name: "rcode",
        plural: "rcodes",
        parts: &[("rcode", "dns_flags & 15")],
        needs: &["dns_flags"],
        privacy: Privacy::Open,
        doc: "DNS response code.",
    },
    Dimension {
        name: "dnsname",
        plural: "dnsnames",
        parts: &[("name", "dns_name")],
        needs: &["dns_name"],
        privacy: Privacy::Sensor,
        doc: "Queried DNS name.",
    },
    Dimension {
        name: "quoteport",
        plural: "quoteports",
        parts: &[("proto", "quote_proto"), ("port", "quote_dst_port")],
        needs: &["quote_proto", "quote_dst_port"],
        privacy: Privacy::Open,
        doc: "Destination port quoted in an ICMP error.",
    },
    Dimension {
        name: "malformed",
        plural: "malformed",
        parts: &[("malformed", "malformed")],
        needs: &["malformed"],
        privacy: Privacy::Open,
        doc: "What is wrong with the packet.",
    },
    Dimension {
        name: "input",
        plural: "inputs",
        parts: &[("input", "input")],
        needs: &["input"],
        privacy: Privacy::Sensor,
        doc: "Input the packet came in.",
    },
];

/// The dimension of that name, singular or plural.
pub fn find(name: &str) -> Option<&'static Dimension> {
    DIMENSIONS.iter().find(|dimension| dimension.name == name || dimension.plural == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dimension_is_unique_and_rests_on_columns_that_exist() {
        for (place, dimension) in DIMENSIONS.iter().enumerate() {
            let first = DIMENSIONS.iter().position(|other| other.name == dimension.name);
            assert_eq!(first, Some(place), "{} stands twice", dimension.name);
            for column in dimension.needs {
                assert!(teiten_model::columns::find(column).is_some(), "{column} is a column of packets");
            }
        }
    }
}
