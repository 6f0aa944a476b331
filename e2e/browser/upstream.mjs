// A service to publish: it answers with tides and remembers what it was asked.
import { createServer } from 'node:http';

/** The flaw in the document: a schema that is used and nowhere described. */
const MISSING = '#/components/schemas/Warning';

/** Starts it on a port of the system. `calls` grows by one `{ method, path, headers }` for each request. */
export async function serve() {
  const calls = [];
  const server = createServer((request, response) => {
    calls.push({ method: request.method, path: request.url, headers: request.headers });
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ port: 'galway', high: '06:12', low: '12:25' }));
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    calls,
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }),
  };
}

/** Its OpenAPI document, and the line of the flaw in it. */
export function describe(url) {
  const text = `openapi: 3.0.3
info:
  title: Tide Tables
  version: 1.4.0
  description: When the water is high, and when it is low.
servers:
  - url: ${url}
security:
  - key: []
paths:
  /tides/{port}:
    get:
      operationId: getTides
      tags: [Tides]
      summary: The tides of a day
      parameters:
        - { name: port, in: path, required: true, schema: { type: string }, example: galway }
      responses:
        '200':
          description: High and low water
          content:
            application/json:
              schema: { $ref: '#/components/schemas/Tides' }
  /warnings:
    get:
      operationId: listWarnings
      tags: [Warnings]
      summary: Storm warnings in force
      responses:
        '200':
          description: All of them
          content:
            application/json:
              schema:
                $ref: '${MISSING}'
components:
  securitySchemes:
    key: { type: apiKey, in: header, name: X-API-Key }
  schemas:
    Tides:
      type: object
      properties:
        port: { type: string, example: galway }
        high: { type: string, example: '06:12' }
        low: { type: string, example: '12:25' }
`;
  const line = text.split('\n').findIndex((one) => one.includes(MISSING)) + 1;
  return { text, line, missing: MISSING };
}
