// The suite's origin server as an API of the platform, with the policy `cache` on it.
import assert from 'node:assert/strict';

/** Publishes `upstream` at `base`, open to everybody. Returns the gateway's address of it. */
export async function publish(platform, upstream, base) {
  const { admin_url, admin_token, gateway_url } = platform.demo;
  const call = async (method, path, body, seen) => {
    const headers = { authorization: `Bearer ${admin_token}`, 'content-type': 'application/json', ...(seen && { 'if-match': `"${seen}"` }) };
    const answer = await fetch(`${admin_url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  };
  const document = {
    openapi: '3.1.0', info: { title: 'Cache tests', version: '1' },
    paths: { '/unused': { get: { operationId: 'unused', responses: { 200: { description: 'Done' } } } } },
  };
  const imported = { document: JSON.stringify(document), upstream_url: upstream, base_path: base };
  const { version } = await call('POST', '/imports', imported);
  const settings = { access: 'open', strip_base_path: false };
  for (const what of ['config', 'state', 'test']) {
    const { id } = await call('POST', `/versions/${version.id}/routes`, { path: `/${what}`, path_kind: 'prefix', settings });
    if (what === 'test') await call('POST', '/policies', { kind: 'cache', scope: 'route', scope_id: id, config: {} });
  }
  await call('POST', `/versions/${version.id}/publish`, {}, version.version);
  return `${gateway_url}${base}`;
}
