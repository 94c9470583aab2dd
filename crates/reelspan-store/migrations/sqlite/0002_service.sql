-- The service: who uses it, what they brought, what they asked for, what it cost. `expires_at` stands on every row that holds content.

create table workspace (
  id text primary key not null,
  name text not null,
  plan text not null,
  created_at integer not null
);

create table account (
  id text primary key not null,
  workspace text not null references workspace (id) on delete cascade,
  email text not null unique,
  name text not null,
  password_hash text not null,
  role text not null check (role in ('owner', 'member')),
  created_at integer not null,
  updated_at integer not null
);

-- A sign-in. Its id is the keyed hash of what the cookie holds.
create table session (
  id text primary key not null,
  account text not null references account (id) on delete cascade,
  created_at integer not null,
  expires_at integer not null
);
create index session_account on session (account);
create index session_expiry on session (expires_at);

-- A link that works once. Its id is the keyed hash of what the link holds.
create table one_time_link (
  id text primary key not null,
  purpose text not null,
  account text references account (id) on delete cascade,
  created_at integer not null,
  expires_at integer not null
);
create index one_time_link_expiry on one_time_link (expires_at);

create table api_key (
  id text primary key not null,
  workspace text not null references workspace (id) on delete cascade,
  name text not null,
  prefix text not null,
  hash text not null unique,
  scopes text not null,
  created_at integer not null,
  last_used_at integer,
  revoked_at integer,
  expires_at integer
);
create index api_key_workspace on api_key (workspace, created_at);

-- A stored file. One that a job makes is visible from the moment the job's finishing update names it.
create table asset (
  id text primary key not null,
  workspace text not null references workspace (id) on delete cascade,
  class text not null check (class in ('input_media', 'output_media')),
  object_name text not null,
  file_name text not null,
  content_type text not null,
  bytes integer not null,
  blob text not null,
  media text,
  job text,
  attempt integer,
  created_at integer not null,
  expires_at integer not null
);
create unique index asset_name on asset (workspace, object_name);
create index asset_list on asset (workspace, created_at, id);
create index asset_job on asset (job, attempt) where job is not null;
create index asset_expiry on asset (expires_at);
create index asset_blob on asset (blob);

-- A file on its way in: by one signed PUT, or piece by piece (tus).
create table upload (
  id text primary key not null,
  workspace text not null references workspace (id) on delete cascade,
  protocol text not null check (protocol in ('put', 'tus')),
  object_name text not null,
  file_name text not null,
  content_type text not null,
  declared_bytes integer,
  received_bytes integer not null,
  state text not null check (state in ('open', 'received', 'confirmed')),
  blob text,
  asset text,
  metadata text,
  created_at integer not null,
  expires_at integer not null
);
create unique index upload_name on upload (workspace, object_name);
create index upload_expiry on upload (expires_at);
create index upload_blob on upload (blob) where blob is not null;

-- What a tus upload has received so far; composed into one blob at its end.
create table upload_piece (
  upload text not null references upload (id) on delete cascade,
  start integer not null,
  bytes integer not null,
  blob text not null,
  primary key (upload, start)
);
create index upload_piece_blob on upload_piece (blob);

-- What a user asked for, and what came of it. The job does it; the task holds the words that a job must not.
create table task (
  id text primary key not null,
  workspace text not null references workspace (id) on delete cascade,
  kind text not null,
  surface text not null,
  job text not null,
  request text not null,
  step text,
  draft text,
  lane text not null,
  queue_position integer not null,
  input_ms integer,
  created_at integer not null,
  updated_at integer not null,
  expires_at integer not null
);
create index task_list on task (workspace, kind, created_at, id);
create index task_changed on task (workspace, updated_at, id);
create index task_job on task (job);
create index task_expiry on task (expires_at);

-- What was used, once for each job and unit, never changed.
create table ledger (
  id text primary key not null,
  workspace text not null,
  job text not null,
  unit text not null,
  quantity integer not null,
  created_at integer not null,
  expires_at integer not null
);
create unique index ledger_once on ledger (job, unit);
create index ledger_period on ledger (workspace, unit, created_at);
create trigger ledger_stands before update on ledger begin select raise(abort, 'the ledger is only added to'); end;

create table webhook (
  id text primary key not null,
  workspace text not null references workspace (id) on delete cascade,
  url text not null,
  events text not null,
  created_at integer not null,
  disabled_at integer
);
create index webhook_workspace on webhook (workspace, created_at);

-- One attempt to tell one address of one ending: never what was said.
create table delivery (
  id text primary key not null,
  workspace text not null,
  webhook text not null references webhook (id) on delete cascade,
  event text not null,
  task text not null,
  state text not null check (state in ('due', 'delivered', 'failed')),
  attempts integer not null,
  status integer,
  created_at integer not null,
  updated_at integer not null,
  expires_at integer not null
);
create index delivery_list on delivery (webhook, created_at, id);
create index delivery_expiry on delivery (expires_at);

-- The answer to a request that named itself, so that asking twice does it once.
create table idempotency (
  workspace text not null,
  key text not null,
  route text not null,
  body_hash text not null,
  status integer,
  answer text,
  created_at integer not null,
  expires_at integer not null,
  primary key (workspace, key)
);
create index idempotency_expiry on idempotency (expires_at);

-- Set once what follows from a job's ending (deliveries) has been put into the table.
alter table job add column announced integer not null default 0;
create index job_unannounced on job (ended_at) where announced = 0 and ended_at is not null;

-- A task changes when its job begins and when it ends, and then lives as long as that.
create trigger task_follows after update of state on job when new.state <> old.state begin
  update task set
    updated_at = coalesce(new.ended_at, new.started_at, updated_at),
    expires_at = case when new.ended_at is null then expires_at else new.expires_at end
  where job = new.id;
end;
