//! What the decoder makes of frames: vectors, link types, headers, DNS messages, and any bytes at all.
//!
//! Every test gives bytes and compares the row, written as text by [`shown`].

mod any_bytes;
mod build;
mod dns;
mod headers;
mod links;
mod quotes;
mod shown;
mod vectors;
