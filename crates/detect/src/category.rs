//! To what kind a signature belongs, for tables that count detections by kind.

use serde::Deserialize;

/// A kind of signatures: closed, so that tables of different years have the same lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// Programs that scan.
    Tool,
    /// Families of malware, and what they break in by.
    Malware,
    /// Questions to name servers.
    Dns,
    /// Telephony over IP.
    Voip,
    /// Requests to services that are used to amplify attacks.
    Amplifier,
    /// Searches for devices and control systems.
    Device,
    /// Beginnings of tunnels and private networks.
    Tunnel,
    /// File sharing and games.
    Peer,
    /// Requests to other services.
    Service,
    /// Answers of services, which nobody at the sensor asked.
    Response,
    /// What a source address itself betrays.
    Source,
    /// Signatures that say no category.
    #[default]
    Other,
}

impl Category {
    /// Every category, in the order of lists.
    pub const ALL: [Category; 12] = [
        Category::Tool,
        Category::Malware,
        Category::Dns,
        Category::Voip,
        Category::Amplifier,
        Category::Device,
        Category::Tunnel,
        Category::Peer,
        Category::Service,
        Category::Response,
        Category::Source,
        Category::Other,
    ];

    /// The word in signatures and answers.
    pub fn name(self) -> &'static str {
        match self {
            Category::Tool => "tool",
            Category::Malware => "malware",
            Category::Dns => "dns",
            Category::Voip => "voip",
            Category::Amplifier => "amplifier",
            Category::Device => "device",
            Category::Tunnel => "tunnel",
            Category::Peer => "peer",
            Category::Service => "service",
            Category::Response => "response",
            Category::Source => "source",
            Category::Other => "other",
        }
    }

    /// The name for people, in English.
    pub fn title(self) -> &'static str {
        match self {
            Category::Tool => "scanning tools",
            Category::Malware => "malware and its ways in",
            Category::Dns => "DNS queries",
            Category::Voip => "VoIP",
            Category::Amplifier => "services used to amplify attacks",
            Category::Device => "devices and control systems",
            Category::Tunnel => "VPN and tunnels",
            Category::Peer => "file sharing and games",
            Category::Service => "other services",
            Category::Response => "unsolicited answers",
            Category::Source => "source address",
            Category::Other => "other",
        }
    }

    /// The name for people, in Japanese.
    pub fn title_ja(self) -> &'static str {
        match self {
            Category::Tool => "スキャンツール",
            Category::Malware => "マルウェア・侵入手口",
            Category::Dns => "DNS問合せ",
            Category::Voip => "VoIP",
            Category::Amplifier => "増幅攻撃に悪用されるサービス",
            Category::Device => "機器・制御システム",
            Category::Tunnel => "VPN・トンネル",
            Category::Peer => "ファイル共有・ゲーム",
            Category::Service => "その他のサービス",
            Category::Response => "要求していない応答",
            Category::Source => "送信元アドレス",
            Category::Other => "その他",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        #[derive(Deserialize)]
        struct Line {
            category: Category,
        }
        for (place, category) in Category::ALL.into_iter().enumerate() {
            let line: Line = toml::from_str(&format!("category = {:?}", category.name())).unwrap();
            assert_eq!(line.category, category);
            assert_eq!(Category::ALL.iter().position(|other| other.name() == category.name()), Some(place));
        }
    }
}
