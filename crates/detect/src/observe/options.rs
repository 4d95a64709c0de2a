//! The shape of TCP options: what a program always sends alike.
//!
//! Kinds and lengths in their order, with the values of MSS and window scale. Timestamps and the like differ
//! from packet to packet and are left out (rule D43a).
//!
//! **Invariant:** a shape is at most as long as the options, and any bytes have one.

/// Bytes of options that are looked at: as many as a TCP header can have.
const OPTIONS_BYTES_MAX: usize = 40;

/// The shape of options, with its length.
pub(super) fn shape_of(options: &[u8]) -> ([u8; OPTIONS_BYTES_MAX], usize) {
    let mut rest = &options[..options.len().min(OPTIONS_BYTES_MAX)];
    let (mut shape, mut length) = ([0; OPTIONS_BYTES_MAX], 0);
    let mut keep = |bytes: &[u8]| {
        shape[length..length + bytes.len()].copy_from_slice(bytes);
        length += bytes.len();
    };
    loop {
        rest = match rest {
            [] => break,
            [0, ..] => {
                keep(&[0]);
                break;
            }
            [1, rest @ ..] => {
                keep(&[1]);
                rest
            }
            [kind, bytes, ..] if (2..=rest.len()).contains(&usize::from(*bytes)) => {
                let bytes = usize::from(*bytes);
                keep(&rest[..if matches!(kind, 2 | 3) { bytes } else { 2 }]);
                &rest[bytes..]
            }
            broken => {
                keep(&broken[..broken.len().min(2)]);
                break;
            }
        };
    }
    (shape, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_change_are_left_out() {
        let cases: &[(&[u8], &[u8])] = &[
            (&[], &[]),
            (&[2, 4, 5, 180], &[2, 4, 5, 180]),
            (
                &[2, 4, 5, 180, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7],
                &[2, 4, 5, 180, 4, 2, 8, 10, 1, 3, 3, 7],
            ),
            (&[1, 1, 0, 7, 7], &[1, 1, 0]),
            (&[8, 10, 1], &[8, 10]),
            (&[5, 0, 9], &[5, 0]),
            (&[9], &[9]),
        ];
        for (options, shape) in cases {
            let (bytes, length) = shape_of(options);
            assert_eq!(&bytes[..length], *shape, "{options:?}");
        }
        assert_eq!(shape_of(&[1; 60]).1, OPTIONS_BYTES_MAX);
    }
}
