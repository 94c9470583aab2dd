//! Words that every crate shares: spans of media time, the clock, cancellation. No IO.

mod aspect;
mod cancel;
mod clock;
<<<<<<< HEAD
pub mod dialogue;
=======
mod id;
>>>>>>> bbf0eed (jobs: A job table on SQLite and Postgres, and an engine that survives kill -9 at any moment)
mod span;
pub mod speech;

pub use aspect::{Aspect, AspectError};
pub use cancel::Cancel;
pub use clock::{Clock, SystemClock};
pub use id::new_id;
pub use span::{Span, TimeError, format_time, parse_time};
