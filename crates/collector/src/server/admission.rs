//! Who may have a connection: many sensors, few outsiders.
//!
//! Whoever has not shown a valid certificate is an outsider, sensors in their handshake too. Outsiders have
//! their own number of places; once half of them are taken, one address gets only its share, so that one
//! host cannot shut out the others.
//!
//! **Invariant:** a place is given back when its [`Pass`] is dropped.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::shares::{Share, Shares};

/// Bounds of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// The most connections of sensors.
    pub sensors_max: usize,
    /// The most connections of one sensor.
    pub sensor_max: usize,
    /// The most connections of outsiders, including handshakes.
    pub outsiders_max: usize,
    /// The most connections of outsiders from one address (IPv6: one /64) when half the places are taken.
    pub address_max: usize,
}

impl Default for ConnectionLimits {
    fn default() -> ConnectionLimits {
        ConnectionLimits { sensors_max: 8_192, sensor_max: 16, outsiders_max: 1_024, address_max: 32 }
    }
}

/// The places that are taken.
#[derive(Debug, Clone)]
pub(super) struct Admission {
    limits: ConnectionLimits,
    outsiders: Shares<IpAddr>,
    sensors: Shares<String>,
}

/// A place.
#[derive(Debug)]
pub(super) struct Pass {
    admission: Admission,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Outsider(#[expect(dead_code, reason = "it is held, not read")] Share<IpAddr>),
    Sensor(#[expect(dead_code, reason = "it is held, not read")] Share<String>),
}

/// Addresses that count as one.
pub(super) fn shared(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let network = u128::from(v6) & !u128::from(u64::MAX);
            IpAddr::V6(network.into())
        }
        v4 => v4,
    }
}

impl Admission {
    pub(super) fn new(limits: ConnectionLimits) -> Admission {
        Admission { limits, outsiders: Shares::default(), sensors: Shares::default() }
    }

    /// A place for an outsider, if there is one.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Pass> {
        let limits = self.limits;
        let share = self.outsiders.take(shared(address), 1, |all, own| {
            let is_scarce = all >= limits.outsiders_max / 2;
            all < limits.outsiders_max && !(is_scarce && own >= limits.address_max)
        })?;
        Some(Pass { admission: self.clone(), place: Place::Outsider(share) })
    }

    /// Connections of sensors and of outsiders.
    pub(super) fn taken(&self) -> (usize, usize) {
        (self.sensors.all(), self.outsiders.all())
    }

    /// Connections of each sensor that has any.
    pub(super) fn of_sensors(&self) -> BTreeMap<String, usize> {
        self.sensors.by_holder()
    }
}

impl Pass {
    /// Changes an outsider's place for a sensor's, if there is one.
    pub(super) fn promote(self, sensor: &str) -> Option<Pass> {
        let Pass { admission, place } = self;
        drop(place);
        let limits = admission.limits;
        let share = admission
            .sensors
            .take(sensor.to_string(), 1, |all, own| all < limits.sensors_max && own < limits.sensor_max)?;
        Some(Pass { admission, place: Place::Sensor(share) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ConnectionLimits =
        ConnectionLimits { sensors_max: 3, sensor_max: 2, outsiders_max: 8, address_max: 2 };

    #[test]
    fn one_address_gets_its_share_only_when_places_are_scarce() {
        let admission = Admission::new(LIMITS);
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let passes: Vec<_> = (0..8).map_while(|_| admission.enter(one)).collect();
        assert_eq!(passes.len(), 4);
        let others: Vec<_> = (0..8).map_while(|_| admission.enter(other)).collect();
        assert_eq!(others.len(), 2);
        drop((passes, others));
        assert_eq!(admission.taken(), (0, 0));
    }

    #[test]
    fn addresses_of_one_network_count_as_one() {
        assert_eq!(shared("2001:db8::1".parse().unwrap()), shared("2001:db8::ffff".parse().unwrap()));
        assert_ne!(shared("2001:db8::1".parse().unwrap()), shared("2001:db8:0:1::1".parse().unwrap()));
        assert_eq!(shared("::ffff:192.0.2.1".parse().unwrap()), shared("192.0.2.1".parse().unwrap()));
    }

    #[test]
    fn a_sensor_has_its_share() {
        let admission = Admission::new(LIMITS);
        let enter = |name: &str| admission.enter("192.0.2.1".parse().unwrap()).unwrap().promote(name);
        let held: Vec<_> = [enter("a"), enter("a"), enter("a"), enter("b"), enter("b")].into();
        assert_eq!(held.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, false, true, false]);
        assert_eq!((admission.taken(), admission.of_sensors()["a"]), ((3, 0), 2));
    }
}
