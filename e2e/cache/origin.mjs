// The suite's origin server: it answers each request as the test that it belongs to was set up, and remembers what it saw.
import { createServer } from 'node:http';
import handleConfig from 'http-cache-tests/server/handle-config.mjs';
import handleState from 'http-cache-tests/server/handle-state.mjs';
import handleTest from 'http-cache-tests/server/handle-test.mjs';

const HANDLERS = { config: handleConfig, state: handleState, test: handleTest };

/** Starts it on a port of the system, for requests below `base`. */
export async function serve(base) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://origin').pathname;
    const [what, ...rest] = path.slice(base.length + 1).split('/');
    const handle = path.startsWith(`${base}/`) && HANDLERS[what];
    if (handle) return handle(rest, request, response);
    response.statusCode = 404;
    return response.end();
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }),
  };
}
