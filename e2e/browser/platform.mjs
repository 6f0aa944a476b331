// The whole platform as one process over a fresh data folder, as `cargo xtask up --demo` runs it, on ports of the system's choice.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const BINARY = process.env.GATEHOUSE ?? new URL('../../target/debug/gatehouse', import.meta.url).pathname;
const START_WITHIN = 60_000;
const STOP_WITHIN = 20_000;
const FACES = ['gateway', 'admin', 'portal', 'status'];

/** Starts it with its demo; `demo` holds what it wrote into `demo.json`. `stop()` returns the exit code. */
export async function start(extra = []) {
  const data = await mkdtemp(join(tmpdir(), 'gatehouse-browser-'));
  const listen = FACES.flatMap((face) => [`--${face}-listen`, '127.0.0.1:0']);
  const child = spawn(BINARY, ['up', '--demo', '--data', data, ...listen, ...extra], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  const note = (chunk) => { log = (log + chunk).slice(-20_000); };
  child.stdout.on('data', note);
  child.stderr.on('data', note);
  const ended = new Promise((resolve) => {
    child.on('error', (error) => { note(`${error}\n`); resolve(-1); });
    child.on('exit', (code) => resolve(code));
  });
  const platform = {
    data,
    log: () => log,
    async stop() {
      child.kill('SIGTERM');
      const late = pause(STOP_WITHIN, 'late', { ref: false });
      const code = await Promise.race([ended, late]);
      if (code === 'late') child.kill('SIGKILL');
      await rm(data, { recursive: true, force: true });
      return code;
    },
  };
  try {
    platform.demo = await ready(join(data, 'demo.json'), ended);
  } catch (error) {
    await platform.stop();
    throw new Error(`${error.message}; its last words:\n${log}`);
  }
  return platform;
}

/** Waits until the demo is written and the three faces answer. */
async function ready(file, ended) {
  const deadline = Date.now() + START_WITHIN;
  let over = false;
  ended.then(() => { over = true; });
  while (Date.now() < deadline) {
    if (over) throw new Error(`${BINARY} ended before it was ready`);
    if (existsSync(file)) {
      const demo = JSON.parse(await readFile(file, 'utf8'));
      const answers = await Promise.all([demo.gateway_url, demo.admin_url, demo.portal_url].map(answersAt));
      if (answers.every(Boolean)) return demo;
    }
    await pause(100);
  }
  throw new Error(`${BINARY} was not ready within ${START_WITHIN / 1000} s`);
}

/** Any answer will do: the gateway has no page at its root. */
async function answersAt(url) {
  try {
    await (await fetch(url, { redirect: 'manual' })).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
