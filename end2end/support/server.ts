// Playwright's global setup: a real server on a free port, with a private Postgres in a
// throw-away folder, the demo data, and a merchant of our own whose figures the tests know.
// The function it returns ends the server and insists that it ends well.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { prepare } from './merchant.ts';
import { output } from './settings.ts';
import { type Stage, stageFile } from './stage.ts';

const START_MS = 300_000;
const STOP_MS = 120_000;
/** How long the queues of the server may take over what the demo has caused. */
const DRAIN_S = 600;

export default async function start(): Promise<() => Promise<void>> {
  const binary = process.env.PERENNIAL_E2E_BINARY;
  if (!binary) throw new Error('Run the tests through xtask (make test, cargo xtask end2end): it names the server.');
  await mkdir(output, { recursive: true });

  const data = await mkdtemp(join(tmpdir(), 'perennial-end2end-'));
  // As root, Postgres runs as another user, who must get into the folder.
  await chmod(data, 0o755);
  const env = {
    ...process.env,
    DATABASE_URL: undefined,
    SMTP_URL: undefined,
    PERENNIAL_CONFIG: undefined,
    PERENNIAL_DATA_DIR: data,
    PERENNIAL_ADDR: '127.0.0.1:0',
    PERENNIAL_BASE_URL: undefined,
    // Each test speaks as another address (support/test.ts), as if a proxy stood between.
    PERENNIAL_TRUSTED_PROXIES: '127.0.0.1',
    // The receivers of webhooks are tests on this machine (support/receiver.ts).
    PERENNIAL_WEBHOOKS_ALLOW_PRIVATE: 'true',
  };

  const server = spawn(binary, ['serve', '--demo'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(join(output, 'server.log'));
  server.stdout.pipe(log);
  server.stderr.pipe(log);
  try {
    const base = await ready(server);
    const run = async (...args: string[]) => (await promisify(execFile)(binary, args, { env })).stdout;
    const stage: Stage = { base, ...(await prepare(base, run)) };
    // Two months of purchases are worked off at once: tests begin when nothing of that changes any more, or fills the mailbox.
    await run('queues', 'wait', '--timeout', String(DRAIN_S));
    await writeFile(stageFile, JSON.stringify(stage));
  } catch (error) {
    server.kill('SIGKILL');
    throw new Error(`The server did not get ready; its log is ${join(output, 'server.log')}`, { cause: error });
  }

  return async () => {
    const code = await stop(server);
    await rm(data, { recursive: true, force: true, maxRetries: 20 });
    if (code !== 0) throw new Error(`On SIGTERM the server should end with 0, not ${code}`);
  };
}

/** Waits for the line that says where the server listens, and for the log-ins of the demo, which come when it is loaded. */
function ready(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('no address and no demo were printed in time')), START_MS);
    let text = '';
    server.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /Front page\s+(http:\/\/\S+?)\/?\s/.exec(text);
      if (found?.[1] && text.includes('Demo merchant')) {
        clearTimeout(late);
        resolve(found[1]);
      }
    });
    server.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
    server.once('error', reject);
  });
}

function stop(server: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (server.exitCode !== null) return resolve(server.exitCode);
    const late = setTimeout(() => server.kill('SIGKILL'), STOP_MS);
    server.once('exit', (code) => {
      clearTimeout(late);
      resolve(code);
    });
    server.kill('SIGTERM');
  });
}
