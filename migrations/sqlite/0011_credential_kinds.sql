-- Credentials of other kinds than API keys: what is public of one, and, where it must be readable again, its sealed secret.

ALTER TABLE credential ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';
ALTER TABLE credential ADD COLUMN sealed BLOB NOT NULL DEFAULT x'';
