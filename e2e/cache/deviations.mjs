// Tests of the suite that do not pass, by the reason. The policy's page tells them in short.

const REASONS = {
  // RFC 9111, section 5.1: of a list the first member counts, and what is not a number is ignored. The suite wants such answers stale.
  'an `Age` that cannot be read is ignored': [
    'age-parse-nonnumeric', 'age-parse-negative', 'age-parse-float', 'age-parse-prefix-twoline', 'age-parse-dup-0',
    'age-parse-dup-0-twoline', 'age-parse-dup-old', 'age-parse-parameter', 'age-parse-numeric-parameter',
  ],
  // RFC 9111, section 7.3, leaves that to the cache. What is meant for one person must not reach another.
  'what sets a cookie is not stored': [
    'headers-store-Set-Cookie', '304-etag-update-response-Set-Cookie', 'other-set-cookie',
  ],
  'a part of something is not stored': [
    'headers-store-Content-Range', '304-etag-update-response-Content-Range', 'partial-store-partial-reuse-partial',
    'partial-store-partial-reuse-partial-byterange', 'partial-store-partial-reuse-partial-absent',
    'partial-store-partial-reuse-partial-suffix', 'partial-store-partial-complete',
  ],
  // The HTTP library writes the time of sending into every answer; `Age` says how old it is.
  '`Date` is when the answer was sent': ['other-date-update'],
  // RFC 9111, section 4.3.2, compares with the stored `Date`, and this one is younger than what the caller has.
  'an answer that is younger than `If-Modified-Since` is sent': ['conditional-lm-fresh-no-lm'],
  'failures, and statuses that mean nothing to the cache, are not stored': [
    'heuristic-599-cached', 'status-299-fresh', 'status-400-fresh', 'status-499-fresh', 'status-500-fresh', 'status-502-fresh',
    'status-503-fresh', 'status-504-fresh', 'status-599-fresh',
  ],
  'answers to POST are not stored': ['method-POST'],
  // RFC 9112, section 6.3: where such a body ends is anybody's guess. The answer is a 502 with a code, and not stored.
  'an answer in a transfer coding that nobody knows is refused': ['headers-store-Transfer-Encoding'],
  'languages are compared as they are written': [
    'vary-normalise-lang-order', 'vary-normalise-lang-case', 'vary-normalise-lang-select',
  ],
  'only what says `public` is shared between callers': [
    'other-authorization-must-revalidate', 'other-authorization-smaxage', 'other-cookie',
  ],
};

/** The reason of each test that is not passed on purpose, by its id. */
export const DEVIATIONS = Object.fromEntries(Object.entries(REASONS).flatMap(([reason, ids]) => ids.map((id) => [id, reason])));
