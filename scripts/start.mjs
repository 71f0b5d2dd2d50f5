// Sets everything up, starts the server with the demo, and keeps running until Ctrl-C. Works on a fresh clone.
import { spawn } from 'node:child_process';
import { buildSteps } from './lib/build_steps.mjs';
import { ensureDemoRestaurant, forgetWithoutDatabase, untilTillsAreServed } from './lib/demo_restaurant.mjs';
import { timed } from './lib/progress.mjs';
import { main, plainError } from './lib/run.mjs';
import { applyMigrations, operatorToken, requireFreePort, startServer } from './lib/server.mjs';

function wantedPort() {
  const port = Number(process.env.PORT ?? 8787);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw plainError(`PORT=${process.env.PORT} is no port`);
  return port;
}

/** Opens the page where there is a desktop to open it on; nobody waits for it. */
function openBrowser(url) {
  const desktop = process.platform === 'darwin' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (process.env.CI || !desktop || !process.stdout.isTTY) return;
  const child = spawn(process.platform === 'darwin' ? 'open' : 'xdg-open', [url], { stdio: 'ignore', detached: true });
  child.once('error', () => {});
  child.unref();
}

/** Resolves with the first signal that asks this process to end. */
function endSignal() {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve(signal));
  });
}

await main(async () => {
  const port = wantedPort();
  await requireFreePort(port);
  await buildSteps();
  const token = operatorToken();
  forgetWithoutDatabase();
  await timed('database', async () => {
    await applyMigrations();
    return 'schema up to date in .state';
  });
  const ended = endSignal();
  const server = startServer(port);
  try {
    const running = async () => {
      await timed('server', async () => {
        await server.ready();
        return `listening on port ${port}`;
      });
      await timed('demo data', () => ensureDemoRestaurant(server.url, token));
      await untilTillsAreServed(server.url);
      const page = `http://localhost:${port}/two-tills`;
      console.log(
        `\nTwo tills side by side: ${page}\nOne till:               http://localhost:${port}/\nCtrl-C stops everything.`,
      );
      openBrowser(page);
      const why = await server.exited;
      throw plainError(`the server ended by itself (${why}); see .state/server.log`);
    };
    await Promise.race([running(), ended]);
  } finally {
    await server.stop();
  }
});
