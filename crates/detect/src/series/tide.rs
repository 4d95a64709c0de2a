//! What moves all ports together: sensors that come and go, lost routes, holidays (rule D111).
//!
//! Each day's factor is the weighted live hours of its sensors, corrected by the middle of what busy ports
//! did that day against their own middle day, where enough of them are there and clearly agree.

use teiten_model::window::Window;

use crate::series::calendar::Calendar;
use crate::series::health::Health;
use crate::series::port::Ports;
use crate::series::robust::{MAD_SCALE, median};

/// Fewest ports whose middle is the tide.
pub const PORTS_MIN: usize = 20;
/// Least middle day of such a port, in packets.
const PACKETS_MIN: f64 = 20.0;
/// Least middle day of such a port, in sources.
const SOURCES_MIN: f64 = 5.0;
/// Standard errors by which ports must agree that the tide is not that of the sensors.
const ERRORS_MIN: f64 = 3.0;
/// Least tide of a day that can be judged.
const TIDE_MIN: f64 = 0.2;

/// What all ports did on each day, over the middle day.
#[derive(Debug, Clone, Default)]
pub struct Tide {
    /// Of packets.
    pub packets: Vec<f64>,
    /// Of distinct sources.
    pub sources: Vec<f64>,
    /// Whether the day can be judged: it was watched, and enough of the telescope lived.
    pub is_fit: Vec<bool>,
}

impl Tide {
    /// The tide of a window.
    pub fn of(window: &Window, calendar: &Calendar, health: &Health, ports: &Ports) -> Tide {
        let days = calendar.len();
        let watched: Vec<usize> = (0..days).filter(|day| calendar.is_watched[*day]).collect();
        let (mut of_packets, mut of_sources) = (vec![Vec::new(); days], vec![Vec::new(); days]);
        let mut space = Vec::new();
        ports.each(window, calendar, None, |series| {
            for (counts, least, ratios) in [
                (&series.packets, PACKETS_MIN, &mut of_packets),
                (&series.sources, SOURCES_MIN, &mut of_sources),
            ] {
                space.clear();
                space.extend(watched.iter().map(|day| counts[*day]));
                let middle = median(&mut space);
                if middle >= least {
                    watched.iter().for_each(|day| ratios[*day].push(counts[*day] / middle));
                }
            }
        });
        let exposure = |day: usize| if health.names.is_empty() { 1.0 } else { health.exposure[day] };
        let factors = |ratios: &mut [Vec<f64>]| -> Vec<f64> {
            ratios.iter_mut().enumerate().map(|(day, ratios)| factor(ratios, exposure(day))).collect()
        };
        let (packets, sources) = (factors(&mut of_packets), factors(&mut of_sources));
        let is_fit = (0..days)
            .map(|day| calendar.is_watched[day] && packets[day].min(sources[day]) >= TIDE_MIN)
            .collect();
        Tide { packets, sources, is_fit }
    }
}

fn factor(ratios: &mut [f64], exposure: f64) -> f64 {
    if ratios.len() < PORTS_MIN {
        return exposure;
    }
    let middle = median(ratios);
    let mut deviations: Vec<f64> = ratios.iter().map(|ratio| (ratio - middle).abs()).collect();
    // The standard error of a median is 1.2533 times that of a mean.
    let error = 1.2533 * MAD_SCALE * median(&mut deviations) / (ratios.len() as f64).sqrt();
    if (middle - exposure).abs() > ERRORS_MIN * error { middle } else { exposure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_ports_follow_the_sensors_and_many_that_agree_do_not() {
        let cases = [
            (vec![2.0; 19], 1.0, 1.0),
            (vec![2.0; 20], 1.0, 2.0),
            ((0..40).map(|port| 0.8 + 0.01 * f64::from(port)).collect(), 1.0, 1.0),
            ((0..40).map(|port| 0.3 + 0.01 * f64::from(port)).collect(), 1.0, 0.495),
        ];
        for (mut ratios, exposure, expected) in cases {
            assert!((factor(&mut ratios, exposure) - expected).abs() < 1e-9, "{ratios:?}");
        }
    }
}
