/** One real server for the tests of a file, each of which opens a restaurant of its own on it and leaves no till open. */
import { after, afterEach, before } from 'node:test';
import { type LocalServer, startLocalServer } from '../server/local_server.ts';
import { closeTills } from './till.ts';

/** Starts a server before the file's first test and stops it after the last; call the result inside tests. */
export function sharedServer(): () => LocalServer {
  let server: LocalServer | undefined;
  before(async () => {
    server = await startLocalServer();
  });
  afterEach(closeTills);
  after(() => server?.stop());
  return () => {
    if (server === undefined) throw new Error('the server is not started yet');
    return server;
  };
}

/** The element at a place where there must be one. */
export function only<T>(values: readonly T[], place = 0): T {
  const value = values[place];
  if (value === undefined) throw new Error(`there are only ${values.length} values`);
  return value;
}
