// Every page that links lead to, one of each kind.
import assert from 'node:assert/strict';

/** What differs between two pages of one kind: ids, names of one API, one operation, one request. */
const KINDS = [
  [/\/(?:life\/\w+|delete\/\w+|delete|retire|suspend|resume|cancel|revoke)$/, '/ASKED'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'ID'],
  [/^\/apis\/(?![-]|new$)[^/]+/, '/apis/API'],
  [/\/operations\/[^/]+/, '/operations/OPERATION'],
  [/^\/log\/[^/]+/, '/log/REQUEST'],
  [/^\/errors\/[^/]+/, '/errors/CODE'],
  [/^\/docs\/[^/]+$/, '/docs/OPERATION'],
  [/^\/import\/[^/]+/, '/import/TOKEN'],
];
/** Parts of a query that make another page of it; the rest filters or sorts the same one. */
const TELLING = ['tab', 'open', 'policy', 'lang'];
/** Links to what is no page. */
const FILE = /\.(csv|json|ya?ml|txt|md|env|xml|atom)$/;

/** The kind of page behind an address. */
export function kindOf({ pathname, searchParams }) {
  const path = KINDS.reduce((text, [pattern, word]) => text.replace(pattern, word), pathname);
  const query = TELLING.filter((key) => searchParams.has(key)).join('+');
  return query ? `${path}?${query}` : path;
}

/** The address without what only filters. */
function plain(url) {
  const address = new URL(url.pathname, url);
  for (const key of TELLING) if (url.searchParams.has(key)) address.searchParams.set(key, url.searchParams.get(key));
  return address;
}

/**
 * Follows links from `starts`, one of each kind, and calls `see(kind, address)` when a page is open. Links to files are
 * fetched. Returns the kinds with an address of each.
 */
export async function walk({ page }, base, starts, see) {
  const queue = starts.map((path) => new URL(path, base));
  const seen = new Map();
  while (queue.length > 0) {
    const address = queue.shift();
    const kind = kindOf(address);
    if (seen.has(kind)) continue;
    seen.set(kind, address.href);
    if (FILE.test(address.pathname)) {
      const answer = await page.request.get(address.href);
      assert.equal(answer.status(), 200, `${address.href}, linked as a file`);
      seen.delete(kind);
      seen.set(kind, null);
      continue;
    }
    await see(kind, address.href);
    queue.push(...await links(page, base));
  }
  return new Map([...seen].filter(([, address]) => address));
}

async function links(page, base) {
  const all = await page.locator('a[href]').evaluateAll((anchors) => anchors.map((anchor) => anchor.href));
  return all.filter((href) => href.startsWith(`${base}/`)).map((href) => plain(new URL(href)));
}
