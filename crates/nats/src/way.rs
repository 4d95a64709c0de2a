//! The way to the collector of one sensor: the certificate by which the bridge sends for it, and sending.
//!
//! **Invariant:** a certificate is renewed when two thirds of its life are over; one that the collector does not know any
//! more is read anew, since the sensor may have been enrolled again.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use teiten_sensor::clock;
use teiten_sensor::error::SensorError;
use teiten_sensor::ship::client::{Client, Sent};
use teiten_sensor::ship::identity::{Identity, Request, is_old};
use teiten_sensor::ship::peers::Peers;

use crate::error::NatsError;

/// How long the collector may say nothing.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Microseconds between two tries to renew a certificate.
const RENEW_US_MIN: i64 = 600_000_000;

/// The way of one sensor.
#[derive(Debug)]
pub struct Way {
    sensor: String,
    folder: PathBuf,
    client: Option<(Client, (i64, i64))>,
    renewed_at_us: i64,
}

fn client(identity: &Identity) -> Client {
    Client::new(identity, TIMEOUT, Arc::new(Peers::new(false)))
}

impl Way {
    /// The way of a sensor whose identity lies in that folder.
    pub fn new(sensor: String, folder: PathBuf) -> Way {
        Way { sensor, folder, client: None, renewed_at_us: i64::MIN / 2 }
    }

    /// Forgets the certificate, so that it is read anew.
    pub fn forget(&mut self) {
        self.client = None;
    }

    /// A client with a certificate that holds.
    ///
    /// # Errors
    /// When there is none.
    pub fn client(&mut self) -> Result<Client, NatsError> {
        let is_aged = |validity: (i64, i64)| is_old(validity, clock::wall_us() / 1_000_000);
        if let Some((client, validity)) = &self.client
            && !is_aged(*validity)
        {
            return Ok(client.clone());
        }
        let mut identity = Identity::read(&self.folder)?;
        let now_us = clock::steady_us();
        if is_aged(identity.validity) && now_us.saturating_sub(self.renewed_at_us) >= RENEW_US_MIN {
            self.renewed_at_us = now_us;
            match tokio::task::block_in_place(|| self.renew(&identity)) {
                Ok(()) => identity = Identity::read(&self.folder)?,
                Err(error) => {
                    tracing::error!("the certificate of {} cannot be renewed: {error}", self.sensor);
                }
            }
        }
        let client = client(&identity);
        self.client = Some((client.clone(), identity.validity));
        Ok(client)
    }

    fn renew(&self, identity: &Identity) -> Result<(), SensorError> {
        let request = Request::new(&self.sensor)?;
        let answer = client(identity).renew(&request.pem)?;
        request.keep(&self.folder, &identity.names, &answer)
    }
}

/// Sends a batch from a thread that may wait.
///
/// # Errors
/// When that thread died.
pub async fn send(client: &Client, bytes: Bytes) -> Result<Sent, NatsError> {
    let client = client.clone();
    let sent = tokio::task::spawn_blocking(move || client.batch(&bytes)).await;
    sent.map_err(|error| NatsError::System(std::io::Error::other(error)))
}
