-- Access tokens are signed with several algorithms, and may be bound to a key of the client (RFC 9449).

-- By its name in `alg` (RFC 7518); the keys so far are all Ed25519.
ALTER TABLE signing_key ADD COLUMN algorithm TEXT NOT NULL DEFAULT 'EdDSA';
-- The thumbprint (RFC 7638) of the key that the client has to prove; empty where the token is not bound to one.
ALTER TABLE refresh_token ADD COLUMN key_thumbprint TEXT NOT NULL DEFAULT '';

-- Proofs that were taken already, until they are too old to be taken again.
CREATE TABLE dpop_proof (
    proof_hash BLOB PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    expires_at BIGINT NOT NULL
);
CREATE INDEX dpop_proof_expires ON dpop_proof (expires_at);
