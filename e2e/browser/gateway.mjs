// Calls to the gateway, the way a developer's program makes them.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

/** One call: its status, its problem's code where there is one, and its headers. */
export async function call(url, key) {
  const response = await fetch(url, { headers: key ? { 'x-api-key': key } : {} });
  const text = await response.text();
  const isProblem = response.headers.get('content-type')?.includes('application/problem+json');
  const body = text && /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text;
  return { status: response.status, code: isProblem ? body.code : null, body, headers: response.headers };
}

/** Asks until the answer is as wanted, and fails with the last one when it takes longer than `within` ms. */
export async function until(ask, isWanted, { within = 1_000, every = 25, what = 'the answer' } = {}) {
  const begun = Date.now();
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    assert.ok(Date.now() - begun < within, `${what} after ${within} ms: ${JSON.stringify(answer)}`);
    await pause(every);
  }
}
