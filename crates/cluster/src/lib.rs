//! Questions asked of several machines: the distributed engine, over the same files and with the same functions.
//!
//! A statement is planned where it is asked. What reads many files is cut into stages; workers read their share of the
//! files from the same folder or bucket, stream rows between stages and the last rows back. Small scans stay where
//! they are asked. There is no scheduler and no state: any process that can reach the workers may ask.
//!
//! ```text
//! coordinator  who asks: a store whose questions workers answer
//! travel       which plans can leave this process
//! share        how many workers a scan is dealt to
//! reach        one connection a worker, both sides by certificates, the same version or none
//! named        whatever a worker says or fails to say, with its name
//! worker       who answers: a server that holds nothing between statements
//! keys         certificates: read, and made by an authority of the cluster's own
//! version      what both sides must have in common
//! ```
//!
//! **Invariant:** an answer is the same whoever gives it, or there is none and the error names the worker.
//! **Invariant:** nothing passes between machines unless both showed a certificate of the cluster's authority.

pub mod coordinator;
pub mod error;
pub mod keys;
mod named;
mod reach;
mod share;
mod travel;
pub mod version;
pub mod worker;
