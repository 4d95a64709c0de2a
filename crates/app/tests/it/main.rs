//! The program as people run it: the built binary in folders of its own, fed by captures.
//!
//! **Invariant:** no test looks at a store, a capture or a configuration of the machine; what a test needs and
//! does not find (tshark, the captures of others) fails it.

mod agreement;
mod answers;
mod broken;
mod captures;
mod commands;
mod corpus;
mod evidence;
mod exports;
mod folders;
mod formats;
mod housekeeping;
mod intake;
mod interrupted;
mod lookup;
mod mistakes;
mod program;
mod publishing;
mod recurring;
mod refusals;
mod report;
mod scenario;
mod series;
mod surroundings;
mod told;
mod truth;
mod viewers;
