//! Info of OpenVPN: the message type (rule D142a).
//!
//! **Invariant:** every first byte has a text.

use super::udp::Datagram;

const TYPES: [&str; 12] = [
    "Unknown Messagetype",
    "P_CONTROL_HARD_RESET_CLIENT_V1",
    "P_CONTROL_HARD_RESET_SERVER_V1",
    "P_CONTROL_SOFT_RESET_V1",
    "P_CONTROL_V1",
    "P_ACK_V1",
    "P_DATA_V1",
    "P_CONTROL_HARD_RESET_CLIENT_V2",
    "P_CONTROL_HARD_RESET_SERVER_V2",
    "P_DATA_V2",
    "P_CONTROL_HARD_RESET_CLIENT_V3",
    "P_CONTROL_WKC_V1",
];

pub(super) fn draw(datagram: &Datagram<'_>, out: &mut String) -> Option<&'static str> {
    let first = datagram.payload.first()?;
    out.push_str("MessageType: ");
    out.push_str(TYPES.get(usize::from(first >> 3)).unwrap_or(&TYPES[0]));
    Some("OpenVPN")
}
