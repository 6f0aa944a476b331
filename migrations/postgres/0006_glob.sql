-- The function that SQLite has: patterns of `*`, classes such as `[aA]`, and letters that stand for themselves. The store
-- writes both cases of a letter into a pattern, so that a search finds the same in every script on both databases.
CREATE FUNCTION glob(pattern TEXT, value TEXT) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN value ~ ('^' || regexp_replace(pattern, '(?<!\[)\*', '.*', 'g') || '$');
