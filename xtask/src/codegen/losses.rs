//! The page of losses: why a frame that was received is not stored.
//!
//! **Invariant:** every reason of the closed list stands here, in the order from the wire to the store.

use teiten_model::account::Loss;

use crate::codegen::page;

pub(super) fn draw() -> String {
    let mut text = page::begin(
        "Losses",
        &[
            "For each input, received = stored + lost + held; every lost frame has one of these reasons.",
            "The words stand in the column `reason` of the table `accounts` (`teiten store account`).",
            "A time in which nobody counted is no loss: it is unobserved, and has no number.",
            "The reasons of live sensors are in the list already; capture files know those from `truncated` on.",
        ],
    );
    let row = |loss: Loss| vec![page::code(loss.name()), meaning(loss).to_string(), remedy(loss).to_string()];
    page::table(&mut text, &["reason", "what happened", "what to do"], Loss::ALL.into_iter().map(row));
    text
}

fn meaning(loss: Loss) -> &'static str {
    match loss {
        Loss::Kernel => "The kernel had no room in the capture ring.",
        Loss::Interface => "The network interface had no room.",
        Loss::Excluded => "Left out on purpose: the host's own traffic.",
        Loss::SpoolFull => "The spool was full, and policy gave the batch up.",
        Loss::Gap => "The sensor declared a batch that it could no longer deliver.",
        Loss::Refused => "The collector refused the batch.",
        Loss::Truncated => "The file ends inside a record: the frame it began is lost.",
        Loss::Corrupt => "A record contradicts itself: it and what follows cannot be read.",
        Loss::Oversized => "A record is longer than a frame may be.",
        Loss::LinkUnsupported => "The link type of the interface is not supported.",
        Loss::Decompression => {
            "The compressed stream is damaged, or would exceed its limit: what follows is lost."
        }
    }
}

fn remedy(loss: Loss) -> &'static str {
    match loss {
        Loss::Kernel | Loss::Interface => "Give the sensor more room, or less to do.",
        Loss::Excluded => "Nothing, if it was meant.",
        Loss::SpoolFull => "Give the spool more room, or mend the way to the collector.",
        Loss::Gap => "Look into the sensor's log; the frames are gone.",
        Loss::Refused => "Look into the collector's log.",
        Loss::Truncated => "Nothing, if the capture was killed; else copy the file again and import it.",
        Loss::Corrupt | Loss::Oversized => {
            "Compare the file with its origin; what stands before the fault is stored."
        }
        Loss::LinkUnsupported => "Convert the capture to Ethernet or raw IP.",
        Loss::Decompression => "Compare the file with its origin; unpack and import it if you trust it.",
    }
}
