-- Each statement about the queue names the one index that is made for it, by a condition that holds for every row. A planner
-- without figures about a queue that comes and goes takes all of its indexes for alike, and then sorts the whole queue to
-- take one job.
drop index job_turns;
drop index job_head;
create index job_turns on job (workspace, lane, turn) where state = 'queued' and turn >= -1;
create index job_head on job (lane, turn) where state = 'queued' and turn >= 0;
