-- Second version: the log is of requests that name no environment, with their bodies. Those of an
-- environment are in its own file from here on; the log's are not moved there.

DELETE FROM refusals WHERE environment IS NOT NULL;
ALTER TABLE refusals DROP COLUMN environment;
ALTER TABLE refusals ADD COLUMN distinct_id TEXT;
ALTER TABLE refusals ADD COLUMN body_size INTEGER NOT NULL DEFAULT 0;
ALTER TABLE refusals ADD COLUMN body BLOB NOT NULL DEFAULT x'';
