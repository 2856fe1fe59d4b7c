//! What a purchase earns, and why: pure rules, no IO, no clock.
