-- Jobs: what is to be done, who does it, how far it is. Payloads and results hold ids only, never content.
create table job (
  id text primary key not null,
  workspace text not null,
  lane text not null,
  kind text not null,
  payload text not null,
  state text not null check (state in ('waiting', 'queued', 'running', 'done', 'failed', 'cancelled', 'dead')),
  priority integer not null,
  turn integer not null,
  run_at integer not null,
  created_at integer not null,
  started_at integer,
  ended_at integer,
  attempt integer not null,
  max_attempts integer not null,
  lease_owner text,
  lease_until integer,
  cancel_requested integer not null,
  dedupe_key text,
  result text,
  error text,
  expires_at integer not null
);
create index job_next on job (lane, priority desc, turn, id) where state = 'queued';
create index job_turns on job (workspace, lane, turn) where state = 'queued';
create index job_head on job (lane, turn) where state = 'queued';
create index job_due on job (run_at) where state = 'waiting';
create index job_expiry on job (expires_at);
create index job_leases on job (lease_owner) where state = 'running';
create unique index job_dedupe on job (workspace, dedupe_key) where dedupe_key is not null;

-- What a job said while it ran, for progress streams that may be picked up anywhere.
create table job_event (
  job text not null references job (id) on delete cascade,
  seq integer not null,
  at integer not null,
  kind text not null,
  body text not null,
  primary key (job, seq)
);
