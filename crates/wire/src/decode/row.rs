//! The row that is being filled.
//!
//! **Invariant:** the first fault of a packet stays; later ones do not replace it.

use teiten_model::columns::PacketColumns;
use teiten_model::malformed::Malformed;

use crate::decode::PAYLOAD_BYTES_MAX;
use crate::decode::part::Part;

/// The columns of a block, and the row that the decoder writes now.
#[derive(Debug)]
pub(super) struct Row<'c> {
    columns: &'c mut PacketColumns,
    /// The row.
    pub(super) at: usize,
    faults: [u16; Malformed::ALL.len()],
}

impl<'c> Row<'c> {
    /// The first row of columns that have been reset.
    pub(super) fn new(columns: &'c mut PacketColumns) -> Row<'c> {
        let faults = Malformed::ALL.map(|fault| columns.malformed.code(fault.name()));
        Row { columns, at: 0, faults }
    }

    /// The columns and the number of the row.
    #[inline]
    pub(super) fn parts(&mut self) -> (&mut PacketColumns, usize) {
        (self.columns, self.at)
    }

    /// Names what is wrong with the packet, unless something already is.
    #[cold]
    pub(super) fn fault(&mut self, fault: Malformed) {
        let code = &mut self.columns.malformed.codes[self.at];
        if *code == 0 {
            *code = self.faults[fault as usize];
        }
    }

    /// Names a fault when the layer was shorter than `count` bytes already on the wire.
    #[cold]
    pub(super) fn fault_unless_cut(&mut self, layer: Part<'_>, count: usize, fault: Malformed) {
        if layer.len() < count {
            self.fault(fault);
        }
    }

    /// What stands above the last header that was read.
    #[inline]
    pub(super) fn payload(&mut self, payload: Part<'_>) {
        let (columns, at) = self.parts();
        columns.payload_len[at] = payload.len() as i32;
        let seen = payload.seen();
        if !seen.is_empty() {
            columns.payload.set(at, seen.get(..PAYLOAD_BYTES_MAX).unwrap_or(seen));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_its_place_in_the_list_of_faults() {
        for (place, fault) in Malformed::ALL.into_iter().enumerate() {
            assert_eq!(fault as usize, place);
        }
    }

    #[test]
    fn the_first_fault_stays() {
        let mut columns = PacketColumns::default();
        columns.reset(1);
        let mut row = Row::new(&mut columns);
        row.fault(Malformed::IpBadLength);
        row.fault(Malformed::TransportShort);
        assert_eq!(columns.malformed.get(0), Some("ip-bad-length"));
    }
}
