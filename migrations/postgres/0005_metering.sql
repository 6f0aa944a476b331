-- What was called: roll-ups, quotas, the request log.

-- Requests by minute since the epoch. `status` is the HTTP status, `code` the gateway's refusal ('' for answers of the
-- upstream). Durations are microseconds; bucket n counts requests below the n-th bound of `domain::histogram`.
CREATE TABLE usage_minute (
    minute BIGINT NOT NULL,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    api_version_id UUID NOT NULL,
    operation_id UUID NOT NULL,
    subscription_id UUID NOT NULL,
    application_id UUID NOT NULL,
    status BIGINT NOT NULL,
    code TEXT NOT NULL,
    requests BIGINT NOT NULL,
    bytes_in BIGINT NOT NULL,
    bytes_out BIGINT NOT NULL,
    duration_us BIGINT NOT NULL,
    upstream_us BIGINT NOT NULL,
    bucket_00 BIGINT NOT NULL,
    bucket_01 BIGINT NOT NULL,
    bucket_02 BIGINT NOT NULL,
    bucket_03 BIGINT NOT NULL,
    bucket_04 BIGINT NOT NULL,
    bucket_05 BIGINT NOT NULL,
    bucket_06 BIGINT NOT NULL,
    bucket_07 BIGINT NOT NULL,
    bucket_08 BIGINT NOT NULL,
    bucket_09 BIGINT NOT NULL,
    bucket_10 BIGINT NOT NULL,
    bucket_11 BIGINT NOT NULL,
    bucket_12 BIGINT NOT NULL,
    bucket_13 BIGINT NOT NULL,
    bucket_14 BIGINT NOT NULL,
    bucket_15 BIGINT NOT NULL,
    bucket_16 BIGINT NOT NULL,
    bucket_17 BIGINT NOT NULL,
    bucket_18 BIGINT NOT NULL,
    bucket_19 BIGINT NOT NULL,
    bucket_20 BIGINT NOT NULL,
    bucket_21 BIGINT NOT NULL,
    bucket_22 BIGINT NOT NULL,
    bucket_23 BIGINT NOT NULL,
    PRIMARY KEY (minute, api_version_id, operation_id, subscription_id, application_id, status, code)
);
CREATE INDEX usage_minute_application ON usage_minute (application_id, minute);

-- Requests by hour since the epoch. `status` is the HTTP status, `code` the gateway's refusal ('' for answers of the
-- upstream). Durations are microseconds; bucket n counts requests below the n-th bound of `domain::histogram`.
CREATE TABLE usage_hour (
    hour BIGINT NOT NULL,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    api_version_id UUID NOT NULL,
    operation_id UUID NOT NULL,
    subscription_id UUID NOT NULL,
    application_id UUID NOT NULL,
    status BIGINT NOT NULL,
    code TEXT NOT NULL,
    requests BIGINT NOT NULL,
    bytes_in BIGINT NOT NULL,
    bytes_out BIGINT NOT NULL,
    duration_us BIGINT NOT NULL,
    upstream_us BIGINT NOT NULL,
    bucket_00 BIGINT NOT NULL,
    bucket_01 BIGINT NOT NULL,
    bucket_02 BIGINT NOT NULL,
    bucket_03 BIGINT NOT NULL,
    bucket_04 BIGINT NOT NULL,
    bucket_05 BIGINT NOT NULL,
    bucket_06 BIGINT NOT NULL,
    bucket_07 BIGINT NOT NULL,
    bucket_08 BIGINT NOT NULL,
    bucket_09 BIGINT NOT NULL,
    bucket_10 BIGINT NOT NULL,
    bucket_11 BIGINT NOT NULL,
    bucket_12 BIGINT NOT NULL,
    bucket_13 BIGINT NOT NULL,
    bucket_14 BIGINT NOT NULL,
    bucket_15 BIGINT NOT NULL,
    bucket_16 BIGINT NOT NULL,
    bucket_17 BIGINT NOT NULL,
    bucket_18 BIGINT NOT NULL,
    bucket_19 BIGINT NOT NULL,
    bucket_20 BIGINT NOT NULL,
    bucket_21 BIGINT NOT NULL,
    bucket_22 BIGINT NOT NULL,
    bucket_23 BIGINT NOT NULL,
    PRIMARY KEY (hour, api_version_id, operation_id, subscription_id, application_id, status, code)
);
CREATE INDEX usage_hour_application ON usage_hour (application_id, hour);

-- Requests by day since the epoch. `status` is the HTTP status, `code` the gateway's refusal ('' for answers of the
-- upstream). Durations are microseconds; bucket n counts requests below the n-th bound of `domain::histogram`.
CREATE TABLE usage_day (
    day BIGINT NOT NULL,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    api_version_id UUID NOT NULL,
    operation_id UUID NOT NULL,
    subscription_id UUID NOT NULL,
    application_id UUID NOT NULL,
    status BIGINT NOT NULL,
    code TEXT NOT NULL,
    requests BIGINT NOT NULL,
    bytes_in BIGINT NOT NULL,
    bytes_out BIGINT NOT NULL,
    duration_us BIGINT NOT NULL,
    upstream_us BIGINT NOT NULL,
    bucket_00 BIGINT NOT NULL,
    bucket_01 BIGINT NOT NULL,
    bucket_02 BIGINT NOT NULL,
    bucket_03 BIGINT NOT NULL,
    bucket_04 BIGINT NOT NULL,
    bucket_05 BIGINT NOT NULL,
    bucket_06 BIGINT NOT NULL,
    bucket_07 BIGINT NOT NULL,
    bucket_08 BIGINT NOT NULL,
    bucket_09 BIGINT NOT NULL,
    bucket_10 BIGINT NOT NULL,
    bucket_11 BIGINT NOT NULL,
    bucket_12 BIGINT NOT NULL,
    bucket_13 BIGINT NOT NULL,
    bucket_14 BIGINT NOT NULL,
    bucket_15 BIGINT NOT NULL,
    bucket_16 BIGINT NOT NULL,
    bucket_17 BIGINT NOT NULL,
    bucket_18 BIGINT NOT NULL,
    bucket_19 BIGINT NOT NULL,
    bucket_20 BIGINT NOT NULL,
    bucket_21 BIGINT NOT NULL,
    bucket_22 BIGINT NOT NULL,
    bucket_23 BIGINT NOT NULL,
    PRIMARY KEY (day, api_version_id, operation_id, subscription_id, application_id, status, code)
);
CREATE INDEX usage_day_application ON usage_day (application_id, day);

-- The last sequence of each node's journal that is in the tables above.
CREATE TABLE usage_flush (
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    flushed_at BIGINT NOT NULL,
    PRIMARY KEY (node_id, epoch)
);

-- Calls counted against a quota in the period that began at period_start (microseconds).
CREATE TABLE quota_counter (
    subscription_id UUID NOT NULL,
    period_start BIGINT NOT NULL,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    used BIGINT NOT NULL,
    PRIMARY KEY (subscription_id, period_start)
);

CREATE TABLE request_log (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    at BIGINT NOT NULL,
    node_id UUID NOT NULL,
    request_id TEXT NOT NULL,
    method TEXT NOT NULL,
    host TEXT NOT NULL,
    path TEXT NOT NULL,
    status BIGINT NOT NULL,
    code TEXT NOT NULL,
    api_version_id UUID NOT NULL,
    operation_id UUID NOT NULL,
    subscription_id UUID NOT NULL,
    application_id UUID NOT NULL,
    credential_id UUID NOT NULL,
    try_it BOOLEAN NOT NULL,
    duration_us BIGINT NOT NULL,
    upstream_us BIGINT NOT NULL,
    bytes_in BIGINT NOT NULL,
    bytes_out BIGINT NOT NULL,
    client_ip TEXT NOT NULL,
    user_agent TEXT NOT NULL
);
CREATE INDEX request_log_at ON request_log (workspace_id, at, id);
CREATE INDEX request_log_application ON request_log (application_id, at, id);
CREATE INDEX request_log_request ON request_log (request_id);
