//! The service as its clients and its operator meet it: the real program, real sockets, real media.

mod cancel;
mod client;
mod crash;
mod faults;
mod hostile;
mod house;
mod logs;
mod postgres;
mod processes;
mod rows;
mod schema;
mod shutdown;
mod tenants;
mod webhooks;
