//! Places the names of series at their ends so that none covers another.
//!
//! **Invariant:** labels keep the order of the ends and the distance asked for, as long as the
//! height allows it.

/// The heights of labels for ends at these heights, at least `distance` apart, from `top` to `bottom`.
pub(crate) fn spread(ends: &[f64], distance: f64, top: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..ends.len()).collect();
    order.sort_by(|a, b| ends[*a].total_cmp(&ends[*b]).then(a.cmp(b)));
    let mut placed = ends.to_vec();
    let mut free = top;
    for &at in &order {
        placed[at] = placed[at].max(free);
        free = placed[at] + distance;
    }
    let mut free = bottom;
    for &at in order.iter().rev() {
        placed[at] = placed[at].min(free);
        free = placed[at] - distance;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_order_and_distance() {
        let cases: [(&[f64], &[f64]); 4] = [
            (&[], &[]),
            (&[50.0], &[50.0]),
            (&[50.0, 52.0, 20.0], &[50.0, 65.0, 20.0]),
            (&[99.0, 98.0, 97.0], &[100.0, 85.0, 70.0]),
        ];
        for (ends, places) in cases {
            assert_eq!(spread(ends, 15.0, 0.0, 100.0), places);
        }
    }
}
