//! Two workers on loopback: the same answers as here, none from strangers, and a prompt error when one is lost.

mod answers;
#[path = "../../../app/tests/peers/compared.rs"]
mod compared;
mod lost;
mod refusals;
mod running;
mod workers;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../../../query/tests/it/world.rs"]
mod world;
