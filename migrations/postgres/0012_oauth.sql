-- The OAuth 2 server: what people allowed, what can be turned into tokens, and what was taken back before its end.

-- SHA-256 of a client's secret; empty for credentials that have none beside what they are found by.
ALTER TABLE credential ADD COLUMN secret_hash BYTEA NOT NULL DEFAULT '';
-- The scopes that may be granted under a plan; NULL for all of them.
ALTER TABLE plan ADD COLUMN scopes JSONB;

-- What a person allowed a client. At most one in force for the two of them.
CREATE TABLE oauth_grant (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    account_id UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    credential_id UUID NOT NULL REFERENCES credential (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    withdrawn_at BIGINT
);
CREATE UNIQUE INDEX oauth_grant_in_force ON oauth_grant (account_id, credential_id) WHERE withdrawn_at IS NULL;
CREATE INDEX oauth_grant_credential ON oauth_grant (credential_id);

-- Authorization codes: taken once. One that comes back takes its family with it.
CREATE TABLE oauth_code (
    code_hash BYTEA PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    grant_id UUID NOT NULL REFERENCES oauth_grant (id) ON DELETE CASCADE,
    family_id UUID NOT NULL,
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    challenge TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX oauth_code_grant ON oauth_code (grant_id);
CREATE INDEX oauth_code_expires ON oauth_code (expires_at);

-- Each is taken once and replaced by the next of its family.
CREATE TABLE refresh_token (
    token_hash BYTEA PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    grant_id UUID NOT NULL REFERENCES oauth_grant (id) ON DELETE CASCADE,
    family_id UUID NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX refresh_token_family ON refresh_token (family_id);
CREATE INDEX refresh_token_grant ON refresh_token (grant_id);
CREATE INDEX refresh_token_expires ON refresh_token (expires_at);

-- Access tokens, families and grants whose tokens are refused though their time is not over. Gateways hold them too.
CREATE TABLE oauth_revocation (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX oauth_revocation_expires ON oauth_revocation (expires_at);
