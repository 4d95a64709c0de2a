//! Destination ports of an actor, in proportion.

use crate::random::{Mix, Stream};

/// One entry of a port mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PortChoice {
    /// This port.
    Fixed(u16),
    /// Any port from 1 to 65535, drawn anew.
    Random,
}

/// Ports with weights.
#[derive(Debug, Clone)]
pub(crate) struct PortMix(pub(crate) Mix<PortChoice>);

impl PortMix {
    /// A drawn port.
    pub(crate) fn draw(&self, stream: &mut Stream) -> u16 {
        match self.0.draw(stream) {
            PortChoice::Fixed(port) => *port,
            PortChoice::Random => stream.port(1, u16::MAX),
        }
    }

    /// The fixed ports with their shares of the whole; what is missing to 1 is scattered.
    pub(crate) fn fixed(&self) -> impl Iterator<Item = (u16, f64)> {
        self.0.shares().filter_map(|(choice, share)| match choice {
            PortChoice::Fixed(port) => Some((*port, share)),
            PortChoice::Random => None,
        })
    }
}
