//! The program as people run it: the built binary in folders of its own, fed by captures.
//!
//! **Invariant:** no test looks at a store, a capture or a configuration of the machine; what a test needs and
//! does not find (tshark, the captures of others) fails it.

mod agreement;
mod answers;
mod broken;
mod captures;
mod collect;
mod commands;
mod completions;
mod corpus;
mod drafts;
mod drawn_parameters;
mod edges;
mod evidence;
mod exports;
mod findings;
mod folders;
mod formats;
mod housekeeping;
mod intake;
mod intel;
mod interrupted;
mod limits;
mod live;
mod lookup;
mod mistakes;
mod notes;
mod oidc;
mod packaging;
mod people;
mod planted;
mod planted_phenomena;
mod planted_sections;
mod portal;
mod portal_answers;
mod portal_live;
mod program;
mod publishing;
mod real;
mod recount;
mod recurring;
mod refusals;
mod report;
mod saved;
mod scenario;
mod series;
mod sheets;
mod strangers;
mod surroundings;
mod synthetic;
mod tenants;
mod told;
mod tools;
mod truth;
mod viewers;
